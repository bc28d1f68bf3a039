// The money-weighted return: the yearly rate at which all flows are worth nothing at the beginning. Pure; rates are fractions.

/** Below zero: paid in. Above: received; what is there at the end counts as received. */
export interface Flow {
  /** Since any fixed day. */
  days: number;
  amount: number;
}
export interface InternalRate {
  /** Null unless there is exactly one. */
  rate: number | null;
  reason: 'flows of one sign' | 'no rate' | 'several rates' | null;
  /** All there are between `lowest` and `highest`, ascending. */
  roots: number[];
}

/** Rates that are looked for. */
export const [lowest, highest] = [-0.999_999_999_99, 1_000];
const [from, to] = [Math.log1p(lowest), Math.log1p(highest)];
/** Steps of ln(1 + rate) in which a change of sign is looked for. Over T years the value varies on a scale of 1 / T. */
const stepOf = (years: number) => Math.min(0.02, 0.1 / Math.max(years, 1));
const bisections = 200;

/** What the flows are worth on the first of their days at a yearly `rate`. Years have `daysPerYear` days. */
export function presentValue(rate: number, flows: readonly Flow[], daysPerYear = 365): number {
  const first = Math.min(...flows.map(({ days }) => days));
  return flows.reduce(
    (sum, { days, amount }) => sum + amount / (1 + rate) ** ((days - first) / daysPerYear),
    0,
  );
}

/**
 * The internal rate of return. Flows of one day count as one, their order does not matter. Where several rates fit none of them is the
 * answer: the reason says so, and `roots` names them.
 */
export function xirr(flows: readonly Flow[], daysPerYear = 365): InternalRate {
  const terms = termsOf(flows, daysPerYear);
  const changes = signChanges(terms);
  if (changes === 0) return { rate: null, reason: 'flows of one sign', roots: [] };
  const valueAt = valuing(terms);
  const years = terms.at(-1)!.years;
  // By Descartes' rule one change of sign is one rate: both ends of the range tell where to look.
  const roots = changes === 1 ? rootsBetween(valueAt, [from, to]) : rootsBetween(valueAt, gridOf(years));
  const rates = roots.map((x) => Math.expm1(x));
  if (rates.length === 1) return { rate: rates[0]!, reason: null, roots: rates };
  return { rate: null, reason: rates.length === 0 ? 'no rate' : 'several rates', roots: rates };
}

interface Term {
  years: number;
  amount: number;
}
function termsOf(flows: readonly Flow[], daysPerYear: number): Term[] {
  const byDay = new Map<number, number>();
  for (const { days, amount } of flows) byDay.set(days, (byDay.get(days) ?? 0) + amount);
  const days = [...byDay.keys()].filter((day) => byDay.get(day) !== 0).sort((a, b) => a - b);
  return days.map((day) => ({ years: (day - days[0]!) / daysPerYear, amount: byDay.get(day)! }));
}
const signChanges = (terms: readonly Term[]) =>
  terms.filter(({ amount }, index) => index > 0 && amount < 0 !== terms[index - 1]!.amount < 0).length;

/** The value by x = ln(1 + rate), scaled so that it never overflows; its sign, and where it is zero, are those of the present value. */
function valuing(terms: readonly Term[]): (x: number) => number {
  const last = terms.at(-1)!.years;
  return (x) => {
    const origin = x < 0 ? last : 0;
    return terms.reduce((sum, { years, amount }) => sum + amount * Math.exp((origin - years) * x), 0);
  };
}

function gridOf(years: number): number[] {
  const steps = Math.ceil((to - from) / stepOf(years));
  return Array.from({ length: steps + 1 }, (_, n) => from + ((to - from) * n) / steps);
}

/** Where the value is zero, by its changes of sign between neighbours, and by what comes near zero between them without a change. */
function rootsBetween(valueAt: (x: number) => number, grid: readonly number[]): number[] {
  const values = grid.map(valueAt);
  const roots: number[] = [];
  for (let n = 0; n < grid.length; n++) {
    if (values[n] === 0) roots.push(grid[n]!);
    if (n + 1 < grid.length && values[n]! * values[n + 1]! < 0)
      roots.push(bisected(valueAt, grid[n]!, grid[n + 1]!));
    else if (n > 0 && n + 1 < grid.length) roots.push(...touching(valueAt, grid, values, n));
  }
  return roots.filter((root, n) => n === 0 || root - roots[n - 1]! > 1e-12);
}

function bisected(valueAt: (x: number) => number, low: number, high: number): number {
  const lowSign = Math.sign(valueAt(low));
  for (let n = 0; n < bisections; n++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (Math.sign(valueAt(middle)) === lowSign) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Two roots between three neighbours of one sign, where the middle one is the nearest to zero: found at the extremum, if it crosses. */
function touching(
  valueAt: (x: number) => number,
  grid: readonly number[],
  values: readonly number[],
  n: number,
): number[] {
  const [before, here, after] = [values[n - 1]!, values[n]!, values[n + 1]!];
  const sign = Math.sign(here);
  if (sign === 0 || before * here < 0 || after * here < 0) return [];
  // The lowest point of a parabola through the three lies at most an eighth of this below `here`: it must be able to reach zero. Where only
  // one flow is left to count, years before or after all others, the three are equal.
  const rise = Math.max(Math.abs(before), Math.abs(after)) - Math.abs(here);
  if (Math.abs(here) > Math.abs(before) || Math.abs(here) > Math.abs(after) || Math.abs(here) > rise)
    return [];
  let [low, high] = [grid[n - 1]!, grid[n + 1]!];
  for (let turn = 0; turn < 100; turn++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (valueAt(a) * sign < valueAt(b) * sign) high = b;
    else low = a;
  }
  const extremum = (low + high) / 2;
  if (valueAt(extremum) * sign > 0) return [];
  return [bisected(valueAt, grid[n - 1]!, extremum), bisected(valueAt, extremum, grid[n + 1]!)];
}
