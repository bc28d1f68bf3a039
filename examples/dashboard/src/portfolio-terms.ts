// What is typed for a transaction: which fields each kind has, and the terms that they make. Pure.
import type { TransactionKind } from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';

export interface TermField {
  /** In the terms: `sold.amount` lies in `sold`. */
  name: string;
  label: string;
  /** Numbers are above zero; `price` may be zero, `signed` below. */
  as: 'symbol' | 'currency' | 'number' | 'price' | 'signed' | 'direction';
  optional?: true;
}
const field = (name: string, label: string, as: TermField['as'], optional?: true): TermField => ({
  name,
  label,
  as,
  ...(optional && { optional }),
});
const instrument = field('instrument', 'Instrument', 'symbol');
const about = field('instrument', 'Of an instrument', 'symbol', true);
const currency = field('currency', 'Currency', 'currency');
const rate = field('rate', 'Exchange rate to the base currency', 'number', true);
const fee = field('fee', 'Fee', 'number', true);
const tax = field('tax', 'Tax', 'number', true);
const quantity = field('quantity', 'Units', 'number');
const price = field('price', 'Price of a unit', 'price');
const amount = field('amount', 'Amount', 'number');
const signedAmount = field('amount', 'Amount, below zero: paid', 'signed');
const traded = [instrument, quantity, price, currency, fee, tax, rate];

const fieldsByKind: Record<TransactionKind, readonly TermField[]> = {
  buy: traded,
  sell: traded,
  short: traded,
  cover: traded,
  dividend: [instrument, signedAmount, currency, tax, rate],
  interest: [signedAmount, currency, about, rate],
  fee: [amount, currency, about, rate],
  tax: [amount, currency, about, rate],
  deposit: [amount, currency, rate],
  withdrawal: [amount, currency, rate],
  split: [instrument, field('newUnits', 'New units', 'number'), field('oldUnits', 'For old units', 'number')],
  transfer: [field('direction', 'Direction', 'direction'), instrument, quantity, price, currency, rate],
  funding: [instrument, signedAmount, currency, rate],
  result: [signedAmount, currency, about, rate],
  adjustment: [signedAmount, currency, rate],
  exchange: [
    field('sold.amount', 'Sold', 'number'),
    field('sold.currency', 'Currency sold', 'currency'),
    field('bought.amount', 'Bought', 'number'),
    field('bought.currency', 'Currency bought', 'currency'),
    fee,
  ],
};

export type Texts = Readonly<Record<string, string>>;

/** Those that are to be shown: a rate only where the money is another than the base currency. */
export const fieldsOfKind = (kind: TransactionKind, texts: Texts, base: string): readonly TermField[] =>
  fieldsByKind[kind].filter(({ name }) => name !== 'rate' || (texts['currency'] ?? base) !== base);

/** A number as decimal text, or what is wrong with it. */
export function readNumber(
  typed: string,
  as: TermField['as'] = 'number',
): { value: string } | { missed: string } {
  const text = typed.trim();
  if (as === 'price' && /^0+([.,]0+)?$/.test(text)) return { value: '0' };
  const minus = as === 'signed' && /^[-−]/.test(text);
  const value = typedDecimal(minus ? text.slice(1) : text);
  if (value !== undefined) return { value: minus ? decimal.multiply(value, '-1') : value };
  return {
    missed:
      askedBack(text) ?? (as === 'signed' ? 'Give a number, such as 10 or -10' : 'Give a number above zero'),
  };
}

/** The terms, or by `terms.NAME` what is wrong; the server says the rest by the same names. */
export function readTerms(
  kind: TransactionKind,
  texts: Texts,
  base: string,
): { terms: object } | { missed: Record<string, string> } {
  const missed: Record<string, string> = {};
  const terms: Record<string, unknown> = { kind };
  for (const { name, as, optional } of fieldsOfKind(kind, texts, base)) {
    const typed = texts[name]?.trim() ?? (as === 'currency' ? base : as === 'direction' ? 'in' : '');
    const [outer, inner] = name.split('.') as [string, string | undefined];
    if (typed === '') {
      if (!optional) missed[`terms.${name}`] = 'Is needed';
      continue;
    }
    const isNumber = as === 'number' || as === 'price' || as === 'signed';
    const read = isNumber ? readNumber(typed, as) : { value: typed };
    if ('missed' in read) missed[`terms.${name}`] = read.missed;
    else if (inner === undefined) terms[outer] = read.value;
    else terms[outer] = { ...(terms[outer] as object | undefined), [inner]: read.value };
  }
  return Object.keys(missed).length > 0 ? { missed } : { terms };
}
