// Random portfolios against numpy and scipy: what they say of the same days and flows, to a relative 1e-9.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import type { Figure } from '../../../../shared/portfolio-performance.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { ledgerOf } from '../../../testing/portfolio-ledger.ts';
import { describeWith } from '../../../testing/requires.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { dayAfter } from './days.ts';
import { performanceOf } from './period.ts';

const start = '2024-01-01'; // a Monday
const portfolios = 200;
const weekday = (n: number) => dayAfter(start, Math.floor(n / 5) * 7 + (n % 5));
const lastWeekday = 260;

/** What one portfolio is: units bought on the first day, flows later, and a price a weekday. */
interface Made {
  bought: number;
  flows: { day: number; amount: number }[];
  steps: number[];
  /** Of the benchmark, which is in dollars. */
  market: number[];
}
function walk() {
  return fc.array(fc.integer({ min: -30, max: 31 }), { minLength: lastWeekday, maxLength: lastWeekday });
}
/** Well-conditioned: what comes and goes is small against what is there, so that one rate fits and nothing runs dry. */
const made: fc.Arbitrary<Made> = fc.record({
  bought: fc.integer({ min: 5_000, max: 20_000 }),
  flows: fc.array(
    fc.record({
      day: fc.integer({ min: 1, max: lastWeekday - 1 }),
      amount: fc.integer({ min: -20_000, max: 50_000 }).filter((n) => n !== 0),
    }),
    { maxLength: 12 },
  ),
  steps: walk(),
  market: walk(),
});

function levelsOf(steps: readonly number[]) {
  let level = 100;
  return [level, ...steps.map((step) => (level = Number((level * (1 + step / 1_000)).toFixed(4))))];
}
function build({ bought, flows, steps, market }: Made) {
  const [levels, theirs] = [levelsOf(steps), levelsOf(market)];
  const rows: { on: string; terms: TransactionTerms }[] = [
    { on: start, terms: { kind: 'deposit', amount: '2500000', currency: 'GBP' } },
    {
      on: start,
      terms: {
        kind: 'buy',
        instrument: 'X',
        quantity: String(bought),
        price: '100',
        currency: 'GBP',
        fee: '10',
      },
    },
    ...flows
      .toSorted((a, b) => a.day - b.day)
      .map(({ day, amount }) => ({
        on: weekday(day),
        terms: {
          kind: amount > 0 ? 'deposit' : 'withdrawal',
          amount: String(Math.abs(amount)),
          currency: 'GBP',
        } as TransactionTerms,
      })),
  ];
  const pricesOf = (instrument: string, currency: string, each: number[], days: string[]) =>
    each.map((price, n) => ({
      instrument,
      on: days[n]!,
      price: decimal.canonical(String(price)),
      currency,
    }));
  const days = levels.map((_, n) => weekday(n));
  const eve = dayAfter(start, -1);
  const prices = [
    ...pricesOf('X', 'GBP', levels, days),
    ...pricesOf('INDEX', 'USD', [99, ...theirs], [eve, ...days]),
  ];
  const rates = [0.8, ...theirs.map((each) => Number((0.8 + each / 10_000).toFixed(6)))];
  const asked = {
    method: 'fifo',
    base: 'GBP',
    periodsPerYear: 252,
    riskFreeRate: 0.02,
  } as const;
  const book = createPriceBook(
    prices,
    [eve, ...days].map((on, n) => ({ from: 'USD', to: 'GBP', on, rate: String(rates[n]) })),
  );
  const ours = performanceOf(ledgerOf(rows), {
    ...asked,
    book,
    from: start,
    to: weekday(lastWeekday),
    comparedWith: { instrument: 'INDEX', base: asked.base, book },
  });
  return {
    ours,
    told: {
      bought,
      levels,
      flows,
      index: [99, ...theirs],
      rates,
      weekdays: levels.map((_, n) => Math.floor(n / 5) * 7 + (n % 5)),
    },
  };
}

/** Written apart from ours: cash and units are counted anew, in floats. */
const program = `
import json, sys
import numpy as np
from scipy.optimize import brentq
answers = []; compared = []
for p in json.load(sys.stdin):
    levels = np.array(p["levels"]); days = p["weekdays"]; n = len(levels)
    flows = np.zeros(n); inflows = np.zeros(n); outflows = np.zeros(n)
    inflows[0] = 2500000
    for f in p["flows"]:
        if f["amount"] > 0: inflows[f["day"]] += f["amount"]
        else: outflows[f["day"]] -= f["amount"]
    cash = np.cumsum(inflows - outflows) - p["bought"] * 100 - 10
    value = cash + p["bought"] * levels
    begin = np.concatenate([[0], value[:-1]])
    returns = (value + outflows) / (begin + inflows) - 1
    level = np.concatenate([[1], np.cumprod(1 + returns)])
    total = level[-1] - 1
    length = days[-1] + 1
    excess = returns - (1.02 ** (1 / 252) - 1)
    drawdown = np.min(level / np.maximum.accumulate(level)) - 1
    annual = (1 + total) ** (365 / length) - 1
    at = np.concatenate([np.array(days), np.array(days) + 1, [length]])
    amounts = np.concatenate([-inflows, outflows, [value[-1]]])
    rate = brentq(lambda r: np.sum(amounts / (1 + r) ** (at / 365)), -0.9, 9, xtol=1e-15, rtol=1e-14, maxiter=1000)
    weights = np.sum(inflows * (length - np.array(days)) / length) - np.sum(outflows * (length - np.array(days) - 1) / length)
    answers.append({
        "timeWeighted": total,
        "timeWeightedAnnual": annual,
        "modifiedDietz": (value[-1] - np.sum(inflows) + np.sum(outflows)) / weights,
        "moneyWeighted": rate,
        "maxDrawdown": drawdown,
        "volatility": np.std(returns, ddof=1) * np.sqrt(252),
        "sharpe": np.mean(excess) / np.std(returns, ddof=1) * np.sqrt(252),
        "sortino": np.mean(excess) * 252 / (np.sqrt(np.mean(np.minimum(excess, 0) ** 2)) * np.sqrt(252)),
        "calmar": annual / abs(drawdown),
    })
    index = np.array(p["index"]) * np.array(p["rates"])
    market = index[1:] / index[:-1] - 1
    free = 1.02 ** (1 / 252) - 1
    slope = np.cov(returns, market)[0, 1] / np.var(market, ddof=1)
    compared.append({
        "return": index[-1] / index[0] - 1,
        "trackingDifference": total - (index[-1] / index[0] - 1),
        "beta": np.polyfit(market, returns, 1)[0],
        "correlation": np.corrcoef(returns, market)[0, 1],
        "alpha": (np.mean(returns) - free - slope * (np.mean(market) - free)) * 252,
        "trackingError": np.std(returns - market, ddof=1) * np.sqrt(252),
        "informationRatio": np.mean(returns - market) / np.std(returns - market, ddof=1) * np.sqrt(252),
    })
json.dump([answers, compared], sys.stdout)
`;

await describeWith('scipy', 'numpy and scipy', (python) => {
  test(`${portfolios} random portfolios of a year have the figures that they give`, () => {
    const seed = Number(process.env['FTRADER_SEED'] ?? Date.now() % 2 ** 31);
    const built = fc.sample(made, { seed, numRuns: portfolios }).map(build);
    const { stdout, stderr, status } = spawnSync(python, ['-c', program], {
      input: JSON.stringify(built.map(({ told }) => told)),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(status, stderr).toBe(0);
    const [answers, compared] = JSON.parse(stdout) as Record<string, number>[][];
    expect(answers).toHaveLength(portfolios);
    const agree = (theirs: Record<string, number>, figures: Record<string, Figure>, n: number) => {
      expect(Object.keys(theirs).toSorted()).toEqual(Object.keys(figures).toSorted());
      for (const [name, expected] of Object.entries(theirs)) {
        const { value, reason } = figures[name]!;
        // Beside zero a relative error says nothing: of what is nearer to it than 1e-4 the error counts as of 1e-4.
        const error = Math.abs(value! - expected) / Math.max(Math.abs(expected), 1e-4);
        expect(
          error,
          `seed ${seed}, portfolio ${n}, ${name}: ${value} (${reason}) for ${expected}`,
        ).toBeLessThan(1e-9);
      }
    };
    built.forEach(({ ours }, n) => {
      agree(answers![n]!, ours.figures, n);
      agree(compared![n]!, ours.benchmark!.figures, n);
    });
  });
});
