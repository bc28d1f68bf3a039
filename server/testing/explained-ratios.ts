// What evaluates the daily returns that explain a ratio: the sums are done here, from the answer alone.
import { expect } from 'vitest';
import type { DailyReturns } from '../../shared/portfolio-explain.ts';

/** The name that a figure has in its own answer. */
export const nameIn = (figure: string, prefix: string) => {
  const name = figure.slice(prefix.length);
  return name === '' ? figure : `${name[0]!.toLowerCase()}${name.slice(1)}`;
};
/** A return is a growth less 1: of what is nearer to zero than 1 % the error counts as of 1 %. */
export const near = (value: number | null, expected: number | null, name: string) => {
  if (value === null || expected === null) return expect([name, value]).toEqual([name, expected]);
  const error = Math.abs(value - expected) / Math.max(Math.abs(expected), 0.01);
  return expect(error, `${name}: ${value} for ${expected}`).toBeLessThan(1e-12);
};
function returnsIn({ days: listedDays }: DailyReturns): number[] {
  return listedDays.map(({ begin, end, inflow, outflow, return: told }) => {
    const [b, e, i, o] = [begin, end, inflow, outflow].map(Number) as [number, number, number, number];
    const value = (e + o) / (b + i) - 1;
    near(told, value, 'return');
    return value;
  });
}
/** What all days come to, of those listed and the rest. */
export function allOf(daily: DailyReturns, riskFree = 0) {
  const returns = returnsIn(daily);
  const { rest, count } = daily;
  expect(returns.length + (rest?.days ?? 0)).toBe(count);
  const total = (of: (value: number) => number) => returns.reduce((sum, each) => sum + of(each), 0);
  const growth = returns.reduce((product, each) => product * (1 + each), 1) * (rest?.growth ?? 1);
  const mean = (total((each) => each) + (rest?.sum ?? 0)) / count;
  const squares = total((each) => (each - mean) ** 2) + (rest?.squares ?? 0);
  const shortfall = total((each) => Math.min(each - riskFree, 0) ** 2) + (rest?.shortfall ?? 0);
  return {
    returns,
    growth,
    mean,
    deviation: Math.sqrt(squares / (count - 1)),
    downside: Math.sqrt(shortfall / count),
  };
}
