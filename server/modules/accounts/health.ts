// How the broker treats each account: a row per account and, where the state or its cause is another one, an event in the same transaction.
import { isAccountStatus } from '../../../shared/broker-words.ts';
import { inTransaction, type Db } from '../../db/transaction.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { UserEvents } from '../events/index.ts';
import { healthAfter, type FoundHealth } from './ports.ts';
import type { AccountStore, HealthRow } from './store.ts';
import { healthEvent, type FeedOf } from './views.ts';
import type { Notice, Notify } from '../notifications/index.ts';

export type AccountHealthReports = ReturnType<typeof createHealthReports>;

/** The account's gateway, under its lease; a login that somebody made; a look at the account. */
type Reporter = { epoch: number } | 'login' | 'look';

/** Counts of connected accounts, asked for by whoever looks at the status, are read this often at most. */
const countedEveryMs = 1_000;

/**
 * The gateway that holds an account's lease decides, and tells with its epoch: one that was frozen and wakes is not believed. Others
 * report what a login they made proves, and ask the gateway to look (`askGateway`): what one of them alone has met is no verdict.
 */
export function createHealthReports({
  db,
  store,
  clock,
  events,
  notify,
  feedOf,
  askGateway,
}: {
  db: Db;
  store: AccountStore;
  clock: Clock;
  events: Pick<UserEvents, 'append' | 'wake'>;
  notify: Notify;
  feedOf: FeedOf;
  askGateway: (accountId: string) => void;
}) {
  /** Reports what an account was met like, by its gateway, by a login or by a look at the account. True when that is news, which is told once however many report it. */
  async function report(accountId: string, found: FoundHealth, by: Reporter): Promise<boolean> {
    const fence = typeof by === 'string' ? null : by;
    const told = await inTransaction(db, async (tx) => {
      const held = await store.lockHealth(tx, accountId, clock.now());
      const account = held && (await store.find(accountId, tx));
      if (!account || account.disconnectedAt) return null;
      const at = clock.now();
      if (fence ? fence.epoch < held.epoch : provesNothing(held, found, by)) return null;
      const next: HealthRow = {
        ...held,
        ...(isSame(held, found) ? {} : { ...rowOf(found), since: at }),
        confirmedAt: at,
        epoch: fence?.epoch ?? held.epoch,
      };
      await store.saveHealth(tx, next);
      if (isSame(held, found)) return null;
      const { userId } = account;
      const event = healthEvent(account, feedOf, next, at);
      const { type, data, environment } = event;
      await events.append(tx, userId, 'trading', [event]);
      await notify(tx, { ...({ kind: type, data } as Notice), userId, at, accountId, environment });
      return account;
    });
    if (!told) return false;
    for (const stream of ['trading', 'notifications'] as const) events.wake(told.userId, stream);
    if (!fence) askGateway(accountId);
    return true;
  }

  let counted: { atMs: number; counts: ReturnType<AccountStore['countHealth']> } | undefined;
  return {
    report,
    /** A refused login means that nobody gets in, an answer that did not come that the broker is away; a used-up allowance means nothing. */
    async reportFailure(accountId: string, error: AppError): Promise<void> {
      const found = healthAfter(error);
      if (found) await report(accountId, found, 'look');
    },
    /** Accounts in each state. */
    counts(): ReturnType<AccountStore['countHealth']> {
      const atMs = clock.monotonicMs();
      if (!counted || atMs - counted.atMs >= countedEveryMs) counted = { atMs, counts: store.countHealth() };
      return counted.counts;
    },
  };
}

const rowOf = (found: FoundHealth): Pick<HealthRow, 'state' | 'message' | 'brokerCode'> =>
  found.state === 'up'
    ? { state: 'up', message: null, brokerCode: null }
    : { state: found.state, message: found.message, brokerCode: found.brokerCode };
/** Its words alone make no other cause. */
const isSame = (held: HealthRow, found: FoundHealth) =>
  held.state === found.state && held.brokerCode === rowOf(found).brokerCode;
/** An answer says nothing of a stream that is down, and a login that works nothing of an account on which nothing is dealt. */
const provesNothing = (held: HealthRow, found: FoundHealth, by: Reporter) =>
  found.state === 'up' && (held.state === 'degraded' || (by === 'login' && isAccountStatus(held.brokerCode)));
