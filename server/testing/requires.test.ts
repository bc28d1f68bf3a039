import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** Runs a suite of two tests that need RabbitMQ, where there is none, in a Vitest of its own. */
function runWithoutRabbit(environment: Record<string, string>): Promise<{ code: number; output: string }> {
  const dir = mkdtempSync(fileURLToPath(new URL('./requires-', import.meta.url)));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(
    join(dir, 'needy.ts'),
    `import { test } from 'vitest';
    import { describeWith } from '../requires.ts';
    await describeWith('rabbitmq', 'the bus', () => { test('one', () => {}); test('two', () => {}); });
    test('needs nothing', () => {});`,
  );
  writeFileSync(
    join(dir, 'config.mjs'),
    `import { skippedReporter } from '../requires.ts';
    export default { test: { root: import.meta.dirname, include: ['needy.ts'], reporters: ['default', skippedReporter] } };`,
  );
  const env = { PATH: process.env['PATH'] ?? '', AMQP_URL: 'amqp://127.0.0.1:1', ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [vitest, 'run', '--config', join(dir, 'config.mjs')],
      { env, encoding: 'utf8' },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

test('tests whose need is missing are skipped and named at the end of a run that passes', async () => {
  const { code, output } = await runWithoutRabbit({ FTRADER_REQUIRE: 'python' });
  expect(output.trim()).toMatch(/skipped: needs rabbitmq \(2 tests\)$/m);
  expect(code).toBe(0);
});

test('when FTRADER_REQUIRE lists what is missing the run fails and says so', async () => {
  const { code, output } = await runWithoutRabbit({ FTRADER_REQUIRE: 'chromium, rabbitmq' });
  expect(output).toContain('FTRADER_REQUIRE lists rabbitmq, and there is none at amqp://127.0.0.1:1');
  expect(code).toBe(1);
});
