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
import type { InstrumentMatch } from './round-trips.ts';

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
  const matches = allMatches(entries, method, base, lots);
  const added = [...Map.groupBy(matches, ({ match }) => endsOf(match).closed.on)].map(
    ([on, ofDay]) => [on, summaryOfMatches(ofDay)] as const,
  );
  return { lots, days: new Map([...before.days, ...added]) };
}
function summaryOfMatches(matches: readonly InstrumentMatch[]): TradeSummary | null {
  const known = matches.flatMap(({ match }) => {
    const { opened, closed } = endsOf(match);
    const { netBase: profit } = gainOf(match);
    return profit === null ? [] : [{ openedAt: opened.at, closedAt: closed.at, profit }];
  });
  return known.length === matches.length ? summaryOf(known) : null;
}
/** `matches` in the order of closing; null where the rate of an opening or a closing is missing. */
export function statisticsOfMatches(matches: readonly InstrumentMatch[]): TradeStatistics | null {
  const summary = summaryOfMatches(matches);
  return summary && statisticsOf(summary);
}

/** Of what was closed within a period; null where the rate of an opening or a closing is missing. */
export function statisticsWithin({ days }: ClosedDays, { from, to }: Period): TradeStatistics | null {
  const within = [...days].filter(([on]) => on >= from && on <= to).map(([, summary]) => summary);
  const known = within.filter((summary) => summary !== null);
  return known.length === within.length ? statisticsOf(known.reduce(joined, noTrades)) : null;
}
