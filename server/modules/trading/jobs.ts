// The background work of trading: reconciling an account while a deal is undecided, and finding deals that nobody looks after.
import { z } from 'zod';
import type { Transaction, Tx } from '../../db/transaction.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { ageMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Accounts } from './ports.ts';
import type { Reconcile } from './evidence/reconcile.ts';
import { absenceCountsFrom, settleAfterMs } from './evidence/judge.ts';
import type { DealRow } from './deals/life.ts';
import type { DealStore } from './deals/store.ts';
import type { Sweep } from './deals/sweep.ts';
import type { Days, Gone } from './risk/days.ts';
import type { RiskStore } from './risk/store.ts';

/** Between two readings while something is undecided. More than the broker's lists may lag; a demo login's allowance bears it. */
const againSeconds = 5;
/** The seconds after which one is worth its requests: sooner where the next one counts sooner. Undefined: there is nothing to find out. */
function nextReading(
  undecided: Pick<DealRow, 'connectionClosedAt' | 'absentReads'>[],
  gone: Gone | null,
  now: Date,
): number | undefined {
  if (undecided.length === 0)
    return gone ? Math.max(1, Math.ceil((settleAfterMs - ageMs(gone.goneBy, now)) / 1_000)) : undefined;
  const inMs = undecided.map(({ connectionClosedAt, absentReads }) =>
    connectionClosedAt ? absenceCountsFrom(connectionClosedAt, absentReads) - now.getTime() : Infinity,
  );
  return Math.max(1, Math.min(againSeconds, Math.ceil(Math.min(...inMs) / 1_000)));
}
/** Between two sweeps of this process; the schedule sweeps as well, for a process whose timer no longer runs. */
export const sweepEveryMs = 5_000;

export interface TradingJobsDeps {
  jobs: Jobs;
  dealStore: DealStore;
  transaction: Transaction;
  reconcile: Reconcile;
  sweep: Sweep;
  accounts: Accounts;
  riskStore: Pick<RiskStore, 'find'>;
  days: Pick<Days, 'gone'>;
  clock: Clock;
  logger: Logger;
}

export function createTradingJobs({
  jobs,
  dealStore,
  transaction,
  reconcile,
  sweep,
  accounts,
  riskStore,
  days,
  clock,
  logger,
}: TradingJobsDeps) {
  const reconcileAccount = jobs.define({
    name: 'trading.reconcile-account',
    payload: z.object({ accountId: z.string() }),
    retryLimit: 5,
    retryDelaySeconds: 5,
    expireInSeconds: 120,
    oneWaitingPerKey: true,
    concurrency: 4,
    async run({ accountId }) {
      let afterSeconds: number | undefined = againSeconds;
      try {
        await reconcile.account(accountId);
        const now = clock.now();
        const risk = await riskStore.find(accountId);
        const gone = risk ? await days.gone(risk, now) : null;
        afterSeconds = nextReading(await dealStore.listUndecided(accountId), gone, now);
      } catch (err) {
        logger.warn(
          { err, account: accountId },
          'the broker’s lists could not be read; they are tried again',
        );
      }
      if (afterSeconds !== undefined) await transaction((tx) => enqueue(tx, accountId, afterSeconds));
    },
  });
  const enqueue = (tx: Tx, accountId: string, afterSeconds = 0): Promise<void> =>
    reconcileAccount.enqueue(tx, { accountId }, { key: accountId, afterSeconds });

  jobs.define({
    name: 'trading.sweep',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    cron: '* * * * *',
    run: async () => {
      await sweep.run();
      await sweep.forget();
    },
  });
  jobs.define({
    name: 'trading.reconcile-all',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 30,
    expireInSeconds: 120,
    cron: '*/15 * * * *',
    async run() {
      for (const { id } of await accounts.all()) await transaction((tx) => enqueue(tx, id));
    },
  });

  return {
    enqueue,
    /** Sweeps now and then every few seconds, until the returned function is called and its last sweep has ended. For workers, after the jobs are started. */
    start(): () => Promise<void> {
      let running = Promise.resolve();
      const once = () =>
        void (running = running
          .then(() => sweep.run())
          .catch((err: unknown) => logger.warn({ err }, 'a sweep failed')));
      once();
      const cancel = clock.every(sweepEveryMs, once);
      return () => {
        cancel();
        return running;
      };
    },
  };
}
