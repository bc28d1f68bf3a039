import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'gateway streams forty items on either bus, connects accounts and lets each deal; no deal is refused',
  { timeout: 240_000 },
  () => {
    const report = shortRun('gateway', 0.2);
    expect(report.details.connected.map(({ accounts }: { accounts: number }) => accounts)).toEqual([5, 10]);
    expect(report.details.feeds.memory[0].updates).toBeGreaterThan(0);
    expect(kept(report, 1)).toEqual([true]);
  },
);
