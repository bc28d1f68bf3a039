// Where a bot asks for the next instant: POST to an address that nobody else knows.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Steps } from './steps.ts';

const maxBodyBytes = 1_000;
const maxStepMs = 366 * 86_400_000;
const StepBody = z.strictObject({ ms: z.number().positive().max(maxStepMs).optional() });

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBodyBytes) throw new Error('the body is too long');
  }
  return text.trim() === '' ? {} : JSON.parse(text);
}

/** As every face of the server refuses. */
const refused = (code: ErrorCode, message: string) => ({ code, message, retryable: false });

/** `onFailure`: a step could not be taken; the rehearsal cannot go on. */
export async function serveSteps(
  steps: Pick<Steps, 'step'>,
  { secret, onFailure }: { secret: string; onFailure: (error: Error) => void },
): Promise<{ url: string; close(): Promise<void> }> {
  const path = `/step/${secret}`;
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    if (request.url !== path) return answer(404, refused('request.unknown_path', 'There is nothing here.'));
    if (request.method !== 'POST')
      return answer(405, refused('request.method_not_allowed', 'POST asks for the next instant.'));
    bodyOf(request)
      .then((body) => StepBody.parse(body))
      .then(
        ({ ms }) =>
          steps.step(ms).then(
            (reached) => answer(200, reached),
            (error: Error) => {
              answer(500, refused('server.bug', error.message));
              onFailure(error);
            },
          ),
        () =>
          answer(400, refused('request.invalid', 'The body is empty, or {"ms": N}: so much recorded time.')),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
