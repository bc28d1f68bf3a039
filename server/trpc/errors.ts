// From an exception to the one error object: kind → tRPC code → HTTP status, in one table.
import { TRPCError } from '@trpc/server';
import { errorRegistry, type ErrorBody, type ErrorCode, type ErrorKind } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';

type TrpcCode = TRPCError['code'];
const kinds: Record<ErrorKind, { trpc: TrpcCode; http: number; retryable: boolean }> = {
  invalid: { trpc: 'BAD_REQUEST', http: 400, retryable: false },
  unauthenticated: { trpc: 'UNAUTHORIZED', http: 401, retryable: false },
  forbidden: { trpc: 'FORBIDDEN', http: 403, retryable: false },
  not_found: { trpc: 'NOT_FOUND', http: 404, retryable: false },
  conflict: { trpc: 'CONFLICT', http: 409, retryable: false },
  key_reused: { trpc: 'UNPROCESSABLE_CONTENT', http: 422, retryable: false },
  limited: { trpc: 'TOO_MANY_REQUESTS', http: 429, retryable: true },
  upstream: { trpc: 'BAD_GATEWAY', http: 502, retryable: true },
  unavailable: { trpc: 'SERVICE_UNAVAILABLE', http: 503, retryable: true },
  bug: { trpc: 'INTERNAL_SERVER_ERROR', http: 500, retryable: false },
};
const byTrpcCode: Partial<Record<TrpcCode, ErrorCode>> = {
  PARSE_ERROR: 'request.malformed',
  BAD_REQUEST: 'request.invalid',
  UNAUTHORIZED: 'auth.required',
  FORBIDDEN: 'auth.scope_missing',
  NOT_FOUND: 'request.unknown_path',
  METHOD_NOT_SUPPORTED: 'request.method_not_allowed',
  PAYLOAD_TOO_LARGE: 'request.too_large',
  TOO_MANY_REQUESTS: 'request.limited',
  UNSUPPORTED_MEDIA_TYPE: 'request.malformed',
};

export const httpStatusOf = (code: ErrorCode): number => own[code] ?? kinds[errorRegistry[code].kind].http;
const own: Partial<Record<ErrorCode, number>> = {
  'request.method_not_allowed': 405,
  'request.too_large': 413,
  'request.headers_too_large': 431,
};
export const isRetryable = (code: ErrorCode): boolean =>
  errorRegistry[code].retryable ?? kinds[errorRegistry[code].kind].retryable;

/** The AppError behind anything thrown: our own, a Zod or tRPC error translated, else `server.bug`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof TRPCError) {
    if (thrown.cause instanceof AppError) return thrown.cause;
    if (thrown.cause instanceof SyntaxError && thrown.code === 'BAD_REQUEST')
      return notValidJson(thrown.cause);
    const code = byTrpcCode[thrown.code];
    // What tRPC itself says of a request it cannot use, such as a batch without its list of inputs.
    const message = code === 'request.invalid' && !thrown.cause ? `${thrown.message}.` : undefined;
    if (code) return new AppError(code, { cause: thrown, ...(message && { message }) });
  }
  if (isDatabaseGone(thrown)) return new AppError('server.unavailable', { cause: thrown });
  return new AppError('server.bug', {
    cause: thrown,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

/** Where it stopped making sense; V8's own words repeat what was sent. */
function notValidJson(cause: SyntaxError): AppError {
  const at = / position (\d+)/.exec(cause.message)?.[1];
  const where = at === undefined ? '' : ` from its character ${Number(at) + 1} on`;
  const message = `The input is not valid JSON${where}: write it as {"name": "value"}, names and texts in double quotes.`;
  return new AppError('request.malformed', { cause, message });
}

/** The value of a text in JSON; undefined for none. Throws request.malformed. */
export function readJson(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw notValidJson(thrown as SyntaxError);
  }
}

/** Whether it failed for what passes by itself, such as a database that cannot be reached: nobody's request or message is at fault. */
export const isUnavailable = (thrown: unknown): boolean => toAppError(thrown).code === 'server.unavailable';

/**
 * PostgreSQL that cannot be reached or cannot do it now, below whatever wraps it, by its SQLSTATE or the system's code: connection lost
 * (class 08), no room for it on the disk, in memory or among its connections (53), a time-out of the server's own (57014, 55P03, 25P02
 * to 25P04), read-only (25006), starting, stopping or crashed (57P), its files not readable (58), a race lost five times (40001, 40P01).
 */
const passing =
  /^(08...|53...|57P..|57014|55P03|25006|25P0[234]|58...|40001|40P01|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EMFILE|ENFILE)$/;
function isDatabaseGone(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as { code?: unknown };
  if (typeof code === 'string' && passing.test(code)) return true;
  return (
    /^Connection terminated|^Query read timeout|^Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect/.test(
      thrown.message,
    ) || isDatabaseGone(thrown.cause)
  );
}

/** The error object every face answers with. No stack trace and no `detail` is in it. */
export function toErrorBody(error: AppError, requestId: string): ErrorBody {
  const { fields, retryAfterMs, brokerCode } = error.options;
  return {
    code: error.code,
    message: error.message,
    requestId,
    retryable: isRetryable(error.code),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(fields === undefined ? {} : { fields }),
    ...(brokerCode === undefined ? {} : { broker: { code: brokerCode } }),
    docUrl: `/api/docs/errors#${error.code}`,
  };
}

export const toTrpcError = (error: AppError): TRPCError =>
  new TRPCError({ code: kinds[error.kind].trpc, message: error.message, cause: error });
