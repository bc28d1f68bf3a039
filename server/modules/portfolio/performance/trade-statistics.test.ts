// What closed trades were like, and what is not said where there is nothing to divide by.
import { expect, test } from 'vitest';
import { tradeStatistics } from './trade-statistics.ts';

const trade = (minutes: number, profit: string) => ({
  openedAt: new Date(0),
  closedAt: new Date(minutes * 60_000),
  profit,
});

test('won, lost, and neither', () => {
  const made = tradeStatistics([trade(10, '30'), trade(20, '10'), trade(30, '0'), trade(40, '-16')]);
  expect(made).toMatchObject({
    trades: 4,
    won: 2,
    lost: 1,
    total: '24',
    totalProfit: '40',
    totalLoss: '-16',
    largestProfit: '30',
    largestLoss: '-16',
    averageProfit: '20',
    averageLoss: '-16',
    expectancy: '6',
    winRate: 0.5,
    lossRate: 0.25,
    profitFactor: 2.5,
    payoffRatio: 1.25,
    longestWinningRun: 2,
    longestLosingRun: 1,
    averageDurationMs: 25 * 60_000,
    averageLosingDurationMs: 40 * 60_000,
  });
});

test('without a loss there is no profit factor, and of nothing there is no rate', () => {
  expect(tradeStatistics([trade(1, '5')])).toMatchObject({
    profitFactor: null,
    payoffRatio: null,
    winRate: 1,
  });
  expect(tradeStatistics([])).toMatchObject({
    trades: 0,
    total: '0',
    winRate: null,
    expectancy: null,
    largestProfit: null,
  });
});
