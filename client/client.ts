// The typed client: calls over HTTP, subscriptions over one WebSocket that mends itself. No token is kept here.
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  retryLink,
  splitLink,
  TRPCClientError,
  wsLink,
  type TRPCClient,
  type TRPCLink,
} from '@trpc/client';
import { observable } from '@trpc/server/observable';
import superjson from 'superjson';
import type { AppRouter } from '../server/api/router.ts';
import { describeClose, type CloseCode } from '../shared/close-codes.ts';
import { errorOf } from './errors.ts';
import { plainPages } from './infinite.ts';
import { retryDelayMs } from './retry.ts';
import { promptWebSocket, type LiveSockets } from './socket.ts';
import type { WebSocketClass } from './web-socket.ts';

export interface FTraderClientOptions {
  /** Where FTrader answers, such as `http://127.0.0.1:8000`. */
  url: string;
  /**
   * The access token to send now; asked for at each request and each (re)connect. `refused` is a token that the server did not take:
   * give another one. Leave out in a browser to use the session cookie.
   */
  token?: ((refused?: string) => string | undefined | Promise<string | undefined>) | undefined;
  /** The WebSocket class, where the platform has none: Node has one from 22 on. That of the package `ws` will do. */
  WebSocket?: WebSocketClass | undefined;
  /** How long a silent server is waited for; `defaultLimits` says what is left out. */
  limits?: Partial<ClientLimits> | undefined;
}

export interface ClientLimits {
  /** An open socket on which nothing came for so long is asked for a sign of life … */
  silentMs: number;
  /** … and is given up for a new one when none comes within this. */
  answerMs: number;
  /** For a socket to open. */
  connectMs: number;
  /** One that has not opened for so long gets another attempt beside it, and one more after as long again; the first to open is taken. */
  attemptMs: number;
  /** For the whole answer to a call over HTTP; a call that deals waits 10 s for its verdict at most. */
  callMs: number;
}
export const defaultLimits: Readonly<ClientLimits> = {
  silentMs: 10_000,
  answerMs: 5_000,
  connectMs: 10_000,
  attemptMs: 2_000,
  callMs: 30_000,
};

/** `idle`: no subscription needs the socket · `connecting`: first attempt or a reconnect · `open`: live. */
export type SocketState = 'idle' | 'connecting' | 'open';

/** How a socket ended: its code (shared/close-codes.ts), and in words what that means and what follows. */
export interface SocketClosed {
  code: number;
  reason: string;
}

export interface FTraderClient {
  /** The procedures: `api.marketData.prices.query(…)`, `api.marketData.onPrices.subscribe(…)`. */
  api: TRPCClient<AppRouter>;
  /**
   * Calls `listener` with the state of the socket, now and at each change, and again when an attempt to reconnect ended with another code than the
   * one before. While the socket is not open, `closed` says how the last one ended, once there was one. Returns how to stop.
   */
  onSocketState(listener: (state: SocketState, closed: SocketClosed | undefined) => void): () => void;
  /** Ends the subscriptions and closes the socket. A later subscription opens a new one. */
  close(): Promise<void>;
}

/** What the server closes with whose login it does not know, or no longer. */
const loginEnded = 4401 satisfies CloseCode;
/** An idle socket is closed after this long without a subscription. */
const idleCloseMs = 5_000;
/** Calls made together share one request of at most this many; further ones go into the next. */
const maxBatch = 20;
/** Keeps the URL of a batch of reads below what servers and proxies accept. */
const maxUrlLength = 4_000;

const noWebSocket =
  "This platform has no WebSocket, which subscriptions need: pass one, as in createFTraderClient({ url, WebSocket }) with import { WebSocket } from 'ws' (npm install ws), or use Node 22 or later.";

/**
 * A typed client over HTTP (queries, mutations) and one WebSocket (subscriptions, opened on the first one).
 * After a lost socket it reconnects by itself with back-off and every subscription goes on; `onSocketState` tells.
 * Failed calls reject with a TRPCClientError: read it with `errorOf`.
 */
export function createFTraderClient({
  url,
  token,
  WebSocket = globalThis.WebSocket,
  limits: given,
}: FTraderClientOptions): FTraderClient {
  const limits = { ...defaultLimits, ...given };
  const base = url.replace(/\/+$/, '');
  const live = createLiveSockets(() => socket.connectionState.get().state === 'connecting');
  const tokens = token && createTokenUse(token, live.drop);
  const socket = createWSClient({
    url: `${base.replace(/^http/, 'ws')}/trpc`,
    WebSocket: promptWebSocket(WebSocket, limits, live),
    // Without a token nothing is sent: the server then reads the cookie of the upgrade.
    ...(tokens ? { connectionParams: async () => ({ token: await tokens.forSocket() }) } : {}),
    lazy: { enabled: true, closeMs: idleCloseMs },
    keepAlive: { enabled: true, intervalMs: limits.silentMs, pongTimeoutMs: limits.answerMs },
    retryDelayMs,
  });
  socket.connectionState.subscribe({ next: live.look });
  const api = createTRPCClient<AppRouter>({
    links: [
      plainPages,
      ...(tokens ? [retryLink<AppRouter>({ retry: tokens.mayTryAgain })] : []),
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: [
          subscribeOnce({
            async ready() {
              if (!WebSocket) throw new Error(noWebSocket);
              // A sign-in that is refused is the subscriber's to know, not a reason to connect again and again.
              await tokens?.ask();
            },
            onStarted: (context) => tokens?.wasTaken(context),
          }),
          wsLink({ client: socket, transformer: superjson }),
        ],
        false: httpBatchLink({
          url: `${base}/trpc`,
          transformer: superjson,
          headers: ({ opList }) => tokens?.headersOf(opList) ?? {},
          maxItems: maxBatch,
          maxURLLength: maxUrlLength,
          // Either a token or the cookie, never both: a page of another origin needs `include` for its cookie to travel.
          fetch: (input, init) =>
            fetchWithin(limits.callMs, input, {
              ...(init as RequestInit),
              credentials: token ? 'omit' : 'include',
            }),
        }),
      }),
    ],
  });
  return {
    api,
    onSocketState: live.onState,
    close: () => socket.close(),
  };
}

/**
 * The sockets there are, and the state that follows from them. What tRPC says is not enough: it knows a socket as open that was closed
 * while nobody was subscribed.
 */
function createLiveSockets(isConnecting: () => boolean) {
  const sockets = new Set<Parameters<LiveSockets['add']>[0]>();
  const listeners = new Set<Parameters<FTraderClient['onSocketState']>[0]>();
  let state: SocketState = 'idle';
  let closed: SocketClosed | undefined;
  let told: SocketClosed | undefined;
  function look() {
    const all = [...sockets];
    const now = all.some(({ readyState }) => readyState === 1)
      ? 'open'
      : all.length > 0 || isConnecting()
        ? 'connecting'
        : 'idle';
    if (now === 'open') closed = undefined;
    if (now === state && closed?.code === told?.code) return;
    state = now;
    told = closed;
    for (const listener of listeners) listener(now, closed);
  }
  // Once everybody has been told of what happened to the socket: whether another one follows is seen then.
  const lookAfterwards = () => queueMicrotask(look);
  return {
    look: lookAfterwards,
    add(socket: Parameters<LiveSockets['add']>[0]) {
      sockets.add(socket);
      socket.addEventListener('open', lookAfterwards);
      socket.addEventListener('close', (event) => {
        sockets.delete(socket);
        const { code } = event as CloseEvent;
        closed = { code, reason: describeClose(code) };
        lookAfterwards();
      });
      lookAfterwards();
    },
    /** Closes them all, whose login was refused. What is subscribed goes on with another one. */
    drop() {
      for (const socket of sockets) socket.close(loginEnded);
    },
    onState(listener: Parameters<FTraderClient['onSocketState']>[0]) {
      listener(state, closed);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Which token went with which call, so that one that was refused is replaced and the call made again, once. */
function createTokenUse(token: NonNullable<FTraderClientOptions['token']>, dropSockets: () => void) {
  /** Calls are known by their context, which every link passes on. */
  type Call = { context: object };
  const sent = new WeakMap<object, string>();
  const triedAgain = new WeakSet<object>();
  let onSocket: string | undefined;
  let refused: string | undefined;
  const ask = async () => token(refused);
  return {
    ask,
    forSocket: async () => (onSocket = await ask()),
    async headersOf(calls: readonly Call[]): Promise<Record<string, string>> {
      const value = await ask();
      if (!value) return {};
      for (const { context } of calls) sent.set(context, value);
      return { authorization: `Bearer ${value}` };
    },
    /** A subscription that has started may meet the end of its login later, and go on with another one. */
    wasTaken: (context: object) => void triedAgain.delete(context),
    mayTryAgain({ op, error }: { op: Call & { type: string }; error: unknown }): boolean {
      const code = errorOf(error)?.code;
      if (code !== 'auth.token_expired' && code !== 'auth.token_invalid') return false;
      if (triedAgain.has(op.context)) return false;
      triedAgain.add(op.context);
      refused = op.type === 'subscription' ? onSocket : sent.get(op.context);
      if (op.type === 'subscription') dropSockets(); // the server is about to: nothing more is asked on the one it refused
      return true;
    },
  };
}

/** A subscription begins once `ready` is; what that throws is the subscription's error. */
const subscribeOnce =
  ({
    ready,
    onStarted,
  }: {
    ready: () => Promise<void>;
    onStarted: (context: object) => void;
  }): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      let ended = false;
      let end = () => {};
      const start = () => {
        if (ended) return;
        const subscription = next(op).subscribe({
          ...observer,
          next(message) {
            if (message.result.type !== 'state') onStarted(op.context);
            observer.next(message);
          },
        });
        end = () => subscription.unsubscribe();
      };
      ready().then(start, (error: unknown) => !ended && observer.error(TRPCClientError.from(error as Error)));
      return () => {
        ended = true;
        end();
      };
    });

/** `fetch` whose answer, with its body, comes within `ms` or is given up. */
async function fetchWithin(ms: number, input: Parameters<typeof fetch>[0], init: RequestInit) {
  const limit = new AbortController();
  const { signal } = init;
  const abort = () => limit.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  const timer = setTimeout(() => limit.abort(new Error(`FTrader did not answer within ${ms} ms.`)), ms);
  const over = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
  try {
    const response = await fetch(input, { ...init, signal: limit.signal });
    const json = response.json.bind(response);
    return Object.assign(response, { json: () => json().finally(over) });
  } catch (error) {
    over();
    throw error;
  }
}
