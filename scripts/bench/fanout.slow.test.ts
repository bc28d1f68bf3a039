import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'fanout compares the servers, holds many sockets and one that stalls, and loses no delivery',
  { timeout: 180_000 },
  () => {
    const report = shortRun('fanout', 0.15);
    for (const variant of ['bare', 'stock', 'ours', 'plain'])
      for (const mode of ['saturated', 'paced'])
        expect(
          report.details.measured.filter((each: any) => each.variant === variant && each.mode === mode)
            .length,
        ).toBeGreaterThan(0);
    for (const { lost, outOfOrder, deliveriesPerSecond } of report.details.measured) {
      expect({ lost, outOfOrder }).toEqual({ lost: 0, outOfOrder: 0 });
      expect(deliveriesPerSecond).toBeGreaterThan(0);
    }
    expect(kept(report, 3)).toEqual([true, true, true]);
  },
);
