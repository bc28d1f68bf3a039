// The prices and rates that a ledger is valued by, gathered: as entered, and as the broker's markets quote and quoted them.
import type { Db } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import { moneyOf } from '../ledger/quotes.ts';
import { dayAfter, type Period } from '../performance/days.ts';
import type { Quote, QuotedMarket, Quotes } from '../ports.ts';
import { daysBefore, type PortfolioRow, type PortfolioStore } from '../store.ts';
import { moveOn, noBalances, type Balances } from './balances.ts';
import { createPriceBook, type PriceBook, type QuotedPrice } from './price-book.ts';
import { currenciesOf } from './rates.ts';

/** What prices are wanted of: all of it follows from the entries that stand. */
export interface Priced {
  balances: Balances;
  /** The money that each instrument is kept in. */
  moneyBy: ReadonlyMap<string, string>;
  currencies: readonly string[];
}
/** `entries` stand and are in order. */
export function pricedOf(entries: readonly LedgerEntry[]): Priced {
  const balances = noBalances();
  for (const entry of entries) moveOn(balances, entry);
  return {
    balances,
    moneyBy: currencyByInstrument(entries),
    currencies: [...new Set(entries.flatMap(({ terms }) => currenciesOf(terms)))],
  };
}

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
  const entered = (
    { userId, baseCurrency }: PortfolioRow,
    { moneyBy, currencies }: Priced,
    { from, to }: Period,
  ) =>
    store.bookRows(db, {
      userId,
      instruments: [...moneyBy.keys()],
      currencies: [...new Set([baseCurrency, ...currencies])],
      from,
      to,
    });
  /** Those of `instruments` that the broker quotes in the money they are kept in. */
  const marketsOf = async (
    { userId }: PortfolioRow,
    { moneyBy }: Priced,
    instruments: readonly string[],
  ): Promise<QuotedMarket[]> =>
    (await quotes.markets(userId, instruments)).filter(
      ({ epic, currency }) => moneyOf(currency) === moneyBy.get(epic),
    );
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

  return {
    /** Rates and entered prices: for what needs no other. */
    async entered(
      portfolio: PortfolioRow,
      entries: readonly LedgerEntry[],
      period: Period,
    ): Promise<PriceBook> {
      const { prices, rates } = await entered(portfolio, pricedOf(entries), period);
      return createPriceBook(prices, rates);
    },
    /** All that may count in a period, the prices of this moment included where it ends today. */
    async whole(
      portfolio: PortfolioRow,
      entries: readonly LedgerEntry[],
      period: Period,
    ): Promise<PriceBook> {
      const priced = pricedOf(entries);
      const { prices, rates } = await entered(portfolio, priced, period);
      const held = priced.balances.units;
      const isOneDay = period.from === period.to;
      const markets = await marketsOf(
        portfolio,
        priced,
        isOneDay ? [...held.keys()] : [...priced.moneyBy.keys()],
      );
      const closes = await closesOf(portfolio, markets, period);
      const today = dateIn(portfolio.timeZone, clock.now().getTime());
      const now =
        period.to === today
          ? await nowOf(
              markets.filter(({ epic }) => held.has(epic)),
              today,
            )
          : new Map<string, QuotedPrice>();
      return createPriceBook(prices, rates, { closes, live: (instrument) => now.get(instrument) });
    },
    /** What counts today, for revaluing again and again: what is quoted is looked up each time. */
    async moving(portfolio: PortfolioRow, priced: Priced, today: string) {
      const period = { from: today, to: today };
      const { prices, rates } = await entered(portfolio, priced, period);
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
