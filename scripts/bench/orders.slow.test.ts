import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'orders deals against a real database and broker; every order is accepted and every notification comes once',
  { timeout: 90_000 },
  () => {
    const report = shortRun('orders', 0.3);
    const { open, close } = report.details.measured;
    expect(open.ours.length).toBeGreaterThan(0);
    expect(close.ours).toHaveLength(open.ours.length);
    expect(kept(report, 2)).toEqual([true, true]);
  },
);
