import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'growth reads, reconciles and values an account with years behind it; the last state of every position arrives',
  { timeout: 180_000 },
  () => {
    const report = shortRun('growth', 0.2);
    expect(report.rows.length).toBeGreaterThan(20);
    expect(kept(report, 1)).toEqual([true]);
  },
);
