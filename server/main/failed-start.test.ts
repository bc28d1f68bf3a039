// A start that cannot succeed, as an operator reads it: one error, in words, with what to change.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startProgram, temporaryFolder } from '../testing/processes.ts';

const failing = (env: Record<string, string>) =>
  startProgram('server/main/all.ts', { env: { PORT: '0', LOG_LEVEL: 'warn', ...env } });

test('a database that does not answer is named with its setting and doctor, once, without its password', async () => {
  using folder = temporaryFolder('unusable');
  const DATABASE_URL = 'postgres://me:hidden@localhost:1/none';
  await using program = failing({ DATA_DIR: folder.path, DATABASE_URL });
  expect(await program.exited).toBe(1);
  const output = program.output();
  expect(output).toMatch(
    /^FTrader could not start: DATABASE_URL .*: PostgreSQL at localhost:1\/none: nothing listens there\..*\nnpm run doctor .*\n$/,
  );
  expect(output).not.toContain('hidden');
}, 60_000);

const production = {
  NODE_ENV: 'production',
  SECRET_KEY: 'a secret of a test, long enough to sign',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
};

test('in production it is one record that says so, and no page of text', async () => {
  using folder = temporaryFolder('unusable');
  await using program = failing({
    ...production,
    DATA_DIR: folder.path,
    DATABASE_URL: 'postgres://me:hidden@localhost:1/none',
  });
  expect(await program.exited).toBe(1);
  const [line, ...more] = program.output().trim().split('\n');
  expect(more).toEqual([]);
  expect(JSON.parse(line!)).toMatchObject({
    level: 60,
    part: 'process',
    msg: expect.stringMatching(
      /^FTrader could not start: DATABASE_URL .*: PostgreSQL at localhost:1\/none: nothing listens there/,
    ),
  });
  expect(line).not.toContain('hidden');
}, 60_000);

test('in production a port that is taken is named before a database or a broker is started or asked', async () => {
  using folder = temporaryFolder('taken');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await using program = failing({ ...production, DATA_DIR: folder.path, PORT: String(port) });
  expect(await program.exited).toBe(1);
  taken.close();
  expect(JSON.parse(program.output())).toMatchObject({
    msg: `FTrader could not start: port ${port} is taken. Stop what listens there, or set PORT to another.`,
  });
  expect(existsSync(path.join(folder.path, 'postgres'))).toBe(false);
}, 60_000);
