// The tRPC face over HTTP. The protocol is tRPC's own; plain reads are handed to it without building a fetch Request and piping web streams, which cost more than the call.
import { promisify } from 'node:util';
import type { AnyTRPCRouter } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import { resolveResponse } from '@trpc/server/http';
import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Logger } from '../lib/logger.ts';
import type { Context } from '../trpc/context.ts';
import { toAppError } from '../trpc/errors.ts';
import { leaving, errorHeaders, logFailure, refuseMethod } from './answer.ts';
import { maxBodyBytes, notJson, readBody } from './body.ts';
import { callsIn } from './request-rules.ts';
import { listProcedures } from './schemas.ts';
import { refuseUnread, refuseUnreadInput } from './trpc-input.ts';

/** Most calls in one tRPC batch. */
export const maxBatchSize = 50;

/** A quiet event stream says so often that it lives; a stock client takes one that is silent for longer than three of these for lost. */
export const heartbeatEveryMs = 10_000;

/** The face, to be mounted at `/trpc`. `contextOf` gives what the caller is. */
export function createTrpcHandler({
  router,
  contextOf,
  logger,
  heartbeat = heartbeatEveryMs,
}: {
  router: AnyTRPCRouter;
  contextOf: (req: Request, res: Response) => Promise<Context>;
  logger: Logger;
  heartbeat?: number | undefined;
}): RequestHandler {
  const settings: Settings = {
    router: withHeartbeat(router, heartbeat),
    maxBatchSize,
    maxBodySize: maxBodyBytes,
    responseMeta: ({ errors }) => ({
      headers: { 'cache-control': 'no-store', ...errorHeaders(...errors.map(toAppError)) },
    }),
    onError: ({ error, ctx, path }) =>
      logFailure(logger, error, {
        requestId: (ctx as Context | undefined)?.requestId ?? 'none',
        path: path ?? '/trpc',
      }),
  };
  const procedures = new Map(listProcedures(router).map((procedure) => [procedure.name, procedure]));
  const stock = createExpressMiddleware({
    ...settings,
    createContext: ({ res }) => res.locals['context'] as Context,
  });
  return async (req, res, next) => {
    refuseUnreadable(req, res);
    refuseUnread(req, procedures);
    if (req.method === 'POST') {
      await promisify(readBody)(req, res);
      refuseUnreadInput(req, req.body as string | undefined);
    }
    const context = await contextOf(req, res);
    if (isPlainRead(req, router)) return answerRead(req, res, settings, context);
    res.locals['context'] = context;
    stock(req, res, next);
  };
}

/** The same procedures, whose event streams carry tRPC's own ping. */
const withHeartbeat = (router: AnyTRPCRouter, intervalMs: number): AnyTRPCRouter => ({
  ...router,
  _def: {
    ...router._def,
    _config: {
      ...router._def._config,
      sse: {
        ping: { enabled: true, intervalMs },
        client: { reconnectAfterInactivityMs: 3 * intervalMs },
      },
    },
  },
});

type Settings = Omit<Parameters<typeof createExpressMiddleware<AnyTRPCRouter>>[0], 'createContext'>;

/** What tRPC would refuse before it has a context, and so without the request's id. */
function refuseUnreadable(req: Request, res: Response): void {
  if (!['GET', 'HEAD', 'POST'].includes(req.method))
    refuseMethod(['GET', 'HEAD', 'POST', 'OPTIONS'])(req, res);
  const type = req.headers['content-type'];
  if (type === undefined ? req.method === 'POST' : !/^application\/json\s*(;|$)/i.test(type)) throw notJson();
  if (callsIn(`/trpc${decodeURIComponent(req.path)}`) > maxBatchSize)
    throw new AppError('request.invalid', { message: `A batch may hold ${maxBatchSize} calls at most.` });
}

/** Whether the answer is one JSON text, and nothing of the request but its query and headers is read. The rest is the stock adapter's. */
function isPlainRead({ method, path, headers }: Request, router: AnyTRPCRouter): boolean {
  if (method !== 'GET' || !/^\/[\w.,]+$/.test(path)) return false;
  if (headers['trpc-accept'] !== undefined || headers.accept?.includes('jsonl')) return false;
  const procedures = router._def.procedures as Record<string, { _def: { type: string } } | undefined>;
  return procedures[path.slice(1)]?._def.type !== 'subscription';
}

/** Answers as the stock adapter does, header by header. */
async function answerRead(req: Request, res: Response, settings: Settings, context: Context): Promise<void> {
  const response = await resolveResponse({
    ...(settings as object as Parameters<typeof resolveResponse>[0]),
    path: req.path.slice(1),
    req: asFetchRequest(req, res),
    error: null,
    createContext: async () => context,
  });
  if (res.statusCode === 200) res.statusCode = response.status;
  for (const [name, value] of response.headers) res.setHeader(name, value);
  const text = await response.text();
  // Written and then ended: chunked, as from the stock adapter. As many bytes as characters: ASCII, which Node copies.
  res.write(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8');
  res.end();
}

/** As much of a fetch Request as tRPC reads of a GET. */
const asFetchRequest = (req: Request, res: Response) =>
  ({
    method: req.method,
    // Only the query of it is read; the Host was checked before.
    url: `http://localhost${req.url}`,
    headers: {
      get: (name: string) => req.headers[name]?.toString() ?? null,
      has: (name: string) => req.headers[name] !== undefined,
    },
    signal: leaving(res),
  }) as unknown as globalThis.Request;
