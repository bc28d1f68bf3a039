// From a request or a socket to what a procedure knows about its caller. Decides who may prove themselves by cookie; knows no procedure.
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { createTurns } from '../lib/turns.ts';
import { logFailure } from './answer.ts';
import type { AuditModule } from '../modules/audit/index.ts';
import { sessionCookieName, type Authenticate, type Credentials } from '../modules/auth/index.ts';
import type { ClientSocket, Context, SessionCookie } from '../trpc/context.ts';
import type { EventStreams } from './event-streams.ts';
import { otherLoopbackName, type AllowedOrigins } from './origins.ts';
import { notSignedIn } from '../trpc/call.ts';
import { toAppError, toTrpcError } from '../trpc/errors.ts';
import { requestIdOf } from './head.ts';
import type { CallerOf } from './caller.ts';
import type { RequestLimiter } from './limiter.ts';
import {
  createIsOperator,
  callsIn,
  credentialInUrl,
  credentialsOf,
  isForeignPage,
  isForeignSocket,
  lacksBearer,
} from './request-rules.ts';

export interface ContextDeps {
  authenticate: Authenticate;
  audit: Pick<AuditModule, 'begin' | 'refuse'>;
  streams: Pick<EventStreams, 'placesOf'>;
  ids: Ids;
  logger: Logger;
  callerOf: CallerOf;
  limiter: Pick<RequestLimiter, 'spend'>;
  corsOrigins: AllowedOrigins;
  onForeignOrigin?: (origin: string) => void;
  /** The browser's cookie of this installation; left out: the name that none of several on a host has. */
  cookieName?: string;
  /** METRICS_TOKEN: who bears it sees the figures of this process. */
  metricsToken?: string | undefined;
  /** In production the cookie is never sent without TLS. */
  production: boolean;
}

/** That begin in one turn of the event loop: to begin a subscription takes some 0.3 ms. */
const callsPerTurn = 8;

export type ContextFactory = ReturnType<typeof createContextFactory>;
/** What is known of a socket's caller; where its subscriptions have their places is the connection's to say. */
export type SocketContext = Omit<Context, 'places'>;

export function createContextFactory({
  authenticate,
  audit,
  streams,
  ids,
  logger,
  callerOf,
  limiter,
  corsOrigins,
  onForeignOrigin,
  cookieName = sessionCookieName,
  metricsToken,
  production,
}: ContextDeps) {
  /** Of sockets and batches, over all of them: a thousand calls that came at once keep no other user waiting. */
  const turn = createTurns(callsPerTurn);
  const isOperator = createIsOperator({ callerOf, metricsToken });

  async function contextFor(
    req: IncomingMessage,
    requestId: string,
    credentials: Credentials,
    way: Pick<Context, 'cookie' | 'socket' | 'turn' | 'spend'>,
  ): Promise<SocketContext> {
    const { address: ip } = callerOf(req);
    const { principal, problem } = await authenticate({ ...credentials, ip });
    const caller = {
      userId: principal?.user.id ?? null,
      sessionId: principal?.sessionId ?? null,
      requestId,
      ip,
    };
    return {
      requestId,
      ip,
      isOperator: isOperator(req) || principal?.scopes.has('admin') === true,
      principal,
      userAgent: req.headers['user-agent'],
      credentialProblem: problem ?? (lacksBearer(req.headers) ? 'auth.bearer_missing' : undefined),
      signInAdvice: principal ? undefined : otherLoopbackName(req),
      cookie: way.cookie,
      socket: way.socket,
      turn: way.turn,
      spend: way.spend,
      report: (fault, path) => logFailure(logger, fault, { requestId, path }),
      audit: {
        begin: (action) => audit.begin({ ...caller, action }),
        refuse: (action, outcome, who) => audit.refuse({ ...caller, action }, outcome, who),
      },
    };
  }

  return {
    callerOf,
    cookieName,
    isOperator,

    /** A context for one HTTP request. Throws request.origin_refused; wrong credentials become `credentialProblem`. */
    async forHttp({ req, res }: { req: Request; res: Response }): Promise<Context> {
      const credentials = credentialsOf(req.headers, cookieName);
      const { scheme } = callerOf(req);
      if (credentials.cookie && isForeignPage(req, { scheme, corsOrigins }))
        throw new AppError('request.origin_refused');
      const cookie = cookieOn(res, cookieName, () => production || scheme === 'https');
      const context = await contextFor(req, requestIdOf(res), credentials, {
        cookie,
        ...(callsIn(req.originalUrl) > 1 && { turn }),
      });
      return { ...context, places: streams.placesOf(context, res) };
    },

    /**
     * A context for one WebSocket: the token of the connectionParams, else the upgrade's Authorization header, else its cookie.
     * Throws a tRPC error (auth.*, request.*) so that the adapter says why before it closes: a silent close makes clients storm.
     */
    async forSocket({
      req,
      socket,
      connectionParams,
    }: {
      req: IncomingMessage;
      socket: ClientSocket;
      connectionParams: Record<string, unknown> | null | undefined;
    }): Promise<SocketContext> {
      const requestId = ids.next('req');
      try {
        if (credentialInUrl(req.url)) throw new AppError('request.credentials_in_url');
        const token = connectionParams?.['token'];
        const credentials =
          typeof token === 'string' && token ? { bearer: token } : credentialsOf(req.headers, cookieName);
        const { scheme } = callerOf(req);
        if (credentials.cookie && isForeignSocket(req, { scheme, corsOrigins })) {
          if (req.headers.origin) onForeignOrigin?.(req.headers.origin);
          throw new AppError('request.origin_refused');
        }
        const context = await contextFor(req, requestId, credentials, {
          socket,
          turn,
          spend: () => limiter.spend(req, 1),
        });
        if (!context.principal) throw notSignedIn(context);
        return context;
      } catch (thrown) {
        const error = toAppError(thrown);
        throw toTrpcError(new AppError(error.code, { cause: thrown, ...error.options, requestId }));
      }
    },
  };
}

/** Lax: links to the page stay signed in, and other sites' forms do not carry it. */
const cookieOn = (res: Response, name: string, isSecured: () => boolean): SessionCookie => {
  const attributes = () => ({ httpOnly: true, sameSite: 'lax', path: '/', secure: isSecured() }) as const;
  return {
    set: (token, expiresAt) => void res.cookie(name, token, { ...attributes(), expires: expiresAt }),
    clear: () => void res.clearCookie(name, attributes()),
  };
};
