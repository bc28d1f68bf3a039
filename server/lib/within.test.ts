import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { answerWithin, TooLate, waitAtMost, within } from './within.ts';

const never = () => new Promise<never>(() => undefined);

test('what ends in time is told as it ended, and its timer is gone', async () => {
  const clock = createManualClock();
  let aborted = false;
  const answer = await within(clock, 50, async (signal) => {
    signal.addEventListener('abort', () => (aborted = true));
    return 7;
  });
  expect(answer).toBe(7);
  expect(await within(clock, 50, () => 8)).toBe(8);
  await expect(within(clock, 50, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(
    within(clock, 50, () => {
      throw new Error('broken at once');
    }),
  ).rejects.toThrow('broken at once');
  clock.advance(1_000);
  expect(aborted).toBe(false);
});

test('what does not end in time is given up at that moment and not before', async () => {
  const clock = createManualClock();
  let ended: unknown;
  const waiting = within(clock, 50, never).catch((error: unknown) => (ended = error));
  clock.advance(49);
  await Promise.resolve();
  expect(ended).toBeUndefined();
  clock.advance(1);
  expect(await waiting).toBeInstanceOf(TooLate);
  expect(ended).toMatchObject({ message: 'no answer within 50 ms' });
});

test('the signal ends the work, whose own error then counts for nothing', async () => {
  const clock = createManualClock();
  let ended = false;
  const work = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => {
        ended = true;
        reject(new Error('aborted'));
      }),
    );
  const waiting = within(clock, 50, work, 'the broker is slow');
  clock.advance(50);
  expect(ended).toBe(true);
  await expect(waiting).rejects.toThrow(new TooLate('the broker is slow'));
});

test('a failure that comes after the time is nobody’s: it ends no process', async () => {
  const clock = createManualClock();
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const work = Promise.withResolvers<never>();
    const waiting = within(clock, 50, () => work.promise);
    clock.advance(50);
    await expect(waiting).rejects.toBeInstanceOf(TooLate);
    work.reject(new Error('too late to matter'));
    await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are told before this
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('no time left is late, unless the work has ended already', async () => {
  const clock = createManualClock();
  const waiting = within(clock, -5, never);
  clock.advance(0);
  await expect(waiting).rejects.toBeInstanceOf(TooLate);
  expect(await within(clock, -5, () => 1)).toBe(1);
});

test('waiting at most so long ends with the work, with its failure, or with the time', async () => {
  const clock = createManualClock();
  expect(await waitAtMost(clock, 50, Promise.resolve(1))).toBeUndefined();
  expect(await waitAtMost(clock, 50, Promise.reject(new Error('broken')))).toBeUndefined();
  const waiting = waitAtMost(clock, 50, never());
  clock.advance(50);
  expect(await waiting).toBeUndefined();
});

test('an answer that came while the process was busy beyond the time is read, and one that did not come is given up', async () => {
  const clock = createManualClock();
  const late = Promise.withResolvers<number>();
  const answer = answerWithin(clock, 100, () => late.promise);
  clock.advance(90); // the timer fires before what lies in the socket is read
  await new Promise((resolve) => setImmediate(resolve));
  late.resolve(7);
  expect(await answer).toBe(7);
  const none = answerWithin(clock, 100, never).catch((error: unknown) => error);
  clock.advance(90);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10);
  expect(await none).toBeInstanceOf(TooLate);
});
