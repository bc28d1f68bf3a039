// A start that cannot succeed, as an operator reads it: one error, in words, with what to change.
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
