// The HTTP application: every face in its order, and the server that carries it. What a face does is in its own file.
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import express, { type Express, type Request, type Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { answerErrors } from './answer.ts';
import type { ContextFactory } from './context.ts';
import { createAsyncApi } from './asyncapi.ts';
import { channelTable, type ChannelTable } from './channels.ts';
import { createDocsRouter } from './docs.ts';
import { createHealthRouter, type HealthDeps } from './health.ts';
import type { RequestLimiter } from './limiter.ts';
import { createOpenApi } from './openapi.ts';
import { createGate, type GateDeps } from './gate.ts';
import { faceOf } from './request-rules.ts';
import { rawAnswer } from './raw-answer.ts';
import { createRestRouter } from './rest.ts';
import { restTable, restTags, type AppRouter } from './router.ts';
import { createMailboxRouter, type MailboxDeps } from './mailbox.ts';
import { createPageRouter } from './static.ts';
import { createTrpcHandler } from './trpc.ts';

export interface HttpDeps extends HealthDeps, GateDeps {
  router: AppRouter;
  contexts: Pick<ContextFactory, 'forHttp' | 'callerOf' | 'isOperator' | 'cookieName'>;
  logger: Logger;
  limiter: RequestLimiter;
  /** Where the built page lies. */
  pageFolder: string;
  /** Of a server without SMTP, newest first. */
  letters?: MailboxDeps['letters'];
  /** Of event streams, in ms; left out as in trpc.ts. */
  heartbeat?: number;
}
/** The same over any router and table; tests bring their own. */
export type AnyHttpDeps = Omit<HttpDeps, 'router'> & {
  router: Parameters<typeof createRestRouter>[0]['router'];
  table?: readonly RestRoute[];
  /** The plain sockets that are described. */
  channels?: ChannelTable;
};

export const defaultTimeouts = {
  /** Longest a client may take to send its headers, and its whole request. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** How often that is looked at: left to Node, a request is cut off up to 30 s late. */
  checkEveryMs: 500,
  /** Above the 60 s for which proxies keep idle connections, so that they close first. */
  keepAliveMs: 75_000,
};

export function createHttpApp(deps: AnyHttpDeps): Express {
  const { router, contexts, limiter, logger, system, table = restTable, channels = channelTable } = deps;
  const app = express().disable('x-powered-by').disable('etag').enable('case sensitive routing');
  const contextOf = (req: Request, res: Response) => contexts.forHttp({ req, res });

  app.use(createGate({ ...deps, callerOf: contexts.callerOf }));
  const health = createHealthRouter(deps);
  app.use((req, res, next) => {
    if (faceOf(req.url)) limiter.http(req, res, next);
    else health(req, res, (thrown) => (thrown ? next(thrown) : limiter.http(req, res, next)));
  });

  app.use('/trpc', createTrpcHandler({ router, contextOf, logger, heartbeat: deps.heartbeat }));
  app.use(
    '/api',
    createRestRouter({ router, table, contextOf }),
    createDocsRouter({
      openApi: createOpenApi({
        router,
        table,
        tags: restTags,
        version: system.version,
        cookieName: contexts.cookieName,
      }),
      asyncApi: createAsyncApi({
        router,
        channels,
        version: system.version,
        cookieName: contexts.cookieName,
      }),
    }),
  );
  if (deps.letters) app.use(createMailboxRouter({ letters: deps.letters, isOperator: contexts.isOperator }));
  const page = createPageRouter(deps.pageFolder);
  app.use((req, res, next) => (faceOf(req.url) ? next() : page(req, res, next)));
  app.use('/ws', (req, _res, next) => next(isPlainSocket(req.url) ? notUpgraded() : undefined));
  app.use((_req, _res, next) => next(new AppError('request.unknown_path')));
  app.use(answerErrors({ router, logger }));
  return app;
}

/** An upgrade never gets here: what does has lost it on the way, or is no WebSocket. */
const notUpgraded = () =>
  new AppError('request.malformed', {
    message:
      'This is the address of a WebSocket: connect with ws:// or wss://, and let a proxy in between pass the headers Upgrade and Connection.',
  });
const isPlainSocket = (url: string) =>
  Object.keys(channelTable).some((path) => new RegExp(`^/${path}/?(\\?|$)`).test(url));

function unreadable(code: string | undefined, { headersMs, requestMs }: typeof defaultTimeouts): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return new AppError('request.headers_too_large');
  const message =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? `The request took too long to arrive: send its headers within ${headersMs / 1000} s, all of it within ${requestMs / 1000} s.`
      : code === 'HPE_INVALID_URL'
        ? 'Write the address as a path in percent-encoding: é is written %C3%A9, a space %20.'
        : 'This is not an HTTP request that can be read: write http:// and a path, and no raw text.';
  return new AppError('request.malformed', { message });
}

/** The server for `app`, not listening yet. What is not HTTP at all gets the error object too, then the connection ends. */
export function createHttpServer({
  app,
  ids,
  timeouts = defaultTimeouts,
}: {
  app: Express;
  ids: Ids;
  timeouts?: typeof defaultTimeouts;
}): Server {
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      // The gate asks for it, and answers with the error object.
      requireHostHeader: false,
    },
    app,
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A browser opens connections ahead: an answer nobody asked for would be taken for that to its first request.
    const isUnused = socket instanceof Socket && socket.bytesRead === 0;
    if (error.code === 'ECONNRESET' || !socket.writable || isUnused) return void socket.destroy();
    socket.end(rawAnswer(unreadable(error.code, timeouts), ids.next('req')));
  });
  // Left alone, Node answers these two by itself: without a word, or not at all.
  server.on('checkExpectation', app);
  server.on('connect', (_req, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(rawAnswer(new AppError('request.method_not_allowed'), ids.next('req')));
  });
  return server;
}
