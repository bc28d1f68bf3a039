import { expect, test } from 'vitest';
import { failure } from '../testing/failure.ts';
import { createSharedWork } from './shared-work.ts';

/** Work that ends when it is told to, and what became of each. */
function arrange() {
  const share = createSharedWork<number>();
  const done: { end: (n: number) => void; wanted: AbortSignal; begin: () => void }[] = [];
  return {
    done,
    ask: (options: { signal?: AbortSignal; mayBeOlder?: boolean } = {}) =>
      share(
        'key',
        ({ wanted, begun }) => {
          const { promise, resolve, reject } = Promise.withResolvers<number>();
          wanted.addEventListener('abort', () => reject(new Error('ended')));
          done.push({ end: resolve, wanted, begin: begun });
          return promise;
        },
        { mayBeOlder: true, ...options },
      ),
  };
}

test('equal work is done once for all who want it, and anew for who comes later', async () => {
  const { ask, done } = arrange();
  const [one, two] = [ask(), ask()];
  await Promise.resolve();
  done[0]!.end(1);
  expect(await Promise.all([one, two])).toEqual([1, 1]);
  const three = ask();
  await Promise.resolve();
  done[1]!.end(3);
  expect(await three).toBe(3);
});

test('work ends when the last who wants it has left, not before', async () => {
  const { ask, done } = arrange();
  const [first, second] = [new AbortController(), new AbortController()];
  const asking = [failure(ask({ signal: first.signal })), failure(ask({ signal: second.signal }))];
  await Promise.resolve();
  first.abort(new Error('first left'));
  expect(await asking[0]).toMatchObject({ message: 'first left' });
  expect(done[0]!.wanted.aborted).toBe(false);
  second.abort(new Error('second left'));
  expect(await asking[1]).toMatchObject({ message: 'second left' });
  expect(done[0]!.wanted.aborted).toBe(true);
  const later = ask(); // does not join what was ended
  await Promise.resolve();
  done[1]!.end(2);
  expect(await later).toBe(2);
});

test('who must not have a result older than the question joins only work that has not begun', async () => {
  const { ask, done } = arrange();
  const one = ask();
  const two = ask({ mayBeOlder: false });
  await Promise.resolve();
  done[0]!.begin();
  const three = ask({ mayBeOlder: false });
  await Promise.resolve();
  done[0]!.end(1);
  done[1]!.end(2);
  expect(await Promise.all([one, two, three])).toEqual([1, 1, 2]);
});

test('work is told when somebody wants its result more urgently than all before, and once for each such', async () => {
  const share = createSharedWork<number>();
  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  const ask = (urgency: number) =>
    share(
      'key',
      (work) => {
        seen.push(work.urgency());
        work.onRaised(() => seen.push(work.urgency()));
        return promise;
      },
      { mayBeOlder: true, urgency },
    );
  const all = [ask(5), ask(4)];
  await Promise.resolve();
  await Promise.resolve();
  all.push(ask(6), ask(4), ask(2));
  resolve(1);
  expect(await Promise.all(all)).toEqual([1, 1, 1, 1, 1]);
  expect(seen).toEqual([4, 2]);
});
