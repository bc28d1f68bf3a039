import { expect, test } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import type { Jobs } from '../../jobs/index.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createTradingJobs, type TradingJobsDeps } from './jobs.ts';

type Payload = { accountId: string; failures: number };

test('every account is read once a minute, whatever its stream tells', async () => {
  const enqueued: string[] = [];
  let all: { cron?: string; run(): Promise<void> } | undefined;
  const jobs = {
    define(definition: { name: string; run(): Promise<void> }) {
      if (definition.name === 'trading.reconcile-all') all = definition;
      return { enqueue: async (_tx: unknown, { accountId }: Payload) => void enqueued.push(accountId) };
    },
  } as unknown as Jobs;
  createTradingJobs({
    jobs,
    transaction: (work: (tx: unknown) => unknown) => work(undefined),
    accounts: { all: async () => [{ id: 'acct_1' }, { id: 'acct_2' }] },
    logger: silentLogger,
  } as unknown as TradingJobsDeps);
  expect(all?.cron).toBe('* * * * *');
  await all?.run();
  expect(enqueued).toEqual(['acct_1', 'acct_2']);
});

test('books that cannot be read are read again ever more rarely, 15 s apart and more or less at the end, and at the usual pace once they were', async () => {
  const enqueued: (Payload & { afterSeconds: number })[] = [];
  let run: (payload: Payload) => Promise<void> = () => expect.unreachable();
  let broken = true;
  const jobs = {
    define(definition: { name: string; run: typeof run }) {
      if (definition.name === 'trading.reconcile-account') ({ run } = definition);
      return {
        enqueue: async (_tx: unknown, payload: Payload, { afterSeconds }: { afterSeconds: number }) =>
          void enqueued.push({ ...payload, afterSeconds }),
      };
    },
  } as unknown as Jobs;
  createTradingJobs({
    jobs,
    dealStore: { listUndecided: async () => [{ connectionClosedAt: null, absentReads: 0 }] },
    transaction: (work: (tx: unknown) => unknown) => work(undefined),
    reconcile: {
      account: async () => {
        if (broken) throw new Error('the broker is away');
      },
    },
    riskStore: { find: async () => undefined },
    days: {},
    sweep: {},
    accounts: {},
    clock: createManualClock(),
    logger: silentLogger,
  } as unknown as TradingJobsDeps);
  await run({ accountId: 'acct_1', failures: 0 });
  for (let n = 0; n < 40; n++) await run(enqueued.at(-1)!);
  const waits = enqueued.map(({ afterSeconds }) => afterSeconds);
  const [first, second, ...later] = waits as [number, number, ...number[]];
  expect([first >= 4 && first <= 6, second >= 8 && second <= 12]).toEqual([true, true]);
  expect(Math.min(...later)).toBeGreaterThanOrEqual(12);
  expect(Math.max(...later)).toBeLessThanOrEqual(18);
  expect(new Set(later).size).toBeGreaterThan(1);
  expect(enqueued.map(({ failures }) => failures)).toEqual(enqueued.map((_, n) => n + 1));
  broken = false;
  await run(enqueued.at(-1)!);
  expect(enqueued.at(-1)).toEqual({ accountId: 'acct_1', failures: 0, afterSeconds: 5 });
});
