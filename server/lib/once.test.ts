import { expect, test } from 'vitest';
import { once } from './once.ts';

/** A question whose answers the test gives, in the order of asking. */
function arrange() {
  const asked: { what: string; answer: (text: string) => void; fail: (error: Error) => void }[] = [];
  const ask = once(
    (what: string) => new Promise<string>((answer, fail) => void asked.push({ what, answer, fail })),
    (what) => what,
  );
  return { asked, ask };
}

test('equal questions asked at the same time share one answer, others get their own', async () => {
  const { asked, ask } = arrange();
  const [first, again, other] = [ask('a'), ask('a'), ask('b')];
  expect(asked.map(({ what }) => what)).toEqual(['a', 'b']);
  asked[0]!.answer('A');
  asked[1]!.answer('B');
  expect(await Promise.all([first, again, other])).toEqual(['A', 'A', 'B']);
});

test('nothing is remembered: after an answer, or a failure shared by all who waited, the next asks anew', async () => {
  const { asked, ask } = arrange();
  const waiting = [ask('a'), ask('a')];
  asked[0]!.fail(new Error('broken'));
  await Promise.all(waiting.map((each) => expect(each).rejects.toThrow('broken')));
  const next = ask('a');
  expect(asked).toHaveLength(2);
  asked[1]!.answer('A');
  expect(await next).toBe('A');
  void ask('a');
  expect(asked).toHaveLength(3);
});

test('who has just been answered may ask at once and gets a new answer', async () => {
  const { asked, ask } = arrange();
  const chained = ask('a').then(() => ask('a'));
  asked[0]!.answer('old');
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(2);
  asked[1]!.answer('new');
  expect(await chained).toBe('new');
});

test('without a key all questions are equal', async () => {
  let asked = 0;
  const look = once(async (_why: string) => ++asked);
  expect(await Promise.all([look('timer'), look('wake-up')])).toEqual([1, 1]);
});

test('idle waits for all that is under way, and a failure does not end the wait', async () => {
  const { asked, ask } = arrange();
  await ask.idle();
  const failing = ask('a').catch(() => undefined);
  const other = ask('b');
  let idle = false;
  const waiting = ask.idle().then(() => (idle = true));
  asked[0]!.fail(new Error('broken'));
  await failing;
  expect(idle).toBe(false);
  asked[1]!.answer('B');
  await Promise.all([other, waiting]);
  expect(idle).toBe(true);
});
