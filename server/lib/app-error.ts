// The one exception type: a request that could not be processed, with a code from the registry.
import { sentenceOf } from './problem-sentence.ts';
import { errorRegistry, type ErrorCode, type ErrorKind } from '../../shared/errors.ts';

export interface AppErrorOptions {
  /** Replaces the registry's message; must be safe to show. */
  message?: string;
  /** For logs only. */
  detail?: string;
  cause?: unknown;
  /** Field path → what is wrong with it. */
  fields?: Record<string, string>;
  retryAfterMs?: number;
  /** The broker's own error code. */
  brokerCode?: string;
  /** Set where the error arises before there is a context to hold it. */
  requestId?: string;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly options: AppErrorOptions;
  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(messageOf(code, options), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.kind = errorRegistry[code].kind;
    this.options = options;
  }
}

/** What is wrong with the fields of an invalid request, and when a limit ends, belong to what is said. */
function messageOf(code: ErrorCode, { message, fields, retryAfterMs }: AppErrorOptions): string {
  const { kind, message: usual } = errorRegistry[code];
  const said = message ?? (code === 'request.invalid' && fields ? sentenceOf(fields) : usual);
  return kind === 'limited' && retryAfterMs !== undefined
    ? `${said} Try again in ${Math.ceil(retryAfterMs / 1000)} s.`
    : said;
}
