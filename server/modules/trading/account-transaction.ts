// One transaction on one account: its risk row held first, its events and notices written last, its readers woken after. Decides nothing.
import type { EventData, EventFacts, EventOf, NewEvent, TypeAndData } from '../../../shared/events.ts';
import type { Db, Transaction, Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Notice, Notify } from '../notifications/index.ts';
import type { BooksStore } from './books/store.ts';
import type { OrderRow } from './orders/store.ts';
import type { BrokerAccount, UserEvents } from './ports.ts';
import type { PositionRow } from './positions/store.ts';
import { figures, findRisk, type RiskRow, type RiskStore } from './risk/store.ts';

/** What one transaction on an account collects. */
export interface Entry {
  tx: Tx;
  account: BrokerAccount;
  /** One instant for all that happens in it. */
  at: Date;
  /** Locked; what is changed here is saved at the end. */
  risk: RiskRow;
  /** Positions locked in it, as they are by now, by the broker's id; null for one that is not known here. */
  positions: Map<string, PositionRow | null>;
  /** Working orders likewise. */
  orders: Map<string, OrderRow | null>;
  /** Whether a deal was saved in it: deals that were read before may have changed. */
  dealsSaved: boolean;
  tell(...event: TypeAndData<'trading'>): void;
  /** Once it is committed: the id of the last event it told, undefined when it told nothing. */
  lastTold: string | undefined;
  notice(notice: Notice | null): void;
  /** FTrader and the broker do not agree: a break, with its event and its notice. */
  disagree(found: Disagreement): void;
}
export type Disagreement = Omit<EventData['trading']['break.opened'], 'id'>;
export type AccountTransaction = ReturnType<typeof createAccountTransaction>;

interface AccountTransactionDeps {
  transaction: Transaction;
  riskStore: RiskStore;
  events: UserEvents;
  notify: Notify;
  booksStore: Pick<BooksStore, 'open'>;
  ids: Ids;
  clock: Clock;
  /** After the commit: what was told, for those in this process who wait for it. */
  committed: (told: readonly NewEvent<'trading'>[]) => void;
}

export function createAccountTransaction(deps: AccountTransactionDeps) {
  const { transaction, riskStore, events, notify, booksStore, ids, clock, committed } = deps;
  /**
   * Runs `work` in one transaction that holds the account: rows are locked in one order everywhere (risk, deals, positions, the
   * user's counters), so two of them never wait for each other. `work` may run again and has no other effect. What `ahead` asks for
   * travels with the lock, right behind it: statements that `work` needs in any case.
   */
  return async function inAccount<T, Ahead>(
    account: BrokerAccount,
    work: (entry: Entry, ahead: Ahead) => Promise<T>,
    ahead?: (tx: Tx, at: Date) => Promise<Ahead>,
  ): Promise<T> {
    const { result, entry, told, appended, streams } = await transaction(async (tx) => {
      const told: NewEvent<'trading'>[] = [];
      const notices: Notice[] = [];
      const at = clock.now();
      const [risk, asked] = await Promise.all([riskStore.lock(tx, account), ahead?.(tx, at)]);
      const entry: Entry = {
        tx,
        account,
        at,
        risk: { ...risk },
        positions: new Map(),
        orders: new Map(),
        dealsSaved: false,
        lastTold: undefined,
        tell: (type, data) => void told.push(eventOf(entry, type, data)),
        notice: (notice) => void (notice && notices.push(notice)),
        disagree(found) {
          const { deal, dealId: brokerDealId, kind, difference } = found;
          const id = ids.next('brk');
          const { id: accountId, environment } = account;
          const settled = { resolvedAt: null, resolution: null };
          const about = { accountId, environment, kind, brokerDealId, dealId: deal?.id ?? null, difference };
          booksStore.open(tx, { id, ...about, openedAt: at, ...settled });
          entry.tell('break.opened', { id, ...found });
          entry.notice({ kind: 'break.opened', data: { difference } });
        },
      };
      const result = await work(entry, asked as Ahead);
      if (figures.some((name) => entry.risk[name] !== risk[name])) riskStore.save(tx, entry.risk);
      const appended = told.length > 0 && events.append(tx, account.userId, 'trading', told);
      if (appended) appended.catch(() => undefined); // the COMMIT fails with it
      for (const notice of notices)
        await notify(tx, {
          ...notice,
          userId: account.userId,
          at: entry.at,
          accountId: account.id,
          environment: account.environment,
        });
      return {
        result,
        entry,
        told,
        appended,
        streams: [
          ...(told.length > 0 ? ['trading' as const] : []),
          ...(notices.length > 0 ? ['notifications' as const] : []),
        ],
      };
    });
    if (appended) entry.lastTold = String(await appended);
    committed(told); // first those who wait for their answer
    for (const stream of streams) events.wake(account.userId, stream);
    return result;
  };
}
/** What is asked of an account without a trace: `work` finds the entry of a transaction on it, and whatever it tells goes nowhere. */
export type AccountLook = ReturnType<typeof createAccountLook>;
export const createAccountLook =
  ({ db, clock }: { db: Db; clock: Clock }) =>
  /** In one transaction that PostgreSQL lets only read, as of one moment; no row is locked, so it waits for nobody and nobody for it. */
  <T>(account: BrokerAccount, work: (entry: Entry) => Promise<T>): Promise<T> =>
    db.transaction(
      async (tx) => {
        const risk = await findRisk(tx, account.id);
        if (!risk) throw new Error(`invariant: the account ${account.id} has no risk row`);
        const nowhere = () => undefined;
        return work({
          tx,
          account,
          at: clock.now(),
          risk: { ...risk },
          positions: new Map(),
          orders: new Map(),
          dealsSaved: false,
          lastTold: undefined,
          tell: nowhere,
          notice: nowhere,
          disagree: nowhere,
        });
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );

/** An event of an account at an instant. */
export const eventOf = <T extends keyof EventData['trading']>(
  { account, at }: Pick<Entry, 'account' | 'at'>,
  type: T,
  data: EventData['trading'][T],
): EventOf<EventFacts, EventData['trading'], T> => ({
  type,
  at,
  accountId: account.id,
  environment: account.environment,
  data,
});
