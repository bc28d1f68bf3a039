// The life of one tRPC WebSocket: proving who it is, what it may send and how fast, and why it is closed. Not which sockets there are.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getTRPCErrorShape, transformTRPCResponse, type AnyTRPCRouter } from '@trpc/server';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import type { ErrorKind } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';
import { pause, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { createWsEncoder } from '../realtime/encoder.ts';
import type { ClientSocket, Context } from '../trpc/context.ts';
import { toAppError, toTrpcError } from '../trpc/errors.ts';
import { logFailure } from './answer.ts';
import { refuseUnreadMessage } from './ws-message.ts';
import type { SocketContext } from './context.ts';
import type { Held, Holdings } from './holdings.ts';
import type { FrameWriter } from '../realtime/frames.ts';

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
  /** For the first message with the connectionParams, when they were announced; beyond, 4408. */
  authenticateWithinMs: 5_000,
  /** How long a refused socket waits for its first request, to answer that one too: only so a stock client tells its user why. */
  refuseWithinMs: 1_000,
  pingEveryMs: 10_000,
  pongWithinMs: 20_000,
  /** For the other side to answer a close before the connection is cut. */
  closeWithinMs: 2_000,
};
export type SocketLimits = typeof defaultSocketLimits;

export interface Connection {
  /** Bytes this process still holds for it. */
  readonly bufferedBytes: number;
  /** Says why, when there is an `error`, and closes. Nothing it still sends is looked at. */
  end(code: number, error?: AppError): void;
  /** The same at once: the other side is not waited for. */
  cut(code: number, error: AppError): void;
  /** Tells a client that it may move to another connection now. */
  askToReconnect(): void;
}

export interface ConnectionDeps {
  router: AnyTRPCRouter;
  wss: WebSocketServer;
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

/** An error that concerns the whole connection, as tRPC sends it: a stock client that gets one before a close backs off. */
function connectionError(router: AnyTRPCRouter, error: AppError): string {
  const config = router._def._config;
  const shape = getTRPCErrorShape({
    config,
    error: toTrpcError(error),
    type: 'unknown',
    path: undefined,
    input: undefined,
    ctx: undefined,
  });
  return JSON.stringify(transformTRPCResponse(config, { id: null, error: shape }));
}

const closeCodes: Partial<Record<ErrorKind, number>> = {
  unauthenticated: 4401,
  forbidden: 4403,
  invalid: 4400,
  limited: 4429,
};
const closeCodeOf = ({ code, kind }: AppError) =>
  code === 'request.too_many_subscriptions' ? 4413 : (closeCodes[kind] ?? 1011);

/** Serves `router` on `ws`, which was made on `stream`. */
export function openConnection(
  ws: WebSocket,
  stream: Duplex,
  req: IncomingMessage,
  deps: ConnectionDeps,
): Connection {
  const { router, frames, clock, limits, logger } = deps;
  const encoder = createWsEncoder();
  const firstRequest = new AbortController();
  let held: Held | undefined;
  let proving = false;
  let closing = false;
  let endedWith = 1000;
  let malformed = 0;
  let cancelTimer = () => {};

  const connection: Connection = {
    get bufferedBytes() {
      return stream.writableLength;
    },
    end(code, error) {
      if (closing) return;
      closing = true;
      endedWith = code;
      cancelTimer();
      if (ws.readyState === ws.OPEN && error) ws.send(connectionError(router, error));
      ws.close(code, error?.code ?? '');
      cancelTimer = clock.after(limits.closeWithinMs, () => ws.terminate());
    },
    cut(code, error) {
      connection.end(code, error);
      setImmediate(() => ws.terminate()); // what was written has left by then
    },
    askToReconnect: () => {
      if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ id: null, method: 'reconnect' }));
    },
  };
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
    close: (code) => connection.end(code),
    takeStarted: encoder.takeStarted,
  };

  const mayReceive = createMessageBudget(clock, limits);
  const tooFast = () => connection.end(4429, new AppError('request.limited', { retryAfterMs: 1_000 }));
  ws.on('message', () => {
    if (!mayReceive(1)) tooFast();
  });
  // Whoever does not read its answers asks for no more: what waits for it is bounded, and goes on once it reads.
  ws.on('message', () => {
    if (ws.isPaused || stream.writableLength <= limits.maxUnreadBytes) return;
    ws.pause();
    stream.once('drain', () => ws.resume());
  });
  ws.once('close', () => {
    closing = true;
    cancelTimer();
    firstRequest.abort();
    held?.release();
    deps.onClosed(connection, endedWith);
  });

  async function prove(connectionParams: Record<string, unknown> | null): Promise<Context> {
    proving = true;
    cancelTimer();
    try {
      const context = await deps.createContext({ req, socket, connectionParams });
      if (closing) throw new AppError('server.unavailable'); // nobody hears it
      held = deps.holdings.hold(context, 'socket', (error) => connection.end(4401, error));
      deps.onProved(connection);
      return { ...context, places: held };
    } catch (thrown) {
      await pause(clock, limits.refuseWithinMs, firstRequest.signal);
      // After the adapter has answered the connection and every request that waited for this, and before it closes without a code.
      setImmediate(() => connection.end(closeCodeOf(toAppError(thrown))));
      throw thrown;
    }
  }

  getWSConnectionHandler({
    router,
    wss: deps.wss,
    createContext: ({ info }) => prove(info.connectionParams),
    maxBatchSize: limits.maxBatchSize,
    keepAlive: { enabled: true, pingMs: limits.pingEveryMs, pongWaitMs: limits.pongWithinMs },
    onError: ({ error, path, ctx }) =>
      logFailure(logger, error, {
        requestId: (ctx as Context | undefined)?.requestId ?? 'none',
        path: path ?? 'socket',
      }),
    experimental_encoder: {
      encode(message) {
        const text = encoder.encode(message);
        if (isConnectionError(message) && (!proving || ++malformed >= limits.maxMalformed))
          setImmediate(() => connection.end(4400));
        return text;
      },
      decode(data) {
        if (closing) throw new Error('the connection is closing');
        if (proving) firstRequest.abort();
        const message = encoder.decode(data);
        refuseUnreadMessage(message, data as string);
        if (Array.isArray(message) && !mayReceive(message.length - 1)) {
          tooFast();
          throw new Error('the connection is closing');
        }
        return message;
      },
    },
  })(ws, req);
  if (!proving)
    cancelTimer = clock.after(limits.authenticateWithinMs, () =>
      connection.end(4408, new AppError('auth.required')),
    );
  return connection;
}

/** The adapter answers a message it cannot read with an error of no request. */
const isConnectionError = (message: unknown) =>
  typeof message === 'object' &&
  message !== null &&
  'error' in message &&
  'id' in message &&
  message.id === null;

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
