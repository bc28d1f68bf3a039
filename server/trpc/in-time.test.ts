// Calls with a `waitMs`, in front of use cases that stand still.
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as build from '../testing/build.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { readingAhead, type Call, type Resolve, type Terms } from './call.ts';
import { graceMs, inTime } from './in-time.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => undefined);
const waiting: Terms = {
  scope: 'trade:open',
  input: z.object({ waitMs: z.number().int().min(0).max(10_000).default(2_000) }),
  output: z.object({ status: z.string() }),
};
/** One call of `resolve`, with what stands between it and its caller; `settled` tells whether the caller has an answer. */
function arrange(resolve: Resolve, raw: unknown, { terms = waiting, after = async () => {} } = {}) {
  const clock = createManualClock();
  const perform = inTime(async (_terms, run, call) => {
    const output = await run({ ...call, input: raw });
    await after();
    return output;
  });
  const call = {
    ctx: build.context({ clock }),
    path: 'x',
    type: 'mutation',
    getRawInput: async () => raw,
  } as unknown;
  let settled = false;
  const answer = perform(terms, resolve, call as Call).finally(() => (settled = true));
  answer.catch(() => undefined);
  return {
    answer,
    async pass(ms: number) {
      for (const step of [0, ms * 0.9, ms * 0.1]) {
        await turn();
        clock.advance(step);
      }
      await turn();
      return settled;
    },
  };
}

test.each([
  ['as asked', { waitMs: 300 }, 300],
  ['by default', {}, 2_000],
  ['not at all', { waitMs: 0 }, 0],
  ['in a way that makes no sense', { waitMs: 'long' }, 0],
])('a caller who waits %s is answered by then and a second, and told to repeat it', async (_how, raw, ms) => {
  const call = arrange(never, raw);
  expect(await call.pass(ms + graceMs - 1)).toBe(false);
  expect(await call.pass(1_000)).toBe(true);
  await expect(call.answer).rejects.toMatchObject({
    cause: { code: 'server.unavailable', message: expect.stringContaining('same idempotency key') },
  });
});

test('what the use case came to is the answer, though what follows it stands still', async () => {
  const call = arrange(async () => ({ status: 'submitting', secret: 1 }), { waitMs: 0 }, { after: never });
  expect(await call.pass(1_000)).toBe(true);
  expect(await call.answer).toEqual({ status: 'submitting' });
});

test('a use case in steps keeps them, and one that is in time or has no waitMs is left alone', async () => {
  const steps = readingAhead(
    () => 1,
    async () => ({ status: 'accepted' }),
  ) as unknown as Resolve;
  let seen: Resolve | undefined;
  const perform = inTime(async (_terms, run, call) => {
    seen = run;
    return run({ ...call, input: {} });
  });
  const call = { ctx: build.context(), getRawInput: async () => ({}) } as unknown as Call;
  expect(await perform(waiting, steps, call)).toEqual({ status: 'accepted' });
  expect(Object.getOwnPropertySymbols(seen)).toEqual(Object.getOwnPropertySymbols(steps));
  await perform({ scope: 'public', input: z.object({}) }, steps, call);
  expect(seen).toBe(steps);
});
