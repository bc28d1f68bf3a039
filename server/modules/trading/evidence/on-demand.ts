// A reading of the broker's lists that a user asks for: at most one every few seconds, whoever asks. What a reading does is in reconcile.ts.
import type { Reconciliation } from '../../../../shared/trading-reads.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs, isAhead } from '../../../lib/instants.ts';
import { once } from '../../../lib/once.ts';
import type { DealStore } from '../deals/store.ts';
import type { Accounts, BrokerAccount } from '../ports.ts';
import type { RiskStore } from '../risk/store.ts';
import type { Reconcile } from './reconcile.ts';

/** A reading costs four requests or more of the some 30 a minute that IG grants an account: a newer one than this is taken as it is. */
export const freshMs = 5_000;

export type ReconcileOnDemand = (userId: string, accountId?: string) => Promise<Reconciliation>;

interface OnDemandDeps {
  accounts: Accounts;
  reconcile: Reconcile;
  riskStore: Pick<RiskStore, 'find'>;
  dealStore: Pick<DealStore, 'listUndecided'>;
  clock: Clock;
}

export function createReconcileOnDemand({
  accounts,
  reconcile,
  riskStore,
  dealStore,
  clock,
}: OnDemandDeps): ReconcileOnDemand {
  /** When the newest reading began, whichever process made it; null where it is no longer fresh. */
  async function freshReading(account: BrokerAccount): Promise<Date | null> {
    const [readAt, now] = [(await riskStore.find(account.id))?.positionsReadAt ?? null, clock.now()];
    return readAt && !isAhead(readAt, now) && ageMs(readAt, now) < freshMs ? readAt : null;
  }
  /** The look at the newest and the reading are shared as one, so that nobody reads again by a look from before. */
  const newestOf = once(
    async (account: BrokerAccount) => {
      const readAt = await freshReading(account);
      if (readAt) return { readAt, read: null };
      const read = await reconcile.account(account.id);
      return { readAt: read.begunAt, read };
    },
    ({ id }) => id,
  );
  /** Throws accounts.*, and broker.* where the lists cannot be read: then nothing was found out. */
  return async (userId, accountId) => {
    const account = await accounts.forUser(userId, accountId);
    if (account.disconnectedAt) throw new AppError('accounts.disconnected');
    const { readAt, read } = await newestOf(account);
    return {
      accountId: account.id,
      environment: account.environment,
      readAt: new Date(readAt),
      found: read && {
        positions: read.positions,
        orders: read.orders,
        differences: read.differences,
        decidedDeals: read.decided,
      },
      undecidedDeals: (await dealStore.listUndecided(account.id)).length,
    };
  };
}
