// What closed trades were like: how many won, how much, for how long. Pure; money is decimal text of one currency.
import { decimal } from '../../../../shared/decimal.ts';
import type { TradeStatistics } from '../../../../shared/portfolio-gains.ts';
import { isNegative, isPositive, negate, sum } from '../ledger/amount.ts';

export interface ClosedTrade {
  openedAt: Date;
  closedAt: Date;
  profit: string;
}
/** Digits behind the point that an average keeps. */
const places = 10;
const averageOf = (amounts: readonly string[]) =>
  amounts.length === 0 ? null : decimal.divide(sum(amounts), String(amounts.length), places, 'half-even');
const greatest = (amounts: readonly string[]) =>
  amounts.length === 0 ? null : amounts.reduce((a, b) => (decimal.compare(a, b) >= 0 ? a : b));
const least = (amounts: readonly string[]) =>
  amounts.length === 0 ? null : amounts.reduce((a, b) => (decimal.compare(a, b) <= 0 ? a : b));
const durationOf = (trades: readonly ClosedTrade[]) =>
  trades.length === 0
    ? null
    : trades.reduce((ms, { openedAt, closedAt }) => ms + closedAt.getTime() - openedAt.getTime(), 0) /
      trades.length;

/** `trades` in the order of closing. A trade that made nothing is neither won nor lost. Null where there is nothing to divide by. */
export function tradeStatistics(trades: readonly ClosedTrade[]): TradeStatistics {
  const won = trades.filter(({ profit }) => isPositive(profit));
  const lost = trades.filter(({ profit }) => isNegative(profit));
  const profits = won.map(({ profit }) => profit);
  const losses = lost.map(({ profit }) => profit);
  const [totalProfit, totalLoss] = [sum(profits), sum(losses)];
  const [averageProfit, averageLoss] = [averageOf(profits), averageOf(losses)];
  const all = trades.map(({ profit }) => profit);
  return {
    trades: trades.length,
    won: won.length,
    lost: lost.length,
    total: sum(all),
    totalProfit,
    totalLoss,
    largestProfit: greatest(profits),
    largestLoss: least(losses),
    averageProfit,
    averageLoss,
    expectancy: averageOf(all),
    winRate: trades.length === 0 ? null : won.length / trades.length,
    lossRate: trades.length === 0 ? null : lost.length / trades.length,
    profitFactor: ratioOf(totalProfit, totalLoss),
    payoffRatio: averageProfit === null || averageLoss === null ? null : ratioOf(averageProfit, averageLoss),
    longestWinningRun: longestRun(trades, isPositive),
    longestLosingRun: longestRun(trades, isNegative),
    averageDurationMs: durationOf(trades),
    averageWinningDurationMs: durationOf(won),
    averageLosingDurationMs: durationOf(lost),
  };
}

const ratioOf = (profit: string, loss: string) =>
  isNegative(loss) ? Number(decimal.divide(profit, negate(loss), 20, 'half-even')) : null;
function longestRun(trades: readonly ClosedTrade[], counts: (profit: string) => boolean): number {
  let [longest, run] = [0, 0];
  for (const { profit } of trades) {
    run = counts(profit) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
