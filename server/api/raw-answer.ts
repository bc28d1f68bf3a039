// The error object on a connection that no response belongs to: what is not HTTP, a tunnel, an upgrade that is refused.
import { STATUS_CODES } from 'node:http';
import type { AppError } from '../lib/app-error.ts';
import { httpStatusOf, toErrorBody } from '../trpc/errors.ts';
import { errorHeaders } from './answer.ts';

/** The whole answer as text, after which the connection is to be ended. */
export function rawAnswer(error: AppError, requestId: string): string {
  const body = JSON.stringify(toErrorBody(error, requestId));
  const status = httpStatusOf(error.code);
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `X-Request-Id: ${requestId}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    ...Object.entries(errorHeaders(error)).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}
