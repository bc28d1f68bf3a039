// The typed client: calls over HTTP, subscriptions over one WebSocket that mends itself. No token is kept here.
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from '@trpc/client';
import superjson from 'superjson';
import type { AppRouter } from '../server/api/router.ts';
import { retryDelayMs } from './retry.ts';

export interface FTraderClientOptions {
  /** Where FTrader answers, such as `http://127.0.0.1:8000`. */
  url: string;
  /** The access token to send now; asked for at each request and each (re)connect. Leave out in a browser to use the session cookie. */
  token?: () => string | undefined | Promise<string | undefined>;
  /** The WebSocket class, where the platform has none (Node has one from 22 on). */
  WebSocket?: typeof WebSocket;
}

/** `idle`: no subscription needs the socket · `connecting`: first attempt or a reconnect · `open`: live. */
export type SocketState = 'idle' | 'connecting' | 'open';

/** An idle socket is closed after this long without a subscription. */
const idleCloseMs = 5_000;
/** A socket is given up when nothing came for `intervalMs` and a ping is not answered within `pongTimeoutMs`. */
const keepAlive = { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5_000 };
/** Calls made together share one request of at most this many; further ones go into the next. */
const maxBatch = 20;
/** Keeps the URL of a batch of reads below what servers and proxies accept. */
const maxUrlLength = 4_000;

/**
 * A typed client over HTTP (queries, mutations) and one WebSocket (subscriptions, opened on the first one).
 * After a lost socket it reconnects by itself with back-off and every subscription goes on; `onSocketState` tells.
 * Failed calls reject with a TRPCClientError: read it with `errorOf`.
 */
export function createFTraderClient({ url, token, WebSocket }: FTraderClientOptions) {
  const base = url.replace(/\/+$/, '');
  const bearer = async () => {
    const value = await token?.();
    return value ? { authorization: `Bearer ${value}` } : {};
  };
  const socket = createWSClient({
    url: `${base.replace(/^http/, 'ws')}/trpc`,
    ...(WebSocket ? { WebSocket } : {}),
    // Without a token nothing is sent: the server then reads the cookie of the upgrade.
    ...(token ? { connectionParams: async () => ({ token: await token() }) } : {}),
    lazy: { enabled: true, closeMs: idleCloseMs },
    keepAlive,
    retryDelayMs,
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: wsLink({ client: socket, transformer: superjson }),
        false: httpBatchLink({
          url: `${base}/trpc`,
          transformer: superjson,
          headers: bearer,
          maxItems: maxBatch,
          maxURLLength: maxUrlLength,
          // Either a token or the cookie, never both: a page of another origin needs `include` for its cookie to travel.
          fetch: (input, init) =>
            fetch(input, { ...(init as RequestInit), credentials: token ? 'omit' : 'include' }),
        }),
      }),
    ],
  });
  return {
    /** The procedures: `api.marketData.prices.query(…)`, `api.marketData.onPrices.subscribe(…)`. */
    api,
    /** Calls `listener` with the state of the socket, now and at each change. Returns how to stop. */
    onSocketState(listener: (state: SocketState) => void): () => void {
      const subscription = socket.connectionState.subscribe({
        next: ({ state }) => listener(state === 'pending' ? 'open' : state),
      });
      return () => subscription.unsubscribe();
    },
    /** Ends the subscriptions and closes the socket. A later subscription opens a new one. */
    close: (): Promise<void> => socket.close(),
  };
}

export type FTraderClient = ReturnType<typeof createFTraderClient>;
