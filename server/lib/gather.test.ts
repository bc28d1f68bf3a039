import { expect, test } from 'vitest';
import { failure } from '../testing/failure.ts';
import { gathering } from './gather.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Questions that the test answers. */
function arrange() {
  const asked: { things: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const get = gathering(
    (things) => new Promise<void>((answer, fail) => void asked.push({ things, answer, fail })),
  );
  return { asked, get };
}

test('what is asked for in the same turn, or in one right after it, is one question, each thing once', async () => {
  const { asked, get } = arrange();
  const waiting = [get(['a', 'b']), get(['b', 'c'])];
  await turn();
  waiting.push(get(['d']));
  for (let i = 0; i < 3; i++) await turn();
  expect(asked.map(({ things }) => things)).toEqual([['a', 'b', 'c', 'd']]);
  asked[0]!.answer();
  await Promise.all(waiting);
});

test('what is being asked for is joined, and asked again once it has been answered', async () => {
  const { asked, get } = arrange();
  const first = get(['a']);
  for (let i = 0; i < 3; i++) await turn();
  const second = get(['a', 'b']);
  for (let i = 0; i < 3; i++) await turn();
  expect(asked.map(({ things }) => things)).toEqual([['a'], ['b']]);
  let isAnswered = false;
  void second.then(() => (isAnswered = true));
  asked[1]!.answer();
  for (let i = 0; i < 3; i++) await turn();
  expect(isAnswered).toBe(false);
  asked[0]!.answer();
  await Promise.all([first, second]);
  void get(['a']);
  for (let i = 0; i < 3; i++) await turn();
  expect(asked[2]!.things).toEqual(['a']);
});

test('a failure is that of all who asked for something in it, and of nobody else', async () => {
  const { asked, get } = arrange();
  const first = get(['a']);
  const also = failure(get(['a']));
  for (let i = 0; i < 3; i++) await turn();
  const other = get(['b']);
  for (let i = 0; i < 3; i++) await turn();
  asked[0]!.fail(new Error('gone'));
  asked[1]!.answer();
  expect(await failure(first)).toMatchObject({ message: 'gone' });
  expect(await also).toMatchObject({ message: 'gone' });
  await other;
});

test('who is more urgent asks the same question once more, and who is less so joins it', async () => {
  const asked: string[] = [];
  const get = gathering(async (things, urgency) => {
    asked.push(`${things.join()} ${urgency}`);
    await turn();
    await turn();
  });
  const user = get(['a', 'b'], 1);
  for (let i = 0; i < 2; i++) await turn();
  await Promise.all([get(['b'], 0), get(['a'], 1), get(['a'], 0), user]);
  expect(asked).toEqual(['a,b 1', 'a,b 0']);
  await Promise.all([get(['c'], 1), get(['d'], 0)]); // in one turn: as the most urgent
  expect(asked.at(-1)).toBe('c,d 0');
});

test('those who never stop asking do not keep a question back for ever', async () => {
  const { asked, get } = arrange();
  for (let i = 0; i < 50; i++) {
    void get([`thing ${i}`]);
    await turn();
  }
  expect(asked.length).toBeGreaterThan(1);
});
