// Risk and what it was paid with, of a series of returns: volatility, Sharpe, Sortino, Calmar. Pure; returns are fractions.

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of a sample: the squares are divided by n − 1. Null for fewer than two values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** Of a sample, of pairs of the same length: n − 1. Null for fewer than two. */
export function covariance(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 2) return null;
  const [middleA, middleB] = [mean(a), mean(b)];
  return a.reduce((sum, value, n) => sum + (value - middleA) * (b[n]! - middleB), 0) / (a.length - 1);
}

/** What a risk-free rate of a year is for one of its periods. */
export const riskFreeOfOne = ({
  periodsPerYear,
  riskFreeRate,
}: {
  periodsPerYear: number;
  riskFreeRate: number;
}) => (1 + riskFreeRate) ** (1 / periodsPerYear) - 1;

/** Standard deviation × √periods. */
export function volatility(returns: readonly number[], perYear: number): number | null {
  const deviation = standardDeviation(returns);
  return deviation === null ? null : deviation * Math.sqrt(perYear);
}

/** (mean − risk-free of one period) ÷ standard deviation × √periods. Null for fewer than two returns, or where none differs. */
export function sharpe(returns: readonly number[], perYear: number, riskFree = 0): number | null {
  const deviation = standardDeviation(returns);
  return deviation ? ((mean(returns) - riskFree) / deviation) * Math.sqrt(perYear) : null;
}

/** √mean(min(return − required, 0)²) × √periods: all returns count, those above as 0. */
export function downsideRisk(returns: readonly number[], perYear: number, required = 0): number | null {
  if (returns.length === 0) return null;
  return Math.sqrt(mean(returns.map((each) => Math.min(each - required, 0) ** 2))) * Math.sqrt(perYear);
}

/** (mean − required) × periods ÷ downside risk. Null where nothing fell short. */
export function sortino(returns: readonly number[], perYear: number, required = 0): number | null {
  const downside = downsideRisk(returns, perYear, required);
  return downside ? ((mean(returns) - required) * perYear) / downside : null;
}

/** The return of a year ÷ the deepest drawdown, which is 0 or below. Null where nothing fell. */
export const calmar = (annualReturn: number | null, depth: number): number | null =>
  annualReturn === null || depth === 0 ? null : annualReturn / Math.abs(depth);
