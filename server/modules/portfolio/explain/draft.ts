// A term of an explanation before its parts are listed: it knows its value, which the figure's own functions gave, and how to list them. Pure.
import type {
  ExplainedTerm,
  TermTransaction,
  TransactionRate,
} from '../../../../shared/portfolio-explain.ts';
import type { UsedPrice } from '../../../../shared/portfolio-holdings.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { known, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';

export interface Draft {
  name: string;
  minus: boolean;
  currency: string | null;
  value: string | null;
  made: Made;
}
type Made =
  | { is: 'sum'; parts: () => readonly Draft[] }
  | { is: 'product'; parts: readonly Draft[] }
  | { is: 'share'; whole: Draft; part: string; of: string }
  | { is: 'taken'; transaction: TermTransaction; part: string; of: string }
  | { is: 'transaction'; transaction: TermTransaction }
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
/** A sum that no function of the module has told apart. */
export const totalled = (named: Named, parts: readonly Draft[]): Draft =>
  sumOf(named, totalOf(parts), () => parts);
export const productOf = (named: Named, parts: readonly Draft[]): Draft => {
  const values = parts.map(({ value }) => value);
  const value = values.includes(null) ? null : (values as string[]).reduce(decimal.multiply);
  return draft(named, value, { is: 'product', parts });
};
export const inTransaction = (
  named: Named,
  value: string,
  { id, at, on, terms: { kind } }: LedgerEntry,
): Draft => draft(named, decimal.canonical(value), { is: 'transaction', transaction: { id, at, on, kind } });
export const atPrice = (price: UsedPrice | null): Draft =>
  draft({ name: 'price', currency: null }, price && price.price, { is: 'price', price });
export const atRate = (rate: TransactionRate | null): Draft =>
  draft({ name: 'rate', currency: null }, rate && rate.rate, { is: 'rate', rate });

const signed = ({ minus, value }: Draft) => (minus ? known((a) => decimal.subtract('0', a), value) : value);
function totalOf(parts: readonly Draft[]): string | null {
  const values = parts.map(signed);
  return values.includes(null) ? null : sum(values as string[]);
}

/**
 * The term with some `most` terms below it: those near the top first, of a sum the first ones, and what the others come to. Products and
 * shares are listed whole.
 */
export function listed(root: Draft, most: number): ExplainedTerm {
  let left = most;
  const queue: (() => void)[] = [];
  const add = (parent: ExplainedTerm[], term: Draft) => {
    const { made, ...of } = term;
    left -= 1;
    switch (made.is) {
      case 'sum': {
        const out = { ...of, is: 'sum' as const, parts: [], rest: null };
        parent.push(out);
        queue.push(() => fill(out, term, made.parts));
        return;
      }
      case 'product':
      case 'share': {
        const { parts, ...how } = made.is === 'product' ? made : { ...made, parts: [made.whole] };
        const out = { ...of, ...withoutWhole(how), parts: [] } as ExplainedTerm & { parts: ExplainedTerm[] };
        parent.push(out);
        queue.push(() => parts.forEach((part) => add(out.parts, part)));
        return;
      }
      default:
        parent.push({ ...of, ...made });
    }
  };
  const fill = (out: Extract<ExplainedTerm, { is: 'sum' }>, term: Draft, partsOf: () => readonly Draft[]) => {
    if (left <= 0) {
      out.rest = { parts: null, value: term.value };
      return;
    }
    const parts = partsOf();
    const shown = Math.min(parts.length, left);
    for (const part of parts.slice(0, shown)) add(out.parts, part);
    if (shown < parts.length) out.rest = { parts: parts.length - shown, value: totalOf(parts.slice(shown)) };
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
