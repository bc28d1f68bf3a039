import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test('portfolio gives the answers of the whole ledger from its stored days', { timeout: 90_000 }, () => {
  const report = shortRun('portfolio', 0.3);
  for (const times of Object.values<number[]>(report.details.times)) expect(times.length).toBeGreaterThan(0);
  expect(kept(report, 1)).toEqual([true]);
});
