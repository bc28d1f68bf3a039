// The prices and rates that a ledger is valued by, gathered: as entered, and as the broker's markets quote and quoted them.
import type { Db, Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import { moneyOf } from '../ledger/quotes.ts';
import { dayAfter, type Period } from '../performance/days.ts';
import type { Quote, QuotedMarket, Quotes } from '../ports.ts';
import { daysBefore, type BookQuestion, type PortfolioRow, type PortfolioStore } from '../store.ts';
import { moveOn, noBalances, type Balances } from './balances.ts';
import type { LedgerDay } from './ledger-day.ts';
import { createPriceBook, type PriceBook, type QuotedPrice } from './price-book.ts';
import { currenciesOf } from './rates.ts';

/** What prices are wanted of: all of it follows from the entries that stand. */
export interface Priced {
  balances: Balances;
  /** Instruments of which units are, or were, held: others, as those of results, have no price. */
  dealt: ReadonlySet<string>;
  /** The money that each instrument is kept in. */
  moneyBy: ReadonlyMap<string, string>;
  currencies: readonly string[];
}
/** The instrument whose units a transaction moves. */
export const dealtIn = ({ terms }: Pick<LedgerEntry, 'terms'>): string[] =>
  'quantity' in terms ? [terms.instrument] : [];

/** `entries` stand, are in order, and come after the day `since`. */
export function pricedOf(
  entries: readonly LedgerEntry[],
  { holdings, cash }: Pick<LedgerDay, 'holdings' | 'cash'> = { holdings: [], cash: [] },
): Priced {
  const balances = noBalances();
  for (const { instrument, quantity } of holdings) balances.units.set(instrument, quantity);
  for (const { currency, amount } of cash) balances.cash.set(currency, amount);
  for (const entry of entries) moveOn(balances, entry);
  return {
    balances,
    dealt: new Set([...holdings.map(({ instrument }) => instrument), ...entries.flatMap(dealtIn)]),
    moneyBy: new Map([
      ...holdings.map(({ instrument, currency }) => [instrument, currency] as const),
      ...currencyByInstrument(entries),
    ]),
    currencies: [
      ...new Set([
        ...[...holdings, ...cash].map(({ currency }) => currency),
        ...entries.flatMap(({ terms }) => currenciesOf(terms)),
      ]),
    ],
  };
}

/** What a book is made of that was entered. */
export type EnteredRows = Awaited<ReturnType<PortfolioStore['bookRows']>>;
export const enteredRows = (
  { store, on }: { store: PortfolioStore; on: Db | Tx },
  { userId, baseCurrency }: Pick<PortfolioRow, 'userId' | 'baseCurrency'>,
  { moneyBy, currencies }: Priced,
  days: Pick<BookQuestion, 'from' | 'to' | 'ratesToo'>,
): Promise<EnteredRows> =>
  store.bookRows(on, {
    userId,
    instruments: [...moneyBy.keys()],
    currencies: [...new Set([baseCurrency, ...currencies])],
    ...days,
  });

/** Of what was entered alone. `entries` stand and are in order. */
export async function enteredBook(
  where: { store: PortfolioStore; on: Db | Tx },
  portfolio: Pick<PortfolioRow, 'userId' | 'baseCurrency'>,
  entries: readonly LedgerEntry[],
  days: Pick<BookQuestion, 'from' | 'to' | 'ratesToo'>,
): Promise<PriceBook> {
  const { prices, rates } = await enteredRows(where, portfolio, pricedOf(entries), days);
  return createPriceBook(prices, rates);
}

/** Whether a market of the broker may bear this name, such as `CS.D.EURUSD.CFD.IP`: no other instrument is priced by it. */
export const mayBeQuoted = (instrument: string): boolean => instrument.split('.').length > 3;

export type Books = ReturnType<typeof createBooks>;

export function createBooks({
  db,
  store,
  quotes,
  clock,
}: {
  db: Db;
  store: PortfolioStore;
  quotes: Quotes;
  clock: Clock;
}) {
  /** Those of `instruments` that the broker quotes in the money they are kept in. */
  const marketsOf = async (
    { userId }: PortfolioRow,
    { moneyBy }: Priced,
    instruments: readonly string[],
  ): Promise<QuotedMarket[]> => {
    const asked = instruments.filter(mayBeQuoted);
    const found = asked.length > 0 ? await quotes.markets(userId, asked) : [];
    return found.filter(({ epic, currency }) => moneyOf(currency) === moneyBy.get(epic));
  };
  async function closesOf(
    { timeZone }: PortfolioRow,
    markets: readonly QuotedMarket[],
    { from, to }: Period,
  ): Promise<QuotedPrice[]> {
    const closes: QuotedPrice[] = [];
    for (const market of markets) {
      const days = await quotes.closes(market, { from: dayAfter(from, -daysBefore), to, timeZone });
      for (const { on, bid, offer } of days) closes.push(priceOf(market, on, { bid, offer }));
    }
    return closes;
  }
  /** What the markets of these quote now, of today. */
  async function nowOf(markets: readonly QuotedMarket[], today: string): Promise<Map<string, QuotedPrice>> {
    const found = new Map<string, QuotedPrice>();
    for (const [feed, own] of Map.groupBy(markets, (market) => market.feed)) {
      const now = await quotes.now(
        feed,
        own.map(({ epic }) => epic),
      );
      for (const market of own) {
        const quote = now.get(market.epic);
        if (quote) found.set(market.epic, priceOf(market, today, quote));
      }
    }
    return found;
  }

  /** What was entered, and what the broker's markets quoted in a period: the prices of this moment included where it ends today. */
  async function quoted(
    portfolio: PortfolioRow,
    priced: Priced,
    { prices, rates }: EnteredRows,
    period: Period,
  ): Promise<PriceBook> {
    const held = priced.balances.units;
    const isOneDay = period.from === period.to;
    const markets = await marketsOf(portfolio, priced, [...(isOneDay ? held.keys() : priced.dealt)]);
    const closes = await closesOf(portfolio, markets, period);
    const today = dateIn(portfolio.timeZone, clock.now().getTime());
    const moving = period.to === today ? markets.filter(({ epic }) => held.has(epic)) : [];
    const now = await nowOf(moving, today);
    return createPriceBook(prices, rates, { closes, live: (instrument) => now.get(instrument) });
  }

  return {
    quoted,
    /** Rates and entered prices: for what needs no other. */
    entered: (portfolio: PortfolioRow, entries: readonly LedgerEntry[], period: Period): Promise<PriceBook> =>
      enteredBook({ store, on: db }, portfolio, entries, period),
    /** All that may count in a period. */
    async whole(
      portfolio: PortfolioRow,
      entries: readonly LedgerEntry[],
      period: Period,
    ): Promise<PriceBook> {
      const priced = pricedOf(entries);
      const rows = await enteredRows({ store, on: db }, portfolio, priced, period);
      return quoted(portfolio, priced, rows, period);
    },
    /** To compare with one instrument: its prices, whatever it is quoted in, with the rates that turn that into the base currency. */
    async benchmark(portfolio: PortfolioRow, instrument: string, { from, to }: Period) {
      const { userId, baseCurrency, timeZone } = portfolio;
      const period = { from: dayAfter(from, -1), to };
      const asked = { userId, instruments: [instrument], ...period };
      const markets = mayBeQuoted(instrument) ? await quotes.markets(userId, [instrument]) : [];
      const own = await store.bookRows(db, { ...asked, currencies: [baseCurrency] });
      const monies = [...own.prices, ...markets].map(({ currency }) => moneyOf(currency));
      const { rates } = await store.bookRows(db, {
        ...asked,
        currencies: [...new Set([baseCurrency, ...monies])],
      });
      const closes = await closesOf(portfolio, markets, period);
      const today = dateIn(timeZone, clock.now().getTime());
      const now = await nowOf(to === today ? markets : [], today);
      const book = createPriceBook(own.prices, rates, { closes, live: (named) => now.get(named) });
      return { instrument, base: baseCurrency, book };
    },
    /** What counts today, for revaluing again and again: what is quoted is looked up each time. */
    async moving(portfolio: PortfolioRow, priced: Priced, today: string) {
      const period = { from: today, to: today };
      const { prices, rates } = await enteredRows({ store, on: db }, portfolio, priced, period);
      const markets = await marketsOf(portfolio, priced, [...priced.balances.units.keys()]);
      const closes = await closesOf(portfolio, markets, period);
      const byEpic = new Map(markets.map((market) => [market.epic, market]));
      const live = (epic: string) => {
        const market = byEpic.get(epic);
        const quote = market && quotes.latest(market.feed, epic);
        return quote && priceOf(market, today, quote);
      };
      return { book: createPriceBook(prices, rates, { closes, live }), markets };
    },
  };
}

const priceOf = ({ epic, currency }: QuotedMarket, on: string, { bid, offer }: Quote): QuotedPrice => ({
  instrument: epic,
  on,
  bid,
  offer,
  currency,
});
