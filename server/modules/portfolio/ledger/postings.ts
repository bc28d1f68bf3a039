// What each kind of transaction posts to the double-entry book. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type {
  Posting,
  PostingAccount,
  TransactionKind,
  TransactionTerms,
} from '../../../../shared/portfolio-transactions.ts';
import { isZero, negate, sum } from './amount.ts';
import { moneyOf, priceInMoney } from './quotes.ts';

type Terms<Kind extends TransactionKind> = Extract<TransactionTerms, { kind: Kind }>;
type TradeKind = 'buy' | 'sell' | 'short' | 'cover';
type Rules = { [Kind in TransactionKind]: (terms: Terms<Kind>) => Posting[] };

/** 1: units come and money goes. −1: the other way round. */
export const signOf: Readonly<Record<TradeKind, '1' | '-1'>> = {
  buy: '1',
  cover: '1',
  sell: '-1',
  short: '-1',
};

/** Of units at a price: `value` is money, exact. */
export function valueOf({
  quantity,
  price,
  currency,
}: {
  quantity: string;
  price: string;
  currency: string;
}) {
  return {
    money: moneyOf(currency),
    value: decimal.multiply(quantity, priceInMoney(price, currency)),
  };
}

const posted = (
  account: PostingAccount,
  currency: string,
  amount: string,
  { instrument = null, quantity = null }: { instrument?: string | null; quantity?: string | null } = {},
): Posting => ({ account, instrument, currency, amount: decimal.canonical(amount), quantity });

function trade(terms: Terms<TradeKind>): Posting[] {
  const { money, value } = valueOf(terms);
  const { kind, instrument, quantity, fee = '0', tax = '0' } = terms;
  const sign = signOf[kind];
  const signed = decimal.multiply(value, sign);
  return [
    posted('holdings', money, signed, { instrument, quantity: decimal.multiply(quantity, sign) }),
    posted('fees', money, fee, { instrument }),
    posted('taxes', money, tax, { instrument }),
    posted('cash', money, negate(sum([signed, fee, tax]))),
  ];
}

/** Money that came from `account`, or below zero went to it. */
const received = (
  account: PostingAccount,
  {
    amount,
    currency,
    instrument = null,
  }: { amount: string; currency: string; instrument?: string | undefined | null },
): Posting[] => [posted(account, currency, negate(amount), { instrument }), posted('cash', currency, amount)];
const paid = (account: PostingAccount, { amount, ...rest }: Parameters<typeof received>[1]) =>
  received(account, { ...rest, amount: negate(amount) });

const rules: Rules = {
  buy: trade,
  sell: trade,
  short: trade,
  cover: trade,
  dividend: ({ tax = '0', ...terms }) => [
    ...received('income', terms),
    ...paid('taxes', { ...terms, amount: tax }),
  ],
  interest: (terms) => received('interest', terms),
  funding: (terms) => received('funding', terms),
  result: (terms) => received('results', terms),
  adjustment: ({ amount, currency }) => received('capital', { amount, currency }),
  fee: (terms) => paid('fees', terms),
  tax: (terms) => paid('taxes', terms),
  deposit: ({ amount, currency }) => received('capital', { amount, currency }),
  withdrawal: ({ amount, currency }) => paid('capital', { amount, currency }),
  split: () => [],
  transfer(terms) {
    const { money, value } = valueOf(terms);
    const { instrument, quantity, direction } = terms;
    const sign = direction === 'in' ? '1' : '-1';
    const signed = decimal.multiply(value, sign);
    return [
      posted('holdings', money, signed, { instrument, quantity: decimal.multiply(quantity, sign) }),
      posted('capital', money, negate(signed), { instrument }),
    ];
  },
  exchange: ({ sold, bought, fee = '0' }) => [
    posted('exchange', sold.currency, sold.amount),
    posted('fees', sold.currency, fee),
    posted('cash', sold.currency, negate(decimal.add(sold.amount, fee))),
    posted('exchange', bought.currency, negate(bought.amount)),
    posted('cash', bought.currency, bought.amount),
  ],
};

/**
 * The postings of a transaction, none of them of nothing; they sum to zero per currency, exactly. A split posts none: it changes units
 * and no money.
 */
export function postingsOf(terms: TransactionTerms): Posting[] {
  const rule = rules[terms.kind] as (terms: TransactionTerms) => Posting[];
  return rule(terms).filter(({ amount, quantity }) => !isZero(amount) || quantity !== null);
}

/** What takes postings back: the same with the other sign. */
export const reversalOf = (postings: readonly Posting[]): Posting[] =>
  postings.map(({ amount, quantity, ...rest }) => ({
    ...rest,
    amount: negate(amount),
    quantity: quantity === null ? null : negate(quantity),
  }));

/** What each currency's postings sum to. */
export function sumsByCurrency(postings: readonly Posting[]): Map<string, string> {
  const sums = new Map<string, string>();
  for (const { currency, amount } of postings)
    sums.set(currency, decimal.add(sums.get(currency) ?? '0', amount));
  return sums;
}
