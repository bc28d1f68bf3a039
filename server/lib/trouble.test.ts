import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { AppError } from './app-error.ts';
import { createLogger } from './logger.ts';
import { createTrouble } from './trouble.ts';

function arrange() {
  const lines: { msg: string; err?: { stack?: string; cause?: { stack?: string } } }[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(
        ...chunk
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as (typeof lines)[0]),
      );
      done();
    },
  });
  const logger = createLogger({ level: 'info', pretty: false, destination });
  return { lines, logger, trouble: createTrouble(logger, 'it cannot be read', 'it can be read again') };
}
const refused = (brokerCode: string, retryAfterMs: number) =>
  new AppError('broker.login_failed', { brokerCode, retryAfterMs });

test('a refusal that lasts is told once at its beginning, once when its reason changes and once at its end', () => {
  const { lines, trouble } = arrange();
  for (let n = 0; n < 100; n++) trouble.failed(refused('api-key-disabled', n));
  for (let n = 0; n < 100; n++) trouble.failed(refused('api-key-revoked', n));
  for (let n = 0; n < 100; n++) trouble.worked();
  trouble.failed(refused('api-key-disabled', 1));
  expect(lines.map(({ msg }) => msg.split(' (')[0])).toEqual([
    'it cannot be read',
    'it cannot be read',
    'it can be read again',
    'it cannot be read',
  ]);
});

test('an error that is expected is logged without stacks, one that is not with', () => {
  const { lines, logger } = arrange();
  logger.warn({ err: new AppError('broker.refused', { cause: new Error('403') }) }, 'expected');
  logger.warn({ err: new AppError('server.bug', { cause: new Error('x') }) }, 'a bug');
  logger.warn({ err: new TypeError('y') }, 'another');
  expect(lines.map(({ err }) => [!!err?.stack, !!err?.cause?.stack])).toEqual([
    [false, false],
    [true, true],
    [true, false],
  ]);
});
