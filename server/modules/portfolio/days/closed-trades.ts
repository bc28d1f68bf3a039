// What of portfolios was closed, kept in memory as long as it is true: only the trades of later days are read and matched.
import { setImmediate } from 'node:timers/promises';
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { Tx } from '../../../db/transaction.ts';
import { standing, type LedgerEntry } from '../ledger/entry.ts';
import { closeDays, nothingClosed, type ClosedDays } from '../lots/closed-days.ts';
import { goesOn } from '../lots/methods.ts';
import { dayAfter } from '../performance/days.ts';
import type { PortfolioRow, PortfolioStore } from '../store.ts';
import { enteredBook } from '../valuation/books.ts';
import type { Base } from '../valuation/rates.ts';
import { toEntry } from '../views.ts';
import { hasEntered, pricesRevision } from './store.ts';

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

/** All of one snapshot. */
export interface GatheredTrades {
  key: string;
  /** What `closed` has, and until when: once the entries are added, until `through`. */
  known: Known;
  method: CostMethod;
  entries: LedgerEntry[];
  base: Base;
}
/** Transactions that are matched in one go, some 50 ms. */
const entriesAtOnce = 1_000;

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

  /** Undefined once a transaction or a rate of its days is another. */
  async function stillTrue(
    tx: Tx,
    { id, userId, transactions }: PortfolioRow,
    revision: number,
    known: Known | undefined,
  ): Promise<Known | undefined> {
    if (!known || known.transactions > transactions || known.revision > revision) return undefined;
    const { through: until } = known;
    if (await store.hasWritten(tx, id, { after: known.transactions, until })) return undefined;
    const isOldRate = await hasEntered(tx, userId, { after: known.revision, until, kind: 'rate' });
    return isOldRate ? undefined : known;
  }

  async function entriesOf(tx: Tx, { id }: PortfolioRow, days: { after?: string | undefined; to: string }) {
    return standing((await store.ledgerOfDays(tx, id, days)).map(toEntry));
  }
  async function baseFor(tx: Tx, portfolio: PortfolioRow, entries: readonly LedgerEntry[], to: string) {
    const from = entries[0]?.on ?? to;
    const days = { from, to, ratesToo: true };
    return {
      currency: portfolio.baseCurrency,
      book: await enteredBook({ store, on: tx }, portfolio, entries, days),
    };
  }

  return {
    /** What is remembered of the days until `to`, and what is to be added; `tx` is a snapshot, and `portfolio` of it. */
    async gather(
      tx: Tx,
      portfolio: PortfolioRow,
      { method, to, today }: ClosedQuestion,
    ): Promise<GatheredTrades> {
      const { id, userId, transactions } = portfolio;
      const revision = await pricesRevision(tx, userId);
      const key = `${id} ${method}`;
      // Of today more may come. Where a later purchase changes what was closed, it is kept for the same last day alone.
      const yesterday = dayAfter(today, -1);
      const last = goesOn(method) && to > yesterday ? yesterday : to;
      const before = kept.get(key);
      const isUsable = before && (goesOn(method) ? before.through < today : before.through === to);
      const known = await stillTrue(tx, portfolio, revision, isUsable ? before : undefined);
      const closed = known?.closed ?? nothingClosed;
      const through = known && known.through > last ? known.through : last;
      const isWhole = known !== undefined && known.through >= to;
      const entries = isWhole ? [] : await entriesOf(tx, portfolio, { after: known?.through, to });
      const base = await baseFor(tx, portfolio, entries, to);
      return { key, known: { transactions, revision, through, closed }, method, entries, base };
    },

    /** What was closed on each day until `to`, and maybe after it. */
    async complete({ key, known, method, entries, base }: GatheredTrades): Promise<ClosedDays> {
      const past = entries.filter(({ on }) => on <= known.through);
      let { closed } = known;
      for (const part of goesOn(method) ? partsOf(past) : [past]) {
        closed = closeDays(closed, part, method, base);
        await setImmediate();
      }
      keep(key, { ...known, closed });
      const rest = entries.slice(past.length);
      return rest.length > 0 ? closeDays(closed, rest, method, base) : closed;
    },
  };
}

/** Of whole days each. */
function* partsOf(entries: readonly LedgerEntry[]): Generator<readonly LedgerEntry[]> {
  for (let first = 0, end = 0; first < entries.length; first = end) {
    end = Math.min(first + entriesAtOnce, entries.length);
    while (end < entries.length && entries[end]!.on === entries[end - 1]!.on) end++;
    yield entries.slice(first, end);
  }
}
