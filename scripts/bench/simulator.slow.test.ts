import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test(
  'simulator streams to twenty sessions and answers REST calls beside; no update is lost or out of order',
  { timeout: 90_000 },
  () => {
    const report = shortRun('simulator', 0.2);
    expect(report.details.measured.map(({ mode }: { mode: string }) => mode)).toEqual([
      'streams',
      'bare',
      'streams and REST',
    ]);
    expect(report.details.measured[2].updatesPerSecond).toBeGreaterThan(0);
    expect(kept(report, 3)).toEqual([true, true, true]);
  },
);
