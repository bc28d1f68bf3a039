// A term of an explanation before its parts are listed: it knows its value, which the figure's own functions gave, and how to list them. Pure.
import type {
  ExplainedTerm,
  TermTransaction,
  TransactionRate,
} from '../../../../shared/portfolio-explained-term.ts';
import type { UsedPrice } from '../../../../shared/portfolio-holdings.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { known, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { furthest, quotient } from '../performance/trade-statistics.ts';

export interface Draft {
  name: string;
  minus: boolean;
  currency: string | null;
  value: string | null;
  made: Made;
}
type Made =
  | { is: 'sum' | 'largest'; parts: () => readonly Draft[] }
  | { is: 'product'; parts: readonly Draft[] }
  | { is: 'quotient'; parts: readonly Draft[]; places: number }
  | { is: 'share'; whole: Draft; part: string; of: string }
  | { is: 'taken'; transaction: TermTransaction; part: string; of: string }
  | { is: 'transaction'; transaction: TermTransaction }
  | { is: 'trade'; opened: TermTransaction; closed: TermTransaction }
  | { is: 'price'; price: UsedPrice | null }
  | { is: 'rate'; rate: TransactionRate | null };
type Named = Pick<Draft, 'name' | 'currency'>;

export const draft = (named: Named, value: string | null, made: Made): Draft => ({
  ...named,
  minus: false,
  value,
  made,
});
export const minus = (term: Draft): Draft => ({ ...term, minus: !term.minus });
/** `parts` are listed when they are wanted: a ledger has more than an answer. */
export const sumOf = (named: Named, value: string | null, parts: () => readonly Draft[]): Draft =>
  draft(named, value, { is: 'sum', parts });
/** A sum of nothing. */
export const isEmpty = ({ made }: Draft): boolean => made.is === 'sum' && made.parts().length === 0;
/** A sum that no function of the module has told apart. */
export const totalled = (named: Named, parts: readonly Draft[]): Draft =>
  sumOf(named, totalOf(parts), () => parts);
/** The one furthest from zero; null for none. */
export const largestOf = (named: Named, parts: readonly Draft[]): Draft =>
  draft(named, furthestOf(parts), { is: 'largest', parts: () => parts });
export const productOf = (named: Named, parts: readonly Draft[]): Draft => {
  const values = parts.map(({ value }) => value);
  const value = values.includes(null) ? null : (values as string[]).reduce(decimal.multiply);
  return draft(named, value, { is: 'product', parts });
};
/** Null where there is nothing to divide by. */
export const quotientOf = (named: Named, parts: readonly [Draft, Draft], places: number): Draft => {
  const [a, b] = parts.map(signed) as [string | null, string | null];
  const value = a === null || b === null ? null : quotient(a, b, places);
  return draft(named, value, { is: 'quotient', parts, places });
};
export const transactionOf = ({ id, at, on, terms: { kind } }: LedgerEntry): TermTransaction => ({
  id,
  at,
  on,
  kind,
});
export const inTransaction = (named: Named, value: string, entry: LedgerEntry): Draft =>
  draft(named, decimal.canonical(value), { is: 'transaction', transaction: transactionOf(entry) });
export const atPrice = (price: UsedPrice | null): Draft =>
  draft({ name: 'price', currency: null }, price && price.price, { is: 'price', price });
export const atRate = (rate: TransactionRate | null): Draft =>
  draft({ name: 'rate', currency: null }, rate && rate.rate, { is: 'rate', rate });

const signed = ({ minus, value }: Draft) => (minus ? known((a) => decimal.subtract('0', a), value) : value);
function totalOf(parts: readonly Draft[]): string | null {
  const values = parts.map(signed);
  return values.includes(null) ? null : sum(values as string[]);
}
function furthestOf(parts: readonly Draft[]): string | null {
  const values = parts.map(signed);
  return values.includes(null) ? null : values.reduce<string | null>(furthest, null);
}

type Listing = Extract<ExplainedTerm, { is: 'sum' | 'largest' }>;
/**
 * The term with some `most` terms below it: those near the top first, of a sum the first ones, and what the others come to. Products,
 * quotients and shares are listed whole.
 */
export function listed(root: Draft, most: number): ExplainedTerm {
  let left = most;
  const queue: (() => void)[] = [];
  const add = (parent: ExplainedTerm[], term: Draft) => {
    const { made, ...of } = term;
    left -= 1;
    switch (made.is) {
      case 'sum':
      case 'largest': {
        const out = { ...of, is: made.is, parts: [], rest: null };
        parent.push(out);
        queue.push(() => fill(out, term, made.parts));
        return;
      }
      case 'product':
      case 'quotient':
      case 'share': {
        const { parts, ...how } = made.is === 'share' ? { ...made, parts: [made.whole] } : made;
        const out = { ...of, ...withoutWhole(how), parts: [] } as ExplainedTerm & { parts: ExplainedTerm[] };
        parent.push(out);
        queue.push(() => parts.forEach((part) => add(out.parts, part)));
        return;
      }
      default:
        parent.push({ ...of, ...made });
    }
  };
  const fill = (out: Listing, term: Draft, partsOf: () => readonly Draft[]) => {
    if (left <= 0) {
      out.rest = { parts: null, value: term.value };
      return;
    }
    const parts = partsOf();
    const shown = Math.min(parts.length, left);
    for (const part of parts.slice(0, shown)) add(out.parts, part);
    const others = parts.slice(shown);
    const comeTo = out.is === 'sum' ? totalOf : furthestOf;
    if (others.length > 0) out.rest = { parts: others.length, value: comeTo(others) };
  };
  const top: ExplainedTerm[] = [];
  add(top, root);
  for (const step of queue) step();
  return top[0]!;
}
const withoutWhole = <How extends object>(how: How): Omit<How, 'whole'> => {
  const { whole: _whole, ...rest } = how as How & { whole?: unknown };
  return rest;
};
