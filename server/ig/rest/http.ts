// One HTTP request to IG: headers, time-out, lossless JSON, errors with their code. No session, no retry, no pace.
import type { Environment } from '../../../shared/primitives.ts';
import type { Clock } from '../../lib/clock.ts';
import { TooLate, within } from '../../lib/within.ts';
import { IgError } from './errors.ts';
import { parseLosslessInTurns } from './json-in-turns.ts';
import { parseLossless } from './json.ts';
import { provesNothingSent, reasonOf, reasonOfText } from './unreachable.ts';

interface IgRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, with its query. */
  path: string;
  /** IG's `Version` header. */
  version: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Ends the request. */
  signal?: AbortSignal;
}
interface IgAnswer {
  body: unknown;
  headers: Headers;
}
export type IgHttp = (request: IgRequest) => Promise<IgAnswer>;

/** Below the 10 s between logins, so that a login has ended before another process may try. IG answers within 1 s. */
export const requestTimeoutMs = 8_000;
/** The largest answer (50 markets) is some 150 kB. What is longer is not read to its end. */
export const maxAnswerBytes = 8_000_000;

/** Sends requests to `baseUrl` over kept-alive connections. What it returns throws IgError and nothing else. */
export function createIgHttp({
  environment,
  baseUrl,
  apiKey,
  clock,
}: {
  environment: Environment;
  baseUrl: string;
  apiKey: string;
  clock: Clock;
}): IgHttp {
  const host = URL.parse(baseUrl)?.host ?? baseUrl;
  return async ({ method, path, version, headers = {}, body, signal: left }) => {
    const facts = { environment, method, path: path.split('?')[0]!, host };
    const ask = async (late: AbortSignal) => {
      const response = await fetch(baseUrl + path, {
        method,
        signal: left ? AbortSignal.any([late, left]) : late,
        redirect: 'error',
        headers: {
          Accept: 'application/json; charset=UTF-8',
          'X-IG-API-KEY': apiKey,
          Version: String(version),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=UTF-8' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { response, text: await textOf(response) };
    };
    try {
      const { response, text } = await within(clock, requestTimeoutMs, ask);
      const { status } = response;
      if (status === 204) return { body: null, headers: response.headers };
      const json = await parseLosslessInTurns(text ?? '').catch(() => undefined);
      if (!response.ok)
        throw new IgError({
          ...facts,
          status,
          ...unlessRefused(errorCodeOf(json), status, text),
        });
      if (json === undefined)
        throw new IgError({
          ...facts,
          status,
          errorCode: 'unreadable',
          reason: reasonOfText(text),
        });
      return { body: json, headers: response.headers };
    } catch (cause) {
      if (cause instanceof IgError) throw cause;
      const isLate = cause instanceof TooLate;
      const reason = isLate ? 'TIMEOUT' : reasonOf(cause);
      throw new IgError({
        ...facts,
        status: null,
        errorCode: isLate ? 'timeout' : 'connection',
        neverSent: provesNothingSent(reason),
        reason,
        cause,
      });
    }
  };
}

/** Undefined for what is longer than `maxAnswerBytes`. */
async function textOf({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    if ((bytes += chunk.length) > maxAnswerBytes) return undefined; // which ends the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** IG's own code; without one, why there is none. */
function unlessRefused(errorCode: string | undefined, status: number, text: string | undefined) {
  if (errorCode !== undefined) return { errorCode };
  return status === 405 ? { errorCode: 'pending' } : { errorCode: 'unreadable', reason: reasonOfText(text) };
}

/** Lossless JSON, or undefined when the text is none. */
export function tryParse(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return undefined;
  }
}

/** IG's `errorCode`, when the answer has one. */
export const errorCodeOf = (json: unknown) =>
  typeof json === 'object' && json !== null && 'errorCode' in json && typeof json.errorCode === 'string'
    ? json.errorCode
    : undefined;
