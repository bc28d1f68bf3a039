import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { expect, test } from 'vitest';

const guard = pathToFileURL(path.join(import.meta.dirname, 'loop-guard.ts')).href;
const run = (body: string) =>
  new Promise<{ signal: string | undefined; stdout: string; stderr: string }>((resolve) =>
    execFile(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { guardLoop } = await import(${JSON.stringify(guard)}); const guard = await guardLoop(400); ${body}`,
      ],
      (error, stdout, stderr) => resolve({ signal: error?.signal ?? undefined, stdout, stderr }),
    ),
  );

test('a process whose loop is kept busy for ever by a pattern that backtracks is ended, and what was tried is named', async () => {
  const { signal, stderr } = await run(
    `guard.tries('GET /x'); /^(a+)+$/.test('a'.repeat(60) + '!'); console.log('never');`,
  );
  expect(signal).toBe('SIGKILL');
  expect(stderr).toContain('no turn for 400 ms; it was tried: GET /x');
});

test('a process that only waits, or has stopped its guard, goes on', async () => {
  const { signal, stdout } = await run(`
    await new Promise((resolve) => setTimeout(resolve, 900));
    await guard.stop();
    const end = Date.now() + 900;
    while (Date.now() < end);
    console.log('done');
  `);
  expect([signal, stdout]).toEqual([undefined, 'done\n']);
});
