// How an error leaves over HTTP: the one error object, dressed for tRPC under /trpc and plain everywhere else, with its headers.
import { hash } from 'node:crypto';
import { getTRPCErrorShape, transformTRPCResponse, type AnyTRPCRouter } from '@trpc/server';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { ErrorCode } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';
import type { Logger } from '../lib/logger.ts';
import { httpStatusOf, toAppError, toErrorBody, toTrpcError } from '../trpc/errors.ts';
import { unreadableBody } from './body.ts';
import { errorPage, wantsPage } from './error-page.ts';
import { requestIdOf, writeHead } from './head.ts';

/** What body parsers, the router and file sending throw: an HTTP error with a status and sometimes a type. */
function fromHttpError(thrown: unknown): AppError {
  const { status, type } = thrown instanceof Error ? (thrown as { status?: unknown; type?: unknown }) : {};
  if (type === 'entity.too.large' || status === 413)
    return new AppError('request.too_large', { cause: thrown });
  if (status === 404) return new AppError('request.unknown_path', { cause: thrown });
  if (thrown instanceof URIError)
    return new AppError('request.malformed', {
      cause: thrown,
      message: 'Write the path in valid percent-encoding: a % is written %25.',
    });
  if (typeof status === 'number' && status >= 400 && status < 500) return unreadableBody(thrown as object);
  return toAppError(thrown);
}

/** Seconds after which it is worth asking again where the error itself names no time: a server that starts, a place that may be free again. */
const usualWaits: Readonly<Record<number, number>> = { 429: 60, 503: 5 };
/** What is wrong with a credential that was sent, in the words of RFC 6750. */
const isBadToken = (code: ErrorCode) =>
  code === 'auth.token_expired' || code === 'auth.token_invalid' || code === 'auth.key_invalid';

/**
 * Headers that an error brings with it. 429 and 503: when to come back, in seconds, rounded up; of the errors of a batch, the latest of
 * them. 401: how one proves who one is.
 */
export function errorHeaders(...errors: AppError[]): Record<string, string> {
  const refused = errors.filter(({ code }) => httpStatusOf(code) === 401);
  const problem = refused.some(({ code }) => isBadToken(code)) ? ', error="invalid_token"' : '';
  const wait = ({ code, options: { retryAfterMs } }: AppError) =>
    retryAfterMs === undefined ? (usualWaits[httpStatusOf(code)] ?? -1) : Math.ceil(retryAfterMs / 1000);
  const last = errors.toSorted((a, b) => wait(b) - wait(a))[0];
  const seconds = last === undefined ? -1 : wait(last);
  return {
    ...(refused.length > 0 && { 'WWW-Authenticate': `Bearer realm="FTrader"${problem}` }),
    ...(seconds >= 0 && { 'Retry-After': String(seconds) }),
    ...(last?.options.retryAfterMs !== undefined && { RateLimit: `"${last.code}";r=0;t=${seconds}` }),
  };
}

/** Logs what is our own fault or the broker's, once, with the request id; the caller's mistakes at debug. */
export function logFailure(
  logger: Logger,
  thrown: unknown,
  about: { requestId: string; path: string },
): void {
  const error = toAppError(thrown);
  const ours = error.kind === 'bug' || error.kind === 'upstream' || error.kind === 'unavailable';
  logger[ours ? 'error' : 'debug'](
    {
      ...about,
      code: error.code,
      ...(error.options.detail && { detail: error.options.detail }),
      ...(ours && { err: error.options.cause ?? error }),
    },
    'a request failed',
  );
}

/** The last error handler: every failure of every route ends here, and nothing of it but the error object leaves. */
export const answerErrors =
  ({ router, logger }: { router: AnyTRPCRouter; logger: Logger }): ErrorRequestHandler =>
  (thrown, req, res, _next) => {
    const error = fromHttpError(thrown);
    const requestId = requestIdOf(res);
    logFailure(logger, error, { requestId, path: req.path });
    if (res.headersSent) return void res.destroy();
    const isTrpc = req.originalUrl.startsWith('/trpc');
    res.status(httpStatusOf(error.code)).set({ 'Cache-Control': 'no-store', ...errorHeaders(error) });
    if (wantsPage(req)) return void res.type('html').send(errorPage(toErrorBody(error, requestId)));
    res.json(isTrpc ? trpcAnswer(router, error, requestId) : toErrorBody(error, requestId));
  };

function trpcAnswer(router: AnyTRPCRouter, error: AppError, requestId: string) {
  const config = router._def._config;
  return transformTRPCResponse(config, {
    error: getTRPCErrorShape({
      config,
      error: toTrpcError(error),
      type: 'unknown',
      path: undefined,
      input: undefined,
      ctx: { requestId },
    }),
  });
}

/** As `res.json` answers with `no-store`, with less asking on the way: there is no ETag, so only a condition needs express. */
export function sendJson(req: Request, res: Response, status: number, value: unknown): void {
  if (req.headers['if-none-match'] !== undefined)
    return void res.status(status).set('Cache-Control', 'no-store').json(value);
  sendText(res, status, ['Cache-Control', 'no-store'], JSON.stringify(value));
}
function sendText(
  res: Response,
  status: number,
  headers: readonly string[],
  text: string,
  type: string = jsonType,
): void {
  const bytes = Buffer.byteLength(text);
  writeHead(res, status, [...headers, 'Content-Type', type, 'Content-Length', String(bytes)]);
  // As many bytes as characters: all of it is ASCII, which Node copies instead of encoding.
  res.end(text, bytes === text.length ? 'latin1' : 'utf8');
}
const jsonType = 'application/json; charset=utf-8';

/** A text that its caller may have already: 304 for who names its tag, else the text and its tag, which is of exactly the bytes that are sent. */
export function sendTagged(req: Request, res: Response, text: string, type: string = jsonType): void {
  const tag = `"${hash('sha256', text, 'base64url')}"`;
  // Kept by who asked alone, and never used without asking.
  const common = ['Cache-Control', 'private, no-cache', 'ETag', tag];
  if (names(req.headers['if-none-match'], tag)) {
    writeHead(res, 304, common);
    return void res.end();
  }
  sendText(res, 200, common, text, type);
}
/** Whether an If-None-Match names `tag`; one that a proxy has made weak is the same here (RFC 9110, 13.1.2). */
const names = (condition: string | undefined, tag: string): boolean =>
  condition !== undefined &&
  (condition.trim() === '*' || condition.split(',').some((each) => each.trim().replace(/^W\//, '') === tag));

/** Aborts when the caller leaves before the answer has begun its way; an answer that was sent aborts nothing. */
export function leaving(res: Response): AbortSignal {
  const left = new AbortController();
  res.on('close', () => {
    if (!res.writableEnded) left.abort();
  });
  return left.signal;
}

/** Refuses whatever comes: 405 with the methods there are. */
export const refuseMethod =
  (methods: readonly string[]) =>
  (_req: unknown, res: Response): never => {
    res.set('Allow', methods.join(', '));
    throw new AppError('request.method_not_allowed');
  };
