// What closed trades were like: how many won, how much, for how long. Pure; money is decimal text of one currency.
import { decimal } from '../../../../shared/decimal.ts';
import type { TradeStatistics } from '../../../../shared/portfolio-gains.ts';
import { isNegative, isPositive, isZero, negate } from '../ledger/amount.ts';

export interface ClosedTrade {
  openedAt: Date;
  closedAt: Date;
  profit: string;
}
/** What statistics are made of: of trades that follow each other in two lists, the one of both is `joined`. */
export interface TradeSummary {
  won: TradeSide;
  lost: TradeSide;
  /** Those that made nothing included. */
  trades: number;
  durationMs: number;
}
interface TradeSide {
  trades: number;
  total: string;
  /** Furthest from zero; null for none. */
  largest: string | null;
  durationMs: number;
  /** One after the other: at the beginning of the list, at its end, and the longest. */
  run: { first: number; last: number; longest: number };
}
const noSide: TradeSide = {
  trades: 0,
  total: '0',
  largest: null,
  durationMs: 0,
  run: { first: 0, last: 0, longest: 0 },
};
export const noTrades: TradeSummary = { won: noSide, lost: noSide, trades: 0, durationMs: 0 };

export function joined(a: TradeSummary, b: TradeSummary): TradeSummary {
  const side = (of: 'won' | 'lost'): TradeSide => {
    const [before, after] = [a[of], b[of]];
    if (after.trades === 0 && b.trades === 0) return before;
    const over = before.run.last + after.run.first;
    return {
      trades: before.trades + after.trades,
      total: decimal.add(before.total, after.total),
      largest: furthest(before.largest, after.largest),
      durationMs: before.durationMs + after.durationMs,
      run: {
        first: before.run.first === a.trades ? over : before.run.first,
        last: after.run.last === b.trades ? over : after.run.last,
        longest: Math.max(before.run.longest, over, after.run.longest),
      },
    };
  };
  return {
    won: side('won'),
    lost: side('lost'),
    trades: a.trades + b.trades,
    durationMs: a.durationMs + b.durationMs,
  };
}
/** The one further from zero, of two on the same side of it. */
export function furthest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  const order = decimal.compare(a, b);
  return (isNegative(a) ? order <= 0 : order >= 0) ? a : b;
}

/** `trades` in the order of closing. A trade that made nothing is neither won nor lost. */
export const summaryOf = (trades: readonly ClosedTrade[]): TradeSummary =>
  trades.reduce((all, { openedAt, closedAt, profit }) => {
    const durationMs = closedAt.getTime() - openedAt.getTime();
    const run = { first: 1, last: 1, longest: 1 };
    const own: TradeSide = { trades: 1, total: profit, largest: profit, durationMs, run };
    return joined(all, {
      won: isPositive(profit) ? own : noSide,
      lost: isNegative(profit) ? own : noSide,
      trades: 1,
      durationMs,
    });
  }, noTrades);

/** Digits behind the point that an average keeps, and a ratio before it is a number. */
export const [averagePlaces, ratioPlaces] = [10, 20];
/** Null where there is nothing to divide by. */
export const quotient = (a: string, b: string, places: number): string | null =>
  isZero(b) ? null : decimal.divide(a, b, places, 'half-even');
const averageOf = (total: string, trades: number) => quotient(total, String(trades), averagePlaces);
function ratioOf(a: string | number, b: string | number): number | null {
  const ratio = quotient(String(a), String(b), ratioPlaces);
  return ratio === null ? null : Number(ratio);
}

/** Null where there is nothing to divide by. */
export function statisticsOf({ won, lost, trades, durationMs }: TradeSummary): TradeStatistics {
  const [averageProfit, averageLoss] = [averageOf(won.total, won.trades), averageOf(lost.total, lost.trades)];
  const total = decimal.add(won.total, lost.total);
  return {
    trades,
    won: won.trades,
    lost: lost.trades,
    total,
    totalProfit: won.total,
    totalLoss: lost.total,
    largestProfit: won.largest,
    largestLoss: lost.largest,
    averageProfit,
    averageLoss,
    expectancy: averageOf(total, trades),
    winRate: ratioOf(won.trades, trades),
    lossRate: ratioOf(lost.trades, trades),
    profitFactor: ratioOf(won.total, negate(lost.total)),
    payoffRatio:
      averageProfit === null || averageLoss === null ? null : ratioOf(averageProfit, negate(averageLoss)),
    longestWinningRun: won.run.longest,
    longestLosingRun: lost.run.longest,
    averageDurationMs: ratioOf(durationMs, trades),
    averageWinningDurationMs: ratioOf(won.durationMs, won.trades),
    averageLosingDurationMs: ratioOf(lost.durationMs, lost.trades),
  };
}
/** `trades` in the order of closing. */
export const tradeStatistics = (trades: readonly ClosedTrade[]): TradeStatistics =>
  statisticsOf(summaryOf(trades));
