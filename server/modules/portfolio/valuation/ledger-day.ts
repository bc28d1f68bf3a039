// One day of a portfolio: what it was worth at the end of it, what came and went, what its postings made, and from what the next day goes on. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import { isNegative, known, negate, sum } from '../ledger/amount.ts';
import type { Posting } from '../../../../shared/portfolio-transactions.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { moveOn, noBalances, type Balances } from './balances.ts';
import type { PriceBook } from './price-book.ts';
import { rateWithin, type Base } from './rates.ts';
import { totalOf, worthOf } from './worth.ts';

/** Money is in the base currency unless a currency is named. */
export interface LedgerDay {
  on: string;
  /** At the end of the day; null while a price or rate is missing. */
  value: string | null;
  /** Neither is below zero; null where a rate is missing. */
  inflow: string | null;
  outflow: string | null;
  /** For the value; for the flows: `missingOfFlows`. */
  missing: Missing[];
  /** Each amount that came from outside (above zero) or went, in order; null where its rate is missing. */
  flows: { currency: string; amount: string | null }[];
  /** What the postings of the day made, by instrument, `cash` or `other`; null where a rate is missing. */
  gains: { of: string; gain: string }[] | null;
  /** Units at the end of the day, below zero sold short; what they are dealt in; and their worth. */
  holdings: { instrument: string; quantity: string; currency: string; worth: string | null }[];
  cash: { currency: string; amount: string; worth: string | null }[];
}
/** Without what the next day goes on from. */
export type DayFigures = Omit<LedgerDay, 'holdings' | 'cash'>;
export interface Valuing {
  base: string;
  book: PriceBook;
}

/** Before its first transaction a portfolio is worth nothing. */
export const emptyDay = (on: string): LedgerDay => ({
  on,
  value: '0',
  inflow: '0',
  outflow: '0',
  missing: [],
  flows: [],
  gains: [],
  holdings: [],
  cash: [],
});

/**
 * Each of `days`, which are in order. `entries` stand, are in order and come after `since`, the day from which to go on; what is dated
 * before the first of the days counts with it.
 */
export function* walkDays(
  entries: readonly LedgerEntry[],
  days: Iterable<string>,
  { base, book }: Valuing,
  since?: LedgerDay,
): Generator<LedgerDay> {
  const { balances, moneyBy } = openingOf(since);
  const rates = { currency: base, book };
  let next = 0;
  for (const on of days) {
    const ofDay: LedgerEntry[] = [];
    for (; next < entries.length && entries[next]!.on <= on; next++) {
      moveOn(balances, entries[next]!);
      ofDay.push(entries[next]!);
    }
    noteMoney(moneyBy, ofDay);
    const worth = worthOf(balances, { base, book, moneyBy }, on);
    const flows = flowsOf(ofDay, rates);
    yield {
      on,
      value: totalOf(worth),
      ...inAndOut(flows),
      missing: worth.missing,
      flows,
      gains: gainsOf(ofDay, rates),
      holdings: [...balances.units].map(([instrument, quantity]) => ({
        instrument,
        quantity,
        currency: moneyBy.get(instrument)!,
        worth: worth.holdings.get(instrument)!,
      })),
      cash: [...balances.cash].map(([currency, amount]) => ({
        currency,
        amount,
        worth: worth.cash.get(currency)!,
      })),
    };
  }
}

function openingOf(since: LedgerDay | undefined): { balances: Balances; moneyBy: Map<string, string> } {
  const balances = noBalances();
  for (const { instrument, quantity } of since?.holdings ?? []) balances.units.set(instrument, quantity);
  for (const { currency, amount } of since?.cash ?? []) balances.cash.set(currency, amount);
  const moneyBy = new Map(since?.holdings.map(({ instrument, currency }) => [instrument, currency]));
  return { balances, moneyBy };
}
/** The ledger lets an instrument be dealt in one money. */
function noteMoney(moneyBy: Map<string, string>, entries: readonly LedgerEntry[]): void {
  for (const { postings } of entries)
    for (const { account, instrument, currency } of postings)
      if (account === 'holdings' && instrument !== null && !moneyBy.has(instrument))
        moneyBy.set(instrument, currency);
}

/** What a posting moved, in the base currency at the rate of its transaction; null where that is missing. */
export interface PostedAmount {
  entry: LedgerEntry;
  posting: Posting;
  amount: string | null;
}
/** The other sign of each posting: what it brought. */
function* brought(entries: readonly LedgerEntry[], base: Base): Generator<PostedAmount> {
  for (const entry of entries)
    for (const posting of entry.postings) {
      const rate = rateWithin(entry, posting.currency, base);
      const amount = known((known) => decimal.multiply(negate(posting.amount), known), rate);
      yield { entry, posting, amount };
    }
}
/** Deposits, withdrawals and transfers: above zero what came from outside. */
export const flowsWithin = (entries: readonly LedgerEntry[], base: Base): PostedAmount[] =>
  [...brought(entries, base)].filter(({ posting }) => posting.account === 'capital');
/** Of whom each other posting is, and what it made for that. */
export const gainsWithin = (entries: readonly LedgerEntry[], base: Base): (PostedAmount & { of: string })[] =>
  [...brought(entries, base)]
    .filter(({ posting }) => posting.account !== 'capital') // from outside: nobody's gain
    .map((part) => ({
      ...part,
      of: part.posting.account === 'cash' ? cashPart : (part.posting.instrument ?? other),
    }));

const flowsOf = (entries: readonly LedgerEntry[], base: Base): LedgerDay['flows'] =>
  flowsWithin(entries, base).map(({ posting: { currency }, amount }) => ({ currency, amount }));
function inAndOut(flows: LedgerDay['flows']): Pick<LedgerDay, 'inflow' | 'outflow'> {
  const amounts = flows.flatMap(({ amount }) => amount ?? []);
  if (amounts.length < flows.length) return { inflow: null, outflow: null };
  return {
    inflow: sum(amounts.filter((amount) => !isNegative(amount))),
    outflow: negate(sum(amounts.filter(isNegative))),
  };
}
/** The rates that are missing for the flows of a day. */
export const missingOfFlows = ({ on, flows }: DayFigures): Missing[] =>
  flows.flatMap(({ currency, amount }): Missing[] =>
    amount === null ? [{ what: 'rate', of: currency, on }] : [],
  );

/** Interest and costs of nothing in particular, and what an exchange of currencies cost beside its rate. */
const other = 'other';
/** What changes of exchange rates made of cash. */
export const cashPart = 'cash';

/** Less what was put into each, plus its income less its costs: with its worth at both ends it is what each made. */
function gainsOf(entries: readonly LedgerEntry[], base: Base): LedgerDay['gains'] {
  const gains = new Map<string, string>();
  for (const { of, amount } of gainsWithin(entries, base)) {
    if (amount === null) return null;
    gains.set(of, decimal.add(gains.get(of) ?? '0', amount));
  }
  return [...gains].map(([of, gain]) => ({ of, gain }));
}
