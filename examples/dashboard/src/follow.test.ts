import { expect, test, vi } from 'vitest';
import { followEvents, readOnce } from './follow.ts';

/** Subscriptions that the test answers. */
function broker() {
  const asked: {
    input: { lastEventId?: string };
    onData(data: { id: string; data: { id: string } }): void;
    onError(error: unknown): void;
    onComplete(): void;
  }[] = [];
  return {
    asked,
    subscribe(input: { lastEventId?: string }, handlers: Omit<(typeof asked)[number], 'input'>) {
      asked.push({ input, ...handlers });
      return { unsubscribe: () => {} };
    },
  };
}

test('a stream that ends or fails is asked for again from the last event seen, until it is not wanted any more', async () => {
  vi.useFakeTimers();
  const { asked, subscribe } = broker();
  const [seen, problems]: [string[], unknown[]] = [[], []];
  const stop = followEvents(
    subscribe,
    ({ id }) => seen.push(id),
    (problem) => problems.push(problem?.code),
  );
  const send = (id: string) => asked.at(-1)!.onData({ id, data: { id } });
  expect(asked[0]!.input).toEqual({});
  send('7');
  asked.at(-1)!.onComplete();
  await vi.runAllTimersAsync();
  send('8');
  asked.at(-1)!.onError(new Error('gone'));
  await vi.runAllTimersAsync();
  send('9');
  expect(asked.map(({ input }) => input.lastEventId)).toEqual([undefined, '7', '8']);
  expect(seen).toEqual(['7', '8', '9']);
  expect(problems).toEqual([undefined, 'network', undefined]);
  asked.at(-1)!.onComplete();
  stop();
  await vi.runAllTimersAsync();
  expect(asked.length).toBe(3);
  vi.useRealTimers();
});

test('a list that cannot be read now is read when it can be, and the problem is taken back', async () => {
  vi.useFakeTimers();
  const problems: unknown[] = [];
  const answers = [Promise.reject(new Error('away')), Promise.resolve('deals')];
  const read = await new Promise<string>((resolve) => {
    readOnce(
      () => answers.shift()!,
      resolve,
      (problem) => problems.push(problem?.code),
    );
    void vi.runAllTimersAsync();
  });
  expect([read, problems]).toEqual(['deals', ['network', undefined]]);
  vi.useRealTimers();
});
