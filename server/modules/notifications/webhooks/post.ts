// One request of a webhook: where it goes is guarded, redirects are not followed, and of the answer the status counts. When it is sent, and what its outcome means, is not decided here.
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../../lib/clock.ts';
import { whyUnreachable } from '../../../lib/unreachable.ts';
import { NotAllowed, type Guard } from './guard.ts';

export interface Answer {
  status: number;
  /** Where a redirect points. */
  location: string | undefined;
  /** The beginning of an answer that is no success, for its log. */
  excerpt: string;
}
export type Post = ReturnType<typeof createPost>;

/** Of an answer that is no success so much is read, and for so long: a server may go on for ever. */
const excerptBytes = 1_024;
const excerptMs = 1_000;
/** So much of it is shown. */
const excerptLength = 200;

export const createPost =
  ({ guard, clock, ca }: { guard: Guard; clock: Clock; ca?: string }) =>
  /** Rejects with NotAllowed, with the signal's reason, or with an error of Node's. Each request has a connection of its own. */
  (
    url: string,
    { headers, body }: { headers: Record<string, string>; body: Buffer },
    signal: AbortSignal,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const to = new URL(url);
      const problem = guard.problemOf(to);
      if (problem !== undefined) return reject(new NotAllowed(`The URL ${problem}.`));
      const { request } = to.protocol === 'https:' ? https : http;
      const asked = request(to, {
        method: 'POST',
        agent: false,
        headers: { ...headers, 'content-length': String(body.length) },
        lookup: guard.lookupFor(to),
        signal,
        ...(ca !== undefined && { ca }),
      });
      asked.on('error', reject);
      asked.on('response', (answer) => {
        const { statusCode: status = 0, headers: told } = answer;
        const chunks: Buffer[] = [];
        let bytes = 0;
        const end = () => {
          cancel();
          const excerpt = printable(Buffer.concat(chunks).subarray(0, excerptBytes).toString());
          resolve({ status, location: told.location, excerpt });
          asked.destroy();
        };
        const cancel = clock.after(excerptMs, end);
        answer.on('error', end).on('close', end);
        if (isSuccess(status)) return end();
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes >= excerptBytes) end();
        });
      });
      asked.end(body);
    });

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const printable = (text: string) =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, excerptLength);

/** Why there was no answer, as a sentence for the webhook's user. */
export function whyNoAnswer(error: unknown, url: string): string {
  if (error instanceof NotAllowed) return error.message;
  const code = (error as { code?: unknown } | undefined)?.code;
  const { hostname: host } = new URL(url);
  if (code === 'ENODATA' || code === 'ENOTFOUND') return `The name ${host} leads nowhere: correct the URL.`;
  if (code === 'ETIMEOUT' || code === 'ESERVFAIL' || code === 'EREFUSED')
    return `The name ${host} cannot be looked up now.`;
  const why =
    typeof code === 'string' &&
    whyUnreachable(code, { host, remedy: 'The operator can name that authority in NODE_EXTRA_CA_CERTS' });
  if (why) return `No connection to ${host}: ${why}.`;
  return `No answer of ${host}: ${error instanceof Error ? error.message : String(error)}.`;
}
