import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test('candles reads full pages of what is stored and buys nothing', { timeout: 90_000 }, () => {
  const report = shortRun('candles', 0.3);
  expect(report.details.measured.map(({ resolution }: { resolution: string }) => resolution)).toEqual([
    'MINUTE',
    'MINUTE_5',
    'HOUR',
    'DAY',
  ]);
  for (const { ours } of report.details.measured) expect(ours.length).toBeGreaterThan(0);
  expect(kept(report, 2)).toEqual([true, true]);
});
