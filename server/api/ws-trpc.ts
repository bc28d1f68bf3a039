// tRPC on a WebSocket: the stock adapter, with the bounds of a connection and a word before every refusal. A client that is merely closed storms.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getTRPCErrorShape, transformTRPCResponse, type AnyTRPCRouter } from '@trpc/server';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import type { WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../lib/app-error.ts';
import { pause } from '../lib/clock.ts';
import { createWsEncoder } from '../realtime/encoder.ts';
import type { Context } from '../trpc/context.ts';
import { toAppError, toTrpcError } from '../trpc/errors.ts';
import { logFailure } from './answer.ts';
import { closeCodeOf, openLine, type Connection, type LineDeps } from './ws-connection.ts';
import { refuseUnreadMessage } from './ws-message.ts';

export interface TrpcConnectionDeps extends LineDeps {
  router: AnyTRPCRouter;
  wss: WebSocketServer;
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

/** Serves `router` on `ws`, which was made on `stream`. */
export function openTrpcConnection(
  ws: WebSocket,
  stream: Duplex,
  req: IncomingMessage,
  deps: TrpcConnectionDeps,
): Connection {
  const { router, clock, limits, logger } = deps;
  const encoder = createWsEncoder();
  const firstRequest = new AbortController();
  let proving = false;
  let malformed = 0;
  const line = openLine(
    ws,
    stream,
    req,
    {
      errorText: (error) => connectionError(router, error),
      reconnectText: JSON.stringify({ id: null, method: 'reconnect' }),
      takeStarted: encoder.takeStarted,
    },
    deps,
  );
  const { connection } = line;
  ws.once('close', () => firstRequest.abort());

  async function prove(connectionParams: Record<string, unknown> | null): Promise<Context> {
    proving = true;
    line.stopWaiting();
    try {
      return await line.prove(connectionParams);
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
        if (line.closing) throw new Error('the connection is closing');
        if (proving) firstRequest.abort();
        const message = encoder.decode(data);
        refuseUnreadMessage(message, data as string);
        if (Array.isArray(message) && !line.mayReceive(message.length - 1))
          throw new Error('the connection is closing');
        return message;
      },
    },
  })(ws, req);
  return connection;
}

/** The adapter answers a message it cannot read with an error of no request. */
const isConnectionError = (message: unknown) =>
  typeof message === 'object' &&
  message !== null &&
  'error' in message &&
  'id' in message &&
  message.id === null;
