import { TRPCClientError } from '@trpc/client';
import { expect, test } from 'vitest';
import type { SagaOutcome } from '../../../client/index.ts';
import { runSaga, type AskedSaga, type SagaState } from './saga-run.ts';

const fresh: AskedSaga = { kind: 'close_all', key: 'key-1', begun: false };
const answer = (status: SagaOutcome['status']) => ({ status, legs: [], left: [] }) as unknown as SagaOutcome;
const noAnswer = new TypeError('fetch failed');
const refusal = TRPCClientError.from({
  error: {
    code: -32600,
    message: 'x',
    data: { code: 'accounts.disconnected', message: 'x', requestId: 'req_1', retryable: false },
  },
} as never);

/** Runs over `answers`; tells how it stood and what was asked under which key. */
async function run(from: AskedSaga, answers: (SagaOutcome | Error)[]) {
  const told: SagaState[] = [];
  const asked: [string, boolean][] = [];
  await runSaga(from, {
    async ask({ key, begun }) {
      asked.push([key, begun]);
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next!;
    },
    tell: (state) => void told.push(state),
    pause: async () => {},
    signal: new AbortController().signal,
  });
  return { stands: told.map(({ stands }) => stands), asked, last: told.at(-1)! };
}

test('it is asked under its own key until it has ended, and a lost answer in between changes nothing', async () => {
  const { stands, asked, last } = await run(fresh, [
    answer('running'),
    noAnswer,
    answer('running'),
    answer('done'),
  ]);
  expect(stands).toEqual(['asking', 'running', 'running', 'running', 'ended']);
  expect(new Set(asked.map(([key]) => key))).toEqual(new Set(['key-1']));
  expect(last.problem).toBeUndefined();
});

test('one whose first answer is lost is in doubt, and is not asked for again by itself', async () => {
  const { stands, asked } = await run(fresh, [noAnswer]);
  expect([stands, asked.length]).toEqual([['asking', 'doubtful'], 1]);
});

test('one that is refused before anything was begun is told as refused', async () => {
  const { last } = await run(fresh, [refusal]);
  expect([last.stands, last.problem?.code]).toEqual(['refused', 'accounts.disconnected']);
});

test('one that was begun before a reload goes on as running', async () => {
  const { stands } = await run({ ...fresh, begun: true }, [answer('incomplete')]);
  expect(stands).toEqual(['running', 'ended']);
});

test('what a begun one is refused for good is told with the question whether to ask again', async () => {
  const { stands, last } = await run({ ...fresh, begun: true }, [refusal]);
  expect([stands, last.problem?.code]).toEqual([['running', 'doubtful'], 'accounts.disconnected']);
});
