import { expect, test } from 'vitest';
import { together } from './together.ts';

test('who asks the same in one turn shares an answer; another question, and one asked while that is looked for, is asked anew', async () => {
  const asked: string[] = [];
  const begun = Promise.withResolvers<void>();
  const hold = Promise.withResolvers<void>();
  const ask = together(
    async (what: string) => {
      asked.push(what);
      begun.resolve();
      await hold.promise;
      return `${what} ${asked.length}`;
    },
    (what) => what,
  );
  const early = [ask('a'), ask('b'), ask('a')];
  expect(asked).toEqual([]);
  await begun.promise;
  const late = ask('a');
  hold.resolve();
  const [a, b, again] = await Promise.all(early);
  expect(again).toBe(a);
  expect([a, b, await late].map((each) => each?.split(' ')[0])).toEqual(['a', 'b', 'a']);
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('a failure is everybody’s who asked for it, and nobody’s after', async () => {
  let fails = true;
  const ask = together(
    async () => {
      if (fails) throw new Error('away');
      return 1;
    },
    () => '',
  );
  expect((await Promise.allSettled([ask(), ask()])).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  fails = false;
  expect(await ask()).toBe(1);
});
