// The body of a request, read by the same rules whichever face it is for: JSON in UTF-8, bounded, compressed or not.
import express, { type Request, type RequestHandler } from 'express';
import { AppError } from '../lib/app-error.ts';

/** Largest body of any request, after it was inflated: 100 kB. */
export const maxBodyBytes = 100_000;

export const hasContent = ({ headers }: Pick<Request, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const isJson = /^application\/json\s*(;|$)/i;
const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i;
const inUtf8 = /^(utf-?8|us-ascii)$/i;
const toBytes = express.raw({ limit: maxBodyBytes, type: 'application/json' });
/** Of bytes that are no UTF-8 nothing is made: a reader that puts signs in their place has changed what was said. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the body of a request as text; undefined without one. Passes on what `fromHttpError` makes a request.* of. */
export const readBody: RequestHandler = (req, res, next) => {
  if (!hasContent(req)) return next();
  const type = req.headers['content-type'];
  if (type === undefined || !isJson.test(type)) return next(notJson());
  const name = charset.exec(type)?.[1];
  if (name !== undefined && !inUtf8.test(name))
    return next(new AppError('request.malformed', { message: `Send the body in UTF-8 instead of ${name}.` }));
  toBytes(req, res, (thrown) => next(thrown ?? decode(req)));
};

/** Puts text in the place of the bytes; gives what they are refused with. */
function decode(req: Request): AppError | undefined {
  const bytes: unknown = req.body;
  try {
    req.body = Buffer.isBuffer(bytes) ? utf8.decode(bytes) : undefined;
    return undefined;
  } catch (cause) {
    return new AppError('request.malformed', {
      cause,
      message: 'The body holds bytes that are not UTF-8: write it in UTF-8.',
    });
  }
}

/** What reads no body refuses one. */
export const refuseBody: RequestHandler = (req, _res, next) =>
  next(
    hasContent(req)
      ? new AppError('request.invalid', { fields: { '(body)': 'is not read at this path: leave it out' } })
      : undefined,
  );

export const notJson = () =>
  new AppError('request.malformed', { message: 'Send a JSON body with Content-Type: application/json.' });

/** Of what a body parser throws: a status, and a type or a code of zlib. */
export function unreadableBody(thrown: { type?: unknown; code?: unknown }): AppError {
  const { type, code } = thrown;
  const message =
    type === 'encoding.unsupported'
      ? 'Send the body uncompressed, or with Content-Encoding gzip, deflate or br.'
      : typeof code === 'string' && /^(Z_|ERR_|BROTLI)/.test(code)
        ? 'The body is not what its Content-Encoding says: compress it so, or leave that header out.'
        : type === 'request.size.invalid' || type === 'request.aborted'
          ? 'The body ended before its Content-Length: send all of it.'
          : undefined;
  return new AppError('request.malformed', { cause: thrown, ...(message && { message }) });
}
