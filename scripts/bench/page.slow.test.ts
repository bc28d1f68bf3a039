import { expect, test } from 'vitest';
import { describeWith } from '../../server/testing/requires.ts';
import { shortRun } from './short-run.ts';

await describeWith('chromium', 'the benchmark of the page', () => {
  test(
    'the page is measured: its weight, its first price and what forty busy markets cost',
    { timeout: 180_000 },
    () => {
      const { details, rows } = shortRun('page', 0.5);
      expect(rows).toHaveLength(1);
      const [{ kilobytes, priceMs, busyPct, ticksPerSecond }] = details.seen;
      for (const figure of [kilobytes, priceMs, busyPct, ticksPerSecond]) expect(figure).toBeGreaterThan(0);
      expect(kilobytes).toBeLessThan(300);
    },
  );
});
