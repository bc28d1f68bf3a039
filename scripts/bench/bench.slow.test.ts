import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const run = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('./bench.ts', import.meta.url)), ...args], {
    encoding: 'utf8',
  });

/** Whether each of the last `count` targets, those that are exact, is what was measured. */
const kept = ({ targets }: { targets: { target: unknown; measured: unknown }[] }, count: number) =>
  targets.slice(-count).map(({ target, measured }) => measured === target);

test('fanout compares the three servers and loses no delivery', { timeout: 90_000 }, () => {
  const { stdout, stderr } = run('fanout', '--json', '--rounds', '1', '--seconds', '0.3');
  const [report] = JSON.parse(stdout || `"${stderr}"`);
  expect(report.details.measured).toHaveLength(6);
  for (const { lost, outOfOrder, deliveriesPerSecond } of report.details.measured) {
    expect({ lost, outOfOrder }).toEqual({ lost: 0, outOfOrder: 0 });
    expect(deliveriesPerSecond).toBeGreaterThan(0);
  }
});

test(
  'http answers as its floors do, refuses nothing, and compares each face with its floor',
  { timeout: 90_000 },
  () => {
    const { stdout, stderr } = run('http', '--json', '--rounds', '1', '--seconds', '0.4');
    const [report] = JSON.parse(stdout || `"${stderr}"`);
    expect(report.details.measured).toHaveLength(9);
    for (const { perSecond } of report.details.measured) expect(perSecond).toBeGreaterThan(0);
    expect(kept(report, 2)).toEqual([true, true]);
  },
);

test(
  'orders deals against a real database and broker; every order is accepted and every notification comes once',
  { timeout: 90_000 },
  () => {
    const { stdout, stderr } = run('orders', '--json', '--rounds', '1', '--seconds', '0.5');
    const [report] = JSON.parse(stdout || `"${stderr}"`);
    const { open, close } = report.details.measured;
    expect(open.ours.length).toBeGreaterThan(0);
    expect(close.ours).toHaveLength(open.ours.length);
    expect(kept(report, 2)).toEqual([true, true]);
  },
);

test(
  'simulator streams to twenty sessions and answers REST calls beside; no update is lost or out of order',
  { timeout: 90_000 },
  () => {
    const { stdout, stderr } = run('simulator', '--json', '--rounds', '1', '--seconds', '1');
    const [report] = JSON.parse(stdout || `"${stderr}"`);
    expect(report.details.measured.map(({ mode }: { mode: string }) => mode)).toEqual([
      'streams',
      'bare',
      'streams and REST',
    ]);
    expect(report.details.measured[2].updatesPerSecond).toBeGreaterThan(0);
    expect(kept(report, 3)).toEqual([true, true, true]);
  },
);

test(
  'growth reads, reconciles and values an account with years behind it; the last state of every position arrives',
  { timeout: 180_000 },
  () => {
    const { stdout, stderr } = run('growth', '--json', '--rounds', '1', '--seconds', '0.5');
    const [report] = JSON.parse(stdout || `"${stderr}"`);
    expect(report.rows.length).toBeGreaterThan(20);
    expect(kept(report, 1)).toEqual([true]);
  },
);

test('an unknown benchmark or a wrong number is answered with the usage and exit code 2', () => {
  for (const args of [['nonsense'], ['--rounds', '0'], ['--seconds', 'x']]) {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('npm run bench --');
  }
});
