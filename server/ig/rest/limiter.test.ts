import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { allowancePauseMs } from './errors.ts';
import { createPacer, maxTurnWaitMs } from './limiter.ts';

test('no more than the allowance goes out in any minute; who would wait long is told how long', async () => {
  const clock = createManualClock();
  const pacer = createPacer({ clock, perMinute: 3 });
  for (let i = 0; i < 3; i++) await pacer.turn();
  await expect(pacer.turn()).rejects.toMatchObject({
    code: 'broker.limited',
    options: { retryAfterMs: 60_000 },
  });
  clock.advance(60_000 - maxTurnWaitMs);
  const begun = clock.monotonicMs();
  const waited = pacer.turn().then(() => clock.monotonicMs() - begun);
  clock.advance(maxTurnWaitMs - 1);
  await new Promise(setImmediate); // who was let through by now takes this time
  clock.advance(1);
  expect(await waited).toBe(maxTurnWaitMs);
});
test('after a refusal nobody asks for a while, whatever the allowance', async () => {
  const clock = createManualClock();
  const pacer = createPacer({ clock, perMinute: Number.POSITIVE_INFINITY });
  for (let i = 0; i < 1_000; i++) await pacer.turn();
  pacer.refused();
  await expect(pacer.turn()).rejects.toMatchObject({
    code: 'broker.limited',
    options: { retryAfterMs: allowancePauseMs },
  });
  clock.advance(allowancePauseMs);
  await pacer.turn();
});
