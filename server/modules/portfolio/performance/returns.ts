// Returns of a series of days: time-weighted, chained, annualised, and Modified Dietz. Pure; ratios are fractions, 0.1 is 10 %.

/** Money at the ends of a period, and what came or went from outside within it: came at its start, went at its end. */
export interface ValuedPeriod {
  begin: number;
  end: number;
  inflow: number;
  outflow: number;
}

/** `(end + outflow) ÷ (begin + inflow) − 1`; null where nothing, or less, was at work. A period with nothing in it and out of it returns 0. */
export function periodReturn({ begin, end, inflow, outflow }: ValuedPeriod): number | null {
  const atWork = begin + inflow;
  if (atWork > 0) return (end + outflow) / atWork - 1;
  return atWork === 0 && end + outflow === 0 ? 0 : null;
}

/** What the returns make together, after each of them. */
export function cumulated(returns: readonly number[]): number[] {
  let level = 1;
  return returns.map((each) => (level *= 1 + each) - 1);
}
/** What the returns make together; 0 for none. */
export const chained = (returns: readonly number[]): number => cumulated(returns).at(-1) ?? 0;

/** A return over some units of time as one over `perYear` of them; null for no time, or after everything was lost more than once. */
export function annualised(total: number, units: number, perYear: number): number | null {
  return units > 0 && total >= -1 ? (1 + total) ** (perYear / units) - 1 : null;
}

export interface DietzPeriod {
  begin: number;
  end: number;
  days: number;
  /** After how many days of the period each came (above zero) or went. */
  flows: readonly { day: number; amount: number }[];
}
/** Gain ÷ average capital, in which each flow weighs by the share of the period that it was there. `return` is null for no capital. */
export function modifiedDietz({ begin, end, days, flows }: DietzPeriod): {
  gain: number;
  averageCapital: number;
  return: number | null;
} {
  const net = flows.reduce((sum, { amount }) => sum + amount, 0);
  const weighted = flows.reduce((sum, { day, amount }) => sum + (amount * (days - day)) / days, 0);
  const gain = end - begin - net;
  const averageCapital = begin + weighted;
  return { gain, averageCapital, return: averageCapital > 0 ? gain / averageCapital : null };
}
