import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'http answers as its floors do, refuses nothing, and compares each face with its floor',
  { timeout: 90_000 },
  () => {
    const report = shortRun('http', 0.2);
    expect(report.details.measured).toHaveLength(9);
    for (const { perSecond } of report.details.measured) expect(perSecond).toBeGreaterThan(0);
    expect(kept(report, 2)).toEqual([true, true]);
  },
);
