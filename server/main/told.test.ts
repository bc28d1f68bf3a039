import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { sameMs, whenTold } from './told.ts';

test('signals in quick succession are one; a later one ends at once', () => {
  const clock = createManualClock();
  const did: string[] = [];
  const told = whenTold({
    clock,
    stop: (why) => did.push(`stop: ${why}`),
    end: (why) => did.push(`end: ${why}`),
  });
  told('SIGTERM');
  told('SIGTERM');
  clock.advance(sameMs - 1);
  told('SIGINT');
  expect(did).toEqual(['stop: SIGTERM']);
  clock.advance(1);
  told('SIGINT');
  expect(did).toEqual(['stop: SIGTERM', 'end: SIGINT']);
});
