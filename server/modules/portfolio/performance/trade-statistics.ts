// What closed trades were like: how many won, how much, for how long. Pure; money is decimal text of one currency.
import { decimal } from '../../../../shared/decimal.ts';
import type { TradeStatistics } from '../../../../shared/portfolio-gains.ts';
import { isNegative, isPositive, negate } from '../ledger/amount.ts';

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
function furthest(a: string | null, b: string | null): string | null {
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

/** Digits behind the point that an average keeps. */
const places = 10;
const averageOf = (total: string, trades: number) =>
  trades === 0 ? null : decimal.divide(total, String(trades), places, 'half-even');
const quotient = (a: number, b: number) => (b === 0 ? null : a / b);

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
    winRate: quotient(won.trades, trades),
    lossRate: quotient(lost.trades, trades),
    profitFactor: ratioOf(won.total, lost.total),
    payoffRatio: averageProfit === null || averageLoss === null ? null : ratioOf(averageProfit, averageLoss),
    longestWinningRun: won.run.longest,
    longestLosingRun: lost.run.longest,
    averageDurationMs: quotient(durationMs, trades),
    averageWinningDurationMs: quotient(won.durationMs, won.trades),
    averageLosingDurationMs: quotient(lost.durationMs, lost.trades),
  };
}
/** `trades` in the order of closing. */
export const tradeStatistics = (trades: readonly ClosedTrade[]): TradeStatistics =>
  statisticsOf(summaryOf(trades));

const ratioOf = (profit: string, loss: string) =>
  isNegative(loss) ? Number(decimal.divide(profit, negate(loss), 20, 'half-even')) : null;
