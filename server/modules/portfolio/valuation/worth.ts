// What balances are worth on a day, in the base currency, and what is missing to say so. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import { sum } from '../ledger/amount.ts';
import type { Balances } from './balances.ts';
import type { PriceBook } from './price-book.ts';

export interface Worth {
  /** By instrument; null where its price or rate is missing. */
  holdings: Map<string, string | null>;
  /** By currency. */
  cash: Map<string, string | null>;
  missing: Missing[];
}

export interface WorthQuestion {
  base: string;
  book: PriceBook;
  /** The money that each instrument is kept in: a price in another is none of it. */
  moneyBy: ReadonlyMap<string, string>;
}

export function worthOf(
  { units, cash }: Balances,
  { base, book, moneyBy }: WorthQuestion,
  on: string,
): Worth {
  const missing: Missing[] = [];
  const inBase = (amount: string, currency: string): string | null => {
    const rate = book.rate(currency, base, on);
    if (rate) return decimal.multiply(amount, rate.rate);
    missing.push({ what: 'rate', of: currency, on });
    return null;
  };
  const holdings = [...units].map(([instrument, quantity]) => {
    const found = book.price(instrument, on, quantity);
    if (found && found.currency === moneyBy.get(instrument))
      return [instrument, inBase(decimal.multiply(quantity, found.price), found.currency)] as const;
    missing.push({ what: 'price', of: instrument, on });
    return [instrument, null] as const;
  });
  return {
    holdings: new Map(holdings),
    cash: new Map([...cash].map(([currency, amount]) => [currency, inBase(amount, currency)])),
    missing,
  };
}

/** Null while anything of it is. */
export function totalOf({ holdings, cash }: Pick<Worth, 'holdings' | 'cash'>): string | null {
  const all = [...holdings.values(), ...cash.values()];
  return all.includes(null) ? null : sum(all as string[]);
}
