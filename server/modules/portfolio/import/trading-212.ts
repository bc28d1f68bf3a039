// The history of Trading 212 as CSV, with the currency of each amount in a column of its own. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { isPositive, isZero, magnitude, sum } from '../ledger/amount.ts';
import { moneyOf, priceInMoney } from '../ledger/quotes.ts';
import { readInstant, readNumber, RowProblem } from './cells.ts';
import { instrumentNamed, noteOf } from './names.ts';
import type { Cells, Draft, ImportContext, Profile } from './profile.ts';

const times = ['Time', 'Time (UTC)'] as const;
const columns = [
  'Action',
  'Ticker',
  'No. of shares',
  'Price / share',
  'Currency (Price / share)',
  'Total',
  'Currency (Total)',
  'ID',
] as const;
const charges = [
  ['Currency conversion fee', 'fee'],
  ['Transaction fee', 'fee'],
  ['Finra fee', 'fee'],
  ['PTM levy', 'fee'],
  ['Stamp duty', 'tax'],
  ['Stamp duty reserve tax', 'tax'],
  ['French transaction tax', 'tax'],
] as const;
const withheld = 'Withholding tax';
const currencyOf = (column: string) => `Currency (${column})`;
/** Digits behind the point that the ledger takes in. */
const places = 10;
const round = (amount: string) => decimal.round(amount, places, 'half-even');

export const trading212Profile: Profile = {
  name: 'the history of Trading 212',
  required: () => [times, ...columns.map((column) => [column])],
  reads: () => [
    ...times,
    ...columns,
    ...[...charges.map(([name]) => name), withheld].flatMap((name) => [name, currencyOf(name)]),
  ],
  order: 'oldest first',
  draftsOf(cells, context) {
    const row = read(cells, context);
    const action = cells('Action');
    const trade = /^(?:market|limit|stop|stop limit) (buy|sell)$/i.exec(action)?.[1]?.toLowerCase();
    if (trade === 'buy' || trade === 'sell') return traded(trade, row, context);
    return [cashItem(action, row)];
  },
};

type Row = ReturnType<typeof read>;
function read(cells: Cells, context: ImportContext) {
  const number = (column: string) =>
    decimal.canonical(readNumber(cells(column), { column, mark: context.decimal }));
  const currency = (column: string) => {
    const text = cells(currencyOf(column));
    if (/^[A-Z]{3}$/.test(text)) return text;
    throw new RowProblem(
      `${currencyOf(column)} is ${JSON.stringify(text.slice(0, 10))}: write a currency code`,
    );
  };
  const time = times.find((column) => cells(column) !== '') ?? times[0];
  const zone = context.timeZone ?? 'UTC';
  const at = readInstant(cells(time), { column: time, dates: 'iso', zone });
  const note = noteOf(`Trading 212 ${cells('ID')}`);
  /** Of a column that is often empty. */
  const amountIn = (column: string) =>
    cells(column) === '' || isZero(number(column))
      ? undefined
      : { amount: number(column), currency: currency(column) };
  return {
    draft: (terms: Draft['terms']): Draft => ({ at, terms, note }),
    instrument: () => instrumentNamed(cells('Ticker'), context),
    number,
    currency,
    amountIn,
  };
}

/**
 * A trade, and where it is paid from another money, the exchange that pays for it or takes what comes. Charges in the money of the trade belong to
 * it; those in the money of the account are transactions of their own.
 */
function traded(kind: 'buy' | 'sell', row: Row, { baseCurrency }: ImportContext): Draft[] {
  const [quantity, price] = [row.number('No. of shares'), row.number('Price / share')];
  const quoted = row.currency('Price / share');
  const money = moneyOf(quoted);
  const total = { amount: magnitude(row.number('Total')), currency: row.currency('Total') };
  const value = decimal.multiply(quantity, priceInMoney(price, quoted));
  const paid = charges.flatMap(([name, as]) => {
    const found = row.amountIn(name);
    return found ? [{ as, amount: magnitude(found.amount), currency: found.currency }] : [];
  });
  const chargedIn = (currency: string, as?: 'fee' | 'tax') =>
    sum(
      paid.filter((each) => each.currency === currency && (!as || each.as === as)).map((each) => each.amount),
    );
  if (paid.some(({ currency }) => currency !== money && currency !== total.currency))
    throw new RowProblem('has a charge in a third currency: enter it by hand and name the row in leaveOut');
  const instrument = row.instrument();
  const trade = { kind, instrument, quantity, price, currency: quoted, ...ownCharges() };
  function ownCharges() {
    const [fee, tax] = [chargedIn(money, 'fee'), chargedIn(money, 'tax')];
    return { ...(isPositive(fee) && { fee }), ...(isPositive(tax) && { tax }) };
  }
  const atTrade =
    kind === 'buy' ? decimal.add(value, chargedIn(money)) : decimal.subtract(value, chargedIn(money));
  if (money === total.currency) {
    requireClose(atTrade, total.amount);
    return [row.draft(trade)];
  }
  const charged = chargedIn(total.currency);
  const inAccount =
    kind === 'buy' ? decimal.subtract(total.amount, charged) : decimal.add(total.amount, charged);
  const [ofAccount, ofTrade] = [
    { amount: round(inAccount), currency: total.currency },
    { amount: round(atTrade), currency: money },
  ];
  if (![ofAccount, ofTrade].every(({ amount }) => isPositive(amount)))
    throw new RowProblem('Total is less than its charges: correct the file, or name the row in leaveOut');
  // What was paid is the rate of the trade, so none of the day is needed.
  const rate = decimal.divide(ofAccount.amount, ofTrade.amount, places, 'half-even');
  const rated = total.currency === baseCurrency && isPositive(rate) ? { ...trade, rate } : trade;
  const separate = paid
    .filter(({ currency }) => currency === total.currency)
    .map(({ as, amount, currency }) => row.draft({ kind: as, amount, currency, instrument }));
  return kind === 'buy'
    ? [row.draft({ kind: 'exchange', sold: ofAccount, bought: ofTrade }), row.draft(rated), ...separate]
    : [row.draft(rated), row.draft({ kind: 'exchange', sold: ofTrade, bought: ofAccount }), ...separate];
}

/** Totals are rounded to cents, and a price may be an average: a thousandth and two cents are let be. */
function requireClose(computed: string, total: string): void {
  const off = magnitude(decimal.subtract(computed, total));
  if (decimal.compare(off, decimal.add(decimal.multiply(total, '0.001'), '0.02')) <= 0) return;
  throw new RowProblem(
    `Total is ${total}, and shares × price with its charges is ${computed}: correct the file, or name the row in leaveOut`,
  );
}

function cashItem(action: string, row: Row): Draft {
  const [amount, currency] = [row.number('Total'), row.currency('Total')];
  if (isZero(amount)) throw new RowProblem('Total is 0: nothing was moved, so name the row in leaveOut');
  const word = action.toLowerCase();
  if (word === 'deposit') return row.draft({ kind: 'deposit', amount: magnitude(amount), currency });
  if (word === 'withdrawal') return row.draft({ kind: 'withdrawal', amount: magnitude(amount), currency });
  if (word === 'interest on cash' || word === 'lending interest')
    return row.draft({ kind: 'interest', amount, currency });
  if (word.startsWith('dividend')) return dividend({ amount, currency }, row);
  throw new RowProblem(
    `Action is ${JSON.stringify(action.slice(0, 60))}, of which nothing is known: enter it by hand and name the row in leaveOut`,
  );
}

/** Total is what came: tax that was withheld in the same money is added to it, and tax in another is part of the price nobody paid. */
function dividend({ amount, currency }: { amount: string; currency: string }, row: Row): Draft {
  const tax = row.amountIn(withheld);
  const instrument = row.instrument();
  return tax?.currency === currency
    ? row.draft({
        kind: 'dividend',
        instrument,
        amount: decimal.add(amount, magnitude(tax.amount)),
        tax: magnitude(tax.amount),
        currency,
      })
    : row.draft({ kind: 'dividend', instrument, amount, currency });
}
