// One WebSocket, whatever is spoken on it: proving who calls, how much and how fast it may send, and how it ends. Not which sockets there are.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { CloseCode } from '../../shared/close-codes.ts';
import type { ErrorKind } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { FrameWriter } from '../realtime/frames.ts';
import type { ClientSocket, Context } from '../trpc/context.ts';
import type { SocketContext } from './context.ts';
import type { Held, Holdings } from './holdings.ts';

export const defaultSocketLimits = {
  /** Of one message from a client; a longer one closes the socket with 1009. */
  maxMessageBytes: 100 * 1024,
  maxBatchSize: 50,
  /** Messages, on average and at once; beyond, 4429. */
  messagesPerSecond: 50,
  messageBurst: 200,
  /** Bytes that may wait for a client to read them before nothing more is read of it: an answer to a whole batch is less. */
  maxUnreadBytes: 1024 * 1024,
  /** Messages that cannot be read before 4400. */
  maxMalformed: 5,
  /** For the message that says who calls; beyond, 4408. */
  authenticateWithinMs: 5_000,
  /** How long a refused tRPC socket waits for its first request, to answer that one too: only so a stock client tells its user why. */
  refuseWithinMs: 1_000,
  pingEveryMs: 10_000,
  pongWithinMs: 20_000,
  /** For the other side to answer a close before the connection is cut. */
  closeWithinMs: 2_000,
};
export type SocketLimits = typeof defaultSocketLimits;

/** What others know of a connection. */
export interface Connection {
  /** Bytes this process still holds for it. */
  readonly bufferedBytes: number;
  /** Says why, when there is an `error`, and closes. Nothing it still sends is looked at. */
  end(code: CloseCode, error?: AppError): void;
  /** The same at once: the other side is not waited for. */
  cut(code: CloseCode, error: AppError): void;
  /** Tells a client that it may move to another connection now. */
  askToReconnect(): void;
}

/** The protocol's side of it. */
export interface Line {
  readonly connection: Connection;
  readonly socket: ClientSocket;
  /** Nothing that comes is looked at any more. */
  readonly closing: boolean;
  /**
   * Finds out who calls, by the token of `connectionParams`, else by the upgrade's headers, and holds the connection for them. Asked
   * again, the last answer counts. Throws what the caller is refused with.
   */
  prove(connectionParams: Record<string, unknown> | null): Promise<Context>;
  /** The caller is being asked for: it is not late any more. */
  stopWaiting(): void;
  /** So many messages more than the frames that came. False: it has been closed as too fast. */
  mayReceive(messages: number): boolean;
}

/** What differs between protocols before anything is said. */
export interface Protocol {
  /** An error that concerns the whole connection. */
  errorText(error: AppError): string;
  /** Asks a client to connect anew, where there is a word for it. */
  readonly reconnectText?: string;
  takeStarted: ClientSocket['takeStarted'];
}

export interface LineDeps {
  frames: FrameWriter;
  createContext: (about: {
    req: IncomingMessage;
    socket: ClientSocket;
    connectionParams: Record<string, unknown> | null;
  }) => Promise<SocketContext>;
  holdings: Pick<Holdings, 'hold'>;
  /** Its caller is known, and it is held for them. */
  onProved: (connection: Connection) => void;
  /** `code` is the one this server closed it with, or 1000 when the client left. */
  onClosed: (connection: Connection, code: number) => void;
  logger: Logger;
  clock: Clock;
  limits: SocketLimits;
}

const codesOfKinds: Partial<Record<ErrorKind, CloseCode>> = {
  unauthenticated: 4401,
  forbidden: 4403,
  invalid: 4400,
  limited: 4429,
};
/** What a socket is closed with that is refused for this. */
export const closeCodeOf = ({ code, kind }: AppError): CloseCode =>
  code === 'request.too_many_subscriptions' ? 4413 : (codesOfKinds[kind] ?? 1011);

/** `ws` was made on `stream` by the upgrade `req`. Attach the protocol's own listeners after this, so that the bounds come first. */
export function openLine(
  ws: WebSocket,
  stream: Duplex,
  req: IncomingMessage,
  { errorText, reconnectText, takeStarted }: Protocol,
  deps: LineDeps,
): Line {
  const { frames, clock, limits } = deps;
  let held: Held | undefined;
  let closing = false;
  let endedWith = 1000;

  function end(code: number, error?: AppError, reason: string = error?.code ?? '') {
    if (closing) return;
    closing = true;
    endedWith = code;
    cancelTimer();
    if (ws.readyState === ws.OPEN && error) ws.send(errorText(error));
    ws.close(code, reason);
    cancelTimer = clock.after(limits.closeWithinMs, () => ws.terminate());
  }
  const connection: Connection = {
    get bufferedBytes() {
      return stream.writableLength;
    },
    end,
    cut(code, error) {
      end(code, error);
      setImmediate(() => ws.terminate()); // what was written has left by then
    },
    askToReconnect() {
      if (ws.readyState === ws.OPEN && reconnectText !== undefined) ws.send(reconnectText);
    },
  };
  let cancelTimer = clock.after(limits.authenticateWithinMs, () => end(4408, new AppError('auth.required')));
  const socket: ClientSocket = {
    get bufferedAmount() {
      return stream.writableLength;
    },
    get open() {
      return ws.readyState === ws.OPEN;
    },
    send(text, flushed) {
      if (ws.readyState === ws.OPEN) frames.write(stream, text, flushed);
      else flushed?.();
    },
    sendShared(opening, rest, flushed) {
      if (ws.readyState === ws.OPEN) frames.writeShared(stream, opening, rest, flushed);
      else flushed?.();
    },
    close: (code, reason) => end(code, undefined, reason),
    takeStarted,
  };

  const isWithinBudget = createMessageBudget(clock, limits);
  function mayReceive(messages: number): boolean {
    const may = isWithinBudget(messages);
    if (!may) end(4429, new AppError('request.limited', { retryAfterMs: 1_000 }));
    return may;
  }
  // ws closes by itself after what breaks its protocol, such as a message that is too long.
  ws.on('error', (err) => deps.logger.debug({ err }, 'a socket broke'));
  ws.on('message', () => void mayReceive(1));
  // Whoever does not read its answers asks for no more: what waits for it is bounded, and goes on once it reads.
  ws.on('message', () => {
    if (ws.isPaused || stream.writableLength <= limits.maxUnreadBytes) return;
    ws.pause();
    stream.once('drain', () => ws.resume());
  });
  ws.once('close', () => {
    closing = true;
    cancelTimer();
    held?.release();
    deps.onClosed(connection, endedWith);
  });

  return {
    connection,
    socket,
    get closing() {
      return closing;
    },
    mayReceive,
    stopWaiting: () => cancelTimer(),
    async prove(connectionParams) {
      const context = await deps.createContext({ req, socket, connectionParams });
      if (closing) throw new AppError('server.unavailable'); // nobody hears it
      held?.release();
      held = deps.holdings.hold(context, 'socket', (error) => end(4401, error));
      cancelTimer();
      deps.onProved(connection);
      return { ...context, places: held };
    },
  };
}

/** Answers whether so many more messages may come, a batch being as many as it holds. At once, before what stands behind them in the same packet: a bucket of `messageBurst`, refilled `messagesPerSecond` times a second. */
function createMessageBudget(
  clock: Clock,
  { messagesPerSecond, messageBurst }: SocketLimits,
): (messages: number) => boolean {
  let left = messageBurst;
  let at = clock.monotonicMs();
  return (messages) => {
    const now = clock.monotonicMs();
    left = Math.min(messageBurst, left + ((now - at) * messagesPerSecond) / 1_000);
    at = now;
    left -= messages;
    return left >= 0;
  };
}
