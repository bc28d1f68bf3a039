// The background work of trading: reconciling an account while a deal is undecided, and finding deals that nobody looks after.
import { z } from 'zod';
import type { Transaction, Tx } from '../../db/transaction.ts';
import type { JobKind, Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { ageMs } from '../../lib/instants.ts';
import { createTrouble, reasonOf } from '../../lib/trouble.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { Accounts } from './ports.ts';
import type { Reconcile } from './evidence/reconcile.ts';
import { absenceCountsFrom, settleAfterMs } from './evidence/judge.ts';
import type { DealRow } from './deals/life.ts';
import type { DealStore } from './deals/store.ts';
import type { Sweep } from './deals/sweep.ts';
import { deadManEveryMs } from './risk/dead-man.ts';
import type { Days, Gone } from './risk/days.ts';
import type { RiskStore } from './risk/store.ts';

/** Between two readings while something is undecided. More than the broker's lists may lag; a demo login's allowance bears it. */
const againSeconds = 5;
/** While they cannot be read at all. The longest is what a broker that is back may be kept waiting: a reading that waits is not hurried. */
const unreadable = { firstMs: againSeconds * 1_000, maxMs: 15_000 };
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

/** A reading of the broker's lists of one account; its key is the account's id. */
export const reconcileAccountJob = {
  name: 'trading.reconcile-account',
  // `reason`: why it could not be read, as was told; jobs of before have none.
  payload: z.object({
    accountId: z.string(),
    failures: z.int().default(0),
    reason: z.string().optional(),
  }),
  retryLimit: 5,
  retryDelaySeconds: 5,
  expireInSeconds: 120,
  oneWaitingPerKey: true,
} satisfies JobKind<z.ZodType>;

export interface TradingJobsDeps {
  jobs: Jobs;
  dealStore: DealStore;
  transaction: Transaction;
  reconcile: Reconcile;
  sweep: Sweep;
  sagas: { sweep(): Promise<void> };
  deadMen: { sweep(): Promise<void> };
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
  sagas,
  deadMen,
  accounts,
  riskStore,
  days,
  clock,
  logger,
}: TradingJobsDeps) {
  const reconcileAccount = jobs.define({
    ...reconcileAccountJob,
    about: 'reads the broker’s lists of an account and settles what they decide',
    concurrency: 4,
    async ownerOf({ accountId }) {
      const account = await accounts.find(accountId);
      return account ? { userId: account.userId, account } : undefined;
    },
    async run({ accountId, failures, reason }) {
      let afterSeconds: number | undefined;
      let failed = 0;
      let why: string | undefined;
      try {
        await reconcile.account(accountId);
        if (failures > 0)
          logger.info({ account: accountId, failures }, 'the broker’s lists can be read again');
        const now = clock.now();
        const risk = await riskStore.find(accountId);
        const gone = risk ? await days.gone(risk, now) : null;
        afterSeconds = nextReading(await dealStore.listUndecided(accountId), gone, now);
      } catch (err) {
        failed = failures + 1;
        afterSeconds = Math.ceil(backoffMs(failures, unreadable) / 1_000);
        why = reasonOf(err);
        // Told when it begins and when its reason changes.
        logger[failures > 0 && why === reason ? 'debug' : 'warn'](
          { err, account: accountId, failed, afterSeconds },
          'the broker’s lists could not be read; they are tried again',
        );
      }
      if (afterSeconds !== undefined)
        await transaction((tx) => enqueue(tx, accountId, { afterSeconds, failed, why }));
    },
  });
  const enqueue = (
    tx: Tx,
    accountId: string,
    {
      afterSeconds = 0,
      failed = 0,
      why,
    }: { afterSeconds?: number; failed?: number; why?: string | undefined } = {},
  ): Promise<void> =>
    reconcileAccount.enqueue(
      tx,
      { accountId, failures: failed, ...(why !== undefined && { reason: why }) },
      { key: accountId, afterSeconds },
    );

  jobs.define({
    name: 'trading.sweep',
    about:
      'fires dead-man’s switches, takes up deals and sagas that nobody waits for, and forgets events that were applied long ago',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    cron: '* * * * *',
    run: async () => {
      await deadMen.sweep();
      await sweep.run();
      await sagas.sweep();
      await sweep.forget();
    },
  });
  jobs.define({
    name: 'trading.reconcile-all',
    about: 'has the broker’s lists of every account read',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 30,
    expireInSeconds: 120,
    // The stream may lose a message without a gap that anybody could see.
    cron: '* * * * *',
    async run() {
      for (const { id } of await accounts.all()) await transaction((tx) => enqueue(tx, id));
    },
  });

  return {
    enqueue,
    /** Sweeps now and then every few seconds, dead-man’s switches every second, until the returned function is called and its last sweep has ended. For workers, after the jobs are started. */
    start(): () => Promise<void> {
      const repeat = (everyMs: number, work: () => Promise<void>) => {
        const sweeping = createTrouble(logger, 'a sweep failed', 'sweeps work again');
        let running = Promise.resolve();
        const once = () => void (running = running.then(work).then(sweeping.worked, sweeping.failed));
        once();
        const cancel = clock.every(everyMs, once);
        return () => {
          cancel();
          return running;
        };
      };
      const stops = [repeat(sweepEveryMs, sweep.run), repeat(deadManEveryMs, deadMen.sweep)];
      return async () => void (await Promise.all(stops.map((stop) => stop())));
    },
  };
}
