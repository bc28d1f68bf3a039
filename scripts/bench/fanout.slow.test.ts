import { expect, test } from 'vitest';
import { shortRun } from './short-run.ts';

test('fanout compares the three servers and loses no delivery', { timeout: 90_000 }, () => {
  const report = shortRun('fanout', 0.3);
  expect(report.details.measured).toHaveLength(6);
  for (const { lost, outOfOrder, deliveriesPerSecond } of report.details.measured) {
    expect({ lost, outOfOrder }).toEqual({ lost: 0, outOfOrder: 0 });
    expect(deliveriesPerSecond).toBeGreaterThan(0);
  }
});
