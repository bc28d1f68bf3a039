// What of portfolios was closed, kept in memory as long as it is true: only the trades of later days are read and matched.
import { setImmediate } from 'node:timers/promises';
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { Tx } from '../../../db/transaction.ts';
import { bookFor } from '../book.ts';
import { standing, type LedgerEntry } from '../ledger/entry.ts';
import { closeDays, nothingClosed, type ClosedDays } from '../lots/closed-days.ts';
import { goesOn } from '../lots/methods.ts';
import { dayAfter } from '../performance/days.ts';
import type { PortfolioRow, PortfolioStore } from '../store.ts';
import { toEntry } from '../views.ts';
import { pricesRevision } from './store.ts';

/** All that is dated until `through`, of a ledger with so many transactions and of prices that were entered so often. */
interface Known {
  transactions: number;
  revision: number;
  through: string;
  closed: ClosedDays;
}
export interface ClosedQuestion {
  method: CostMethod;
  /** The last day that is wanted. */
  to: string;
  today: string;
}
/** Portfolios and methods that are kept, and days and lots in all, some 300 bytes each: of more the one that was asked for longest ago goes. */
const [mostKept, mostParts] = [100, 200_000];

export type ClosedTrades = ReturnType<typeof createClosedTrades>;

export function createClosedTrades({ store }: { store: PortfolioStore }) {
  const kept = new Map<string, Known>();

  const sizeOf = ({ closed: { days, lots } }: Known) =>
    [...lots.values()].reduce((parts, { length }) => parts + 1 + length, days.size);
  function keep(key: string, known: Known): void {
    kept.delete(key);
    kept.set(key, known);
    let parts = [...kept.values()].reduce((all, each) => all + sizeOf(each), 0);
    for (const [oldest, each] of kept) {
      if (kept.size <= mostKept && parts <= mostParts) return;
      kept.delete(oldest);
      parts -= sizeOf(each);
    }
  }

  /** Undefined once anything that it was made of is another. */
  async function stillTrue(
    tx: Tx,
    { id, transactions }: PortfolioRow,
    known: Known | undefined,
    wanted: { revision: number; through: (through: string) => boolean },
  ): Promise<Known | undefined> {
    if (!known || known.revision !== wanted.revision || !wanted.through(known.through)) return undefined;
    if (known.transactions > transactions) return undefined;
    const written = { after: known.transactions, until: known.through };
    return (await store.hasWritten(tx, id, written)) ? undefined : known;
  }

  async function entriesOf(tx: Tx, { id }: PortfolioRow, days: { after?: string | undefined; to: string }) {
    return standing((await store.ledgerOfDays(tx, id, days)).map(toEntry));
  }
  async function baseFor(tx: Tx, portfolio: PortfolioRow, entries: readonly LedgerEntry[], to: string) {
    const from = entries[0]?.on ?? to;
    const book = await bookFor({ store, on: tx }, portfolio, { entries }, { from, to, ratesToo: true });
    return { currency: portfolio.baseCurrency, book };
  }

  return {
    /** What was closed on each day until `to`; `tx` is a snapshot, and `portfolio` of it. */
    async until(tx: Tx, portfolio: PortfolioRow, { method, to, today }: ClosedQuestion): Promise<ClosedDays> {
      const { id, userId, transactions } = portfolio;
      const revision = await pricesRevision(tx, userId);
      const key = `${id} ${method}`;
      // Of today more may come. Where a later purchase changes what was closed, it is kept for the same last day alone.
      const yesterday = dayAfter(today, -1);
      const last = goesOn(method) && to > yesterday ? yesterday : to;
      const isUsable = (through: string) => (goesOn(method) ? through < today : through === to);
      const known = await stillTrue(tx, portfolio, kept.get(key), { revision, through: isUsable });
      if (known && known.through >= to) {
        keep(key, { ...known, transactions });
        return known.closed;
      }
      const entries = await entriesOf(tx, portfolio, { after: known?.through, to });
      const base = await baseFor(tx, portfolio, entries, to);
      await setImmediate();
      const past = entries.filter(({ on }) => on <= last);
      const closed = closeDays(known?.closed ?? nothingClosed, past, method, base);
      keep(key, { transactions, revision, through: last, closed });
      return past.length < entries.length
        ? closeDays(closed, entries.slice(past.length), method, base)
        : closed;
    },
  };
}
