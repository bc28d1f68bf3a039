// What was closed on each day, added up day by day so that a period needs no trade of it, and the lots from which the next day goes on. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { TradeStatistics } from '../../../../shared/portfolio-gains.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { Period } from '../performance/days.ts';
import {
  joined,
  noTrades,
  statisticsOf,
  summaryOf,
  type TradeSummary,
} from '../performance/trade-statistics.ts';
import type { Base } from '../valuation/rates.ts';
import { allMatches } from './all-matches.ts';
import { endsOf, gainOf, type Lot } from './lot.ts';

export interface ClosedDays {
  /** By instrument, in the order in which each was first traded. */
  lots: ReadonlyMap<string, Lot[]>;
  /** By day, in order, those on which something was closed; null where the rate of an opening or a closing is missing. */
  days: ReadonlyMap<string, TradeSummary | null>;
}
export const nothingClosed: ClosedDays = { lots: new Map(), days: new Map() };

/** `entries` stand, are in order, and are of days after all of `before`, which is left as it is. */
export function closeDays(
  before: ClosedDays,
  entries: readonly LedgerEntry[],
  method: CostMethod,
  base: Base,
): ClosedDays {
  const lots = new Map(before.lots);
  const trades = allMatches(entries, method, base, lots).map(({ match }) => {
    const { opened, closed } = endsOf(match);
    return { on: closed.on, openedAt: opened.at, closedAt: closed.at, profit: gainOf(match).netBase };
  });
  const added = [...Map.groupBy(trades, ({ on }) => on)].map(([on, ofDay]) => {
    const known = ofDay.flatMap(({ profit, ...rest }) => (profit === null ? [] : [{ ...rest, profit }]));
    return [on, known.length === ofDay.length ? summaryOf(known) : null] as const;
  });
  return { lots, days: new Map([...before.days, ...added]) };
}

/** Of what was closed within a period; null where the rate of an opening or a closing is missing. */
export function statisticsWithin({ days }: ClosedDays, { from, to }: Period): TradeStatistics | null {
  const within = [...days].filter(([on]) => on >= from && on <= to).map(([, summary]) => summary);
  const known = within.filter((summary) => summary !== null);
  return known.length === within.length ? statisticsOf(known.reduce(joined, noTrades)) : null;
}
