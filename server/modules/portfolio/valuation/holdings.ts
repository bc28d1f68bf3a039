// What is held at an instant, by a method of cost basis: units, cost, value and gain of each instrument, and the cash. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { CostMethod, Missing } from '../../../../shared/portfolio.ts';
import type {
  CashBalance,
  CurrencyEffects,
  Holding,
  Holdings,
} from '../../../../shared/portfolio-holdings.ts';
import { isZero, known, magnitude, negate, placesKept, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import { lotEventsOf } from '../lots/events.ts';
import { gainOf, type Lot, type Matched } from '../lots/lot.ts';
import { matchLots } from '../lots/methods.ts';
import { moveOn, noBalances } from './balances.ts';
import { effectsOf, oppositeEffects, sumOfEffects } from './effects.ts';
import type { PriceBook } from './price-book.ts';
import { rateWithin, type Base } from './rates.ts';
import { eachOnce } from './missing.ts';

export interface HoldingsQuestion {
  method: CostMethod;
  base: string;
  book: PriceBook;
  /** The day whose prices and rates count. */
  on: string;
}
type Answer = Pick<Holdings, 'holdings' | 'cash' | 'valueBase' | 'missing'>;

/** `entries` stand and are in order, up to the instant that is asked for. What is closed stays in the list with 0 units, for what it made. */
export function holdingsOf(entries: readonly LedgerEntry[], asked: HoldingsQuestion): Answer {
  const { method, base, book } = asked;
  const missing: Missing[] = [];
  const balances = noBalances();
  for (const entry of entries) moveOn(balances, entry);
  const events = lotEventsOf(entries, { currency: base, book });
  const incomes = incomeOf(entries, { currency: base, book });
  const instruments = [...new Set([...events.keys(), ...incomes.keys()])].toSorted();
  const currencies = currencyByInstrument(entries);
  const holdings = instruments.map((instrument) =>
    holdingOf(
      {
        instrument,
        currency: currencies.get(instrument)!,
        quantity: balances.units.get(instrument) ?? '0',
        incomeBase: incomes.has(instrument) ? incomes.get(instrument)! : '0',
        matched: matchLots(method, events.get(instrument) ?? []),
      },
      asked,
      missing,
    ),
  );
  const cash = [...balances.cash].map(([currency, amount]) =>
    cashOf(currency, amount, entries, asked, missing),
  );
  const values = [...holdings.map(({ valueBase }) => valueBase), ...cash.map(({ amountBase }) => amountBase)];
  return {
    holdings,
    cash,
    valueBase: values.includes(null) ? null : sum(values as string[]),
    missing: eachOnce(missing),
  };
}

interface Position {
  instrument: string;
  currency: string;
  quantity: string;
  incomeBase: string | null;
  matched: Matched;
}

function holdingOf(
  { instrument, currency, quantity, incomeBase, matched: { lots, matches } }: Position,
  { base, book, on }: HoldingsQuestion,
  missing: Missing[],
): Holding {
  const cost = sum(lots.map(({ value }) => value));
  const dealingCosts = sum(lots.map(({ costs }) => costs));
  const found = book.price(instrument, on, quantity);
  // A price in another money than it was paid for in is no price of what is held here.
  const price = found?.currency === currency ? found : undefined;
  const isOpen = !isZero(quantity);
  if (!price && isOpen) missing.push({ what: 'price', of: instrument, on });
  const rate = book.rate(currency, base, on);
  if (!rate && isOpen) missing.push({ what: 'rate', of: currency, on });
  const value = isOpen ? known((each) => decimal.multiply(quantity, each), price?.price ?? null) : '0';
  const owed = quantity.startsWith('-') ? negate(cost) : cost;
  const valueBase = known(
    (amount, per) => decimal.multiply(amount, per),
    value,
    isOpen ? (rate?.rate ?? null) : '1',
  );
  const gains = matches.map(gainOf);
  const realisedBase = gains.map(({ netBase }) => netBase);
  const effects =
    (rate || !isOpen) && value !== null
      ? effectsOfLots(lots, { price: price?.price ?? '0', rate: rate?.rate ?? '0' })
      : null;
  const openCostsBase = lots.map(({ costsBase }) => costsBase);
  return {
    instrument,
    currency,
    quantity,
    cost,
    averagePrice: isOpen ? decimal.divide(cost, magnitude(quantity), placesKept.money, 'half-even') : null,
    dealingCosts,
    price: price ?? null,
    value,
    unrealised: value === null ? null : decimal.subtract(decimal.subtract(value, owed), dealingCosts),
    realised: sum(gains.map(({ net }) => net)),
    incomeBase,
    valueBase,
    unrealisedBase:
      effects && !openCostsBase.includes(null)
        ? decimal.subtract(effects.total, sum(openCostsBase as string[]))
        : null,
    realisedBase: realisedBase.includes(null) ? null : sum(realisedBase as string[]),
    effects,
    rate: rate && currency !== base ? rate : null,
  };
}

/** Of what is open, lot by lot; null where the rate of an opening is missing. */
function effectsOfLots(
  lots: readonly Lot[],
  { price, rate }: { price: string; rate: string },
): CurrencyEffects | null {
  const all = lots.map(({ side, quantity, value, valueBase }) => {
    if (valueBase === null) return null;
    const worth = decimal.multiply(quantity, price);
    const effects = effectsOf(
      { value, valueBase },
      { value: worth, valueBase: decimal.multiply(worth, rate) },
    );
    return side === 'long' ? effects : oppositeEffects(effects);
  });
  return all.includes(null) ? null : sumOfEffects(all as CurrencyEffects[]);
}

/** What an instrument brought and cost beside its trades, at the rates of the transactions; null where one is missing. */
function incomeOf(entries: readonly LedgerEntry[], base: Base): Map<string, string | null> {
  const incomes = new Map<string, string | null>();
  for (const { entry, posting, instrument } of incomePostings(entries)) {
    const { amount, currency } = posting;
    const inBase = known((per) => decimal.multiply(amount, per), rateWithin(entry, currency, base));
    incomes.set(
      instrument,
      known(decimal.subtract, incomes.has(instrument) ? incomes.get(instrument)! : '0', inBase),
    );
  }
  return incomes;
}
/** What income is less the sum of. */
export const incomePostings = (entries: readonly LedgerEntry[]) =>
  entries.flatMap((entry) =>
    'quantity' in entry.terms
      ? []
      : entry.postings.flatMap((posting) => {
          const { account, instrument } = posting;
          return instrument === null || account === 'cash' ? [] : [{ entry, posting, instrument }];
        }),
  );

function cashOf(
  currency: string,
  amount: string,
  entries: readonly LedgerEntry[],
  { base, book, on }: HoldingsQuestion,
  missing: Missing[],
): CashBalance {
  const rate = book.rate(currency, base, on);
  if (!rate) missing.push({ what: 'rate', of: currency, on });
  const amountBase = known((per) => decimal.multiply(amount, per), rate?.rate ?? null);
  const came = cameInBase(entries, currency, { currency: base, book });
  return {
    currency,
    amount,
    amountBase,
    exchangeEffect: known(decimal.subtract, amountBase, came),
    rate: rate && currency !== base ? rate : null,
  };
}
/** What the cash of a currency was worth as it came and went, at the rates of the transactions. */
function cameInBase(entries: readonly LedgerEntry[], currency: string, base: Base): string | null {
  const amounts = cashMoves(entries, currency).map(({ entry, amount }) =>
    known((per) => decimal.multiply(amount, per), rateWithin(entry, currency, base)),
  );
  return amounts.includes(null) ? null : sum(amounts as string[]);
}
/** What each transaction moved of a currency's cash. */
export const cashMoves = (entries: readonly LedgerEntry[], currency: string) =>
  entries.flatMap((entry) => {
    const moved = entry.postings.filter(
      (posting) => posting.account === 'cash' && posting.currency === currency,
    );
    return moved.length === 0 ? [] : [{ entry, amount: sum(moved.map(({ amount }) => amount)) }];
  });
