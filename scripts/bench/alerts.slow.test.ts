import { expect, test } from 'vitest';
import { shortRun } from './short-run.ts';

test('alerts of every kind fire, and those that no price reaches do not', { timeout: 60_000 }, () => {
  const { details } = shortRun('alerts', 0.3);
  const fired = details.measured.map(({ fired: each }: { fired: number }) => each > 0);
  expect(fired).toEqual([false, false, false, true]);
});
