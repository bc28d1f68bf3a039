// Finding what a crash left behind: rows without a sender, deals without their confirm, jobs that were lost. What they become is decided elsewhere.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Transaction } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isAhead, latestPast } from '../../../lib/instants.ts';
import type { AccountTransaction } from '../account-transaction.ts';
import type { Inbox } from '../evidence/inbox.ts';
import type { BrokerAccount, EnqueueReconcile } from '../ports.ts';
import { abandonedAfterMs } from './life.ts';
import type { Settle } from './settle.ts';
import type { DealStore } from './store.ts';

/** A confirm takes some 10 ms by the stream; after this somebody asks for it. IG forgets it after a minute. */
const confirmOverdueMs = 3_000;
/** An unknown deal is read about every few seconds; after this its job has been lost. */
const jobLostMs = 20_000;
/** Redeliveries later than this are not recognised any more; the bus gives up far earlier. */
const inboxKeptMs = 30 * 24 * 3_600_000;

export type Sweep = ReturnType<typeof createSweep>;

interface SweepDeps {
  dealStore: DealStore;
  inbox: Inbox;
  transaction: Transaction;
  inAccount: AccountTransaction;
  settle: Settle;
  accountOf: (id: string) => Promise<BrokerAccount>;
  enqueueReconcile: EnqueueReconcile;
  clock: Clock;
}

export function createSweep(deps: SweepDeps) {
  const { dealStore, inbox, transaction, inAccount, settle, accountOf, enqueueReconcile, clock } = deps;
  const before = (ms: number) => new Date(clock.now().getTime() - ms);
  return {
    /** One pass; bounded, the next takes the rest. */
    async run(): Promise<void> {
      // Stored by a clock that was ahead. Counted from now on: later than it was, which only makes absence wait longer.
      for (const { id, accountId } of await dealStore.listAhead(latestPast(clock.now()))) {
        await inAccount(await accountOf(accountId), async (entry) => {
          const deal = await dealStore.lock(entry.tx, id);
          if (isDecided(deal.status)) return;
          const pulled = (at: Date) => (isAhead(at, entry.at) ? entry.at : at);
          const { statusAt, connectionClosedAt } = deal;
          dealStore.save(entry.tx, {
            ...deal,
            statusAt: pulled(statusAt),
            connectionClosedAt: connectionClosedAt && pulled(connectionClosedAt),
            absentReads: 0,
          });
        });
      }
      for (const { id, accountId } of await dealStore.listAbandoned(before(abandonedAfterMs))) {
        await inAccount(await accountOf(accountId), async (entry) => {
          const deal = await dealStore.lock(entry.tx, id);
          if (isDecided(deal.status) || deal.status === 'unknown') return; // its verdict came while we looked
          // No sender outlives abandonedAfterMs. When we look does not matter: else a verdict would wait for our timer, too.
          const connectionClosedAt = new Date(deal.statusAt.getTime() + abandonedAfterMs);
          await settle(entry, deal, { status: 'unknown', connectionClosedAt }, 'absence');
          await enqueueReconcile(entry.tx, accountId);
        });
      }
      for (const accountId of await dealStore.listOverdue(before(confirmOverdueMs), before(jobLostMs)))
        await transaction((tx) => enqueueReconcile(tx, accountId));
    },
    /** Drops what is kept for a time only. */
    forget: (): Promise<void> => inbox.deleteBefore(before(inboxKeptMs)),
  };
}
