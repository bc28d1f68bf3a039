// The use cases that read a ledger: its transactions, what is held, what was gained, and the performance of a period.
import type { ListTransactions, PortfolioTransactions } from '../../../shared/portfolio.ts';
import type { AskHoldings, Holdings } from '../../../shared/portfolio-holdings.ts';
import type { AskGains, AskTrades, Gains, RoundTrips } from '../../../shared/portfolio-gains.ts';
import type { AskPerformance, Performance } from '../../../shared/portfolio-performance.ts';
import type { Db } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { dateIn } from '../../lib/local-days.ts';
import { standing, type LedgerEntry } from './ledger/entry.ts';
import { allMatches } from './lots/all-matches.ts';
import {
  countsOn,
  gainsByYear,
  gainsCsv,
  toGain,
  toRoundTrip,
  type InstrumentMatch,
} from './lots/round-trips.ts';
import { dayAfter, valuationDays } from './performance/days.ts';
import { performanceOf } from './performance/period.ts';
import { tradeStatistics } from './performance/trade-statistics.ts';
import { found } from './portfolios.ts';
import type { PortfolioRow, PortfolioStore } from './store.ts';
import { holdingsOf } from './valuation/holdings.ts';
import { eachOnce } from './valuation/missing.ts';
import { createPriceBook, type PriceBook } from './valuation/price-book.ts';
import { currenciesOf, missingRates } from './valuation/rates.ts';
import { toEntry, toTransaction } from './views.ts';

export type LedgerReading = ReturnType<typeof createLedgerReading>;
const noOthers = { instruments: [], currencies: [] };
/** Rows of gains in one answer; the rest is counted, and in the CSV. */
const mostGains = 5_000;

export function createLedgerReading({ db, store, clock }: { db: Db; store: PortfolioStore; clock: Clock }) {
  /** What stands until an instant, in order. */
  const entriesOf = async ({ id }: PortfolioRow, until?: Date): Promise<LedgerEntry[]> =>
    standing((await store.ledger(id, until)).map(toEntry));

  async function bookFor(
    { userId, baseCurrency }: PortfolioRow,
    entries: readonly LedgerEntry[],
    { from, to }: { from: string; to: string },
    also: { instruments: readonly string[]; currencies: readonly string[] } = noOthers,
  ): Promise<PriceBook> {
    const instruments = new Set([
      ...entries.flatMap(({ terms }) => ('instrument' in terms ? (terms.instrument ?? []) : [])),
      ...also.instruments,
    ]);
    const currencies = new Set([
      baseCurrency,
      ...entries.flatMap(({ terms }) => currenciesOf(terms)),
      ...also.currencies,
    ]);
    const asked = { userId, instruments: [...instruments], currencies: [...currencies], from, to };
    const { prices, rates } = await store.bookRows(db, asked);
    return createPriceBook(prices, rates);
  }

  /** The same with the prices of a benchmark, and the rates that turn its money into the base currency. */
  async function bookWith(
    benchmark: string | undefined,
    portfolio: PortfolioRow,
    entries: readonly LedgerEntry[],
    period: { from: string; to: string },
  ): Promise<PriceBook> {
    if (benchmark === undefined) return bookFor(portfolio, entries, period);
    const also = { instruments: [benchmark], currencies: [] };
    const book = await bookFor(portfolio, entries, period, also);
    const monies = [dayAfter(period.from, -1), ...valuationDays(period)].flatMap(
      (on) => book.price(benchmark, on)?.currency ?? [],
    );
    const currencies = [...new Set(monies)].filter((money) => money !== portfolio.baseCurrency);
    return currencies.length === 0 ? book : bookFor(portfolio, entries, period, { ...also, currencies });
  }

  /** What was closed or disposed of in a period, in the order of closing, and the rates that are missing for it. */
  async function matchesOf(
    userId: string,
    { id, method, from, to }: Pick<AskTrades, 'id' | 'method' | 'from' | 'to'>,
    dayOf: (match: InstrumentMatch['match']) => string,
  ) {
    const portfolio = found(await store.find(userId, id));
    const { baseCurrency, timeZone } = portfolio;
    requireOrder(from, to);
    const today = dateIn(timeZone, clock.now().getTime());
    const entries = await entriesOf(portfolio);
    const book = await bookFor(portfolio, entries, { from: today, to: today });
    const base = { currency: baseCurrency, book };
    const matches = allMatches(entries, method, base).filter(({ match }) => {
      const on = dayOf(match);
      return (from === undefined || on >= from) && (to === undefined || on <= to);
    });
    const missing = eachOnce(missingRates(entries, base));
    return { portfolio, entries, base: { base: baseCurrency, book: base.book, on: today }, matches, missing };
  }
  /** What stands at an instant, and what is held then. */
  async function ofInstant(
    userId: string,
    { id, method, asOf = clock.now() }: Pick<AskHoldings, 'id' | 'method' | 'asOf'>,
  ) {
    const portfolio = found(await store.find(userId, id));
    const { baseCurrency, timeZone } = portfolio;
    if (asOf > clock.now())
      throw new AppError('request.invalid', { fields: { asOf: 'is in the future: leave it out for now' } });
    const on = dateIn(timeZone, asOf.getTime());
    const entries = await entriesOf(portfolio, asOf);
    const book = await bookFor(portfolio, entries, { from: on, to: on });
    const question = { method, base: baseCurrency, book, on };
    return { portfolio, entries, asOf, question, held: holdingsOf(entries, question) };
  }

  /** What stands at the end of a period, and what is asked of it. */
  async function ofPeriod(userId: string, asked: AskPerformance) {
    const portfolio = found(await store.find(userId, asked.id));
    const { baseCurrency: base, timeZone, startsOn } = portfolio;
    const today = dateIn(timeZone, clock.now().getTime());
    const { from = startsOn, to = today, method, periodsPerYear, riskFreeRate, benchmark } = asked;
    requireOrder(from, to);
    requireWithin({ from, to }, { startsOn, today });
    const entries = (await entriesOf(portfolio)).filter(({ on }) => on <= to);
    const book = await bookWith(benchmark, portfolio, entries, { from, to });
    const question = { method, periodsPerYear, riskFreeRate, benchmark, base, book, from, to };
    return { portfolio, entries, question };
  }

  const closedOn = ({ side, acquired, disposed }: InstrumentMatch['match']) =>
    (side === 'long' ? disposed : acquired).on;

  return {
    /** For what explains a figure: it is asked as here. */
    parts: { ofInstant, ofPeriod, matchesOf },
    /** Newest first. Throws portfolio.not_found, and request.invalid for a cursor that is none. */
    async transactions(userId: string, { id, ...page }: ListTransactions): Promise<PortfolioTransactions> {
      const portfolio = found(await store.find(userId, id));
      const { rows, nextCursor } = await store.transactions(portfolio.id, page);
      const reversals = await store.reversalsOf(
        db,
        rows.map((row) => row.id),
      );
      return {
        transactions: rows.map((row) => toTransaction(row, reversals.get(row.id) ?? null)),
        nextCursor,
      };
    },

    /** Throws portfolio.not_found, request.invalid for an instant in the future. */
    async holdings(userId: string, asked: AskHoldings): Promise<Holdings> {
      const { portfolio, asOf, question, held } = await ofInstant(userId, asked);
      const { method, base: baseCurrency, on } = question;
      return { portfolioId: portfolio.id, baseCurrency, method, asOf, on, ...held };
    },

    /** Throws portfolio.not_found, request.invalid for a period that ends before it begins. */
    async trades(userId: string, asked: AskTrades): Promise<RoundTrips> {
      const { portfolio, matches, missing } = await matchesOf(userId, asked, closedOn);
      const trips = matches.map(toRoundTrip);
      const known = trips.flatMap(({ openedAt, closedAt, profitBase }) =>
        profitBase === null ? [] : [{ openedAt, closedAt, profit: profitBase }],
      );
      const trades = trips.toReversed().slice(0, asked.limit);
      return {
        portfolioId: portfolio.id,
        method: asked.method,
        trades,
        left: trips.length - trades.length,
        statistics: known.length === trips.length ? tradeStatistics(known) : null,
        missing,
      };
    },

    /** Throws portfolio.not_found, request.invalid for a period that ends before it begins. */
    async gains(userId: string, asked: AskGains): Promise<Gains> {
      const { portfolio, matches, missing } = await matchesOf(userId, asked, countsOn);
      const all = matches
        .map((match) => toGain(match, asked.taxYear))
        .toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
      const isTable = asked.format === 'table';
      const rows = isTable ? all.slice(0, mostGains) : [];
      return {
        portfolioId: portfolio.id,
        baseCurrency: portfolio.baseCurrency,
        method: asked.method,
        years: gainsByYear(all),
        rows,
        left: isTable ? all.length - rows.length : 0,
        csv: isTable ? null : gainsCsv(all),
        missing,
      };
    },

    /** Throws portfolio.not_found, request.invalid for a period that is not within the portfolio's. */
    async performance(userId: string, asked: AskPerformance): Promise<Performance> {
      const { portfolio, entries, question } = await ofPeriod(userId, asked);
      const { baseCurrency, timeZone } = portfolio;
      const { from, to } = question;
      const made = performanceOf(entries, question);
      return { portfolioId: portfolio.id, baseCurrency, timeZone, from, to, ...made };
    },
  };
}

function requireOrder(from: string | undefined, to: string | undefined): void {
  if (from !== undefined && to !== undefined && to < from)
    throw new AppError('request.invalid', { fields: { to: `is before from: write ${from} or a later day` } });
}
function requireWithin(
  { from, to }: { from: string; to: string },
  { startsOn, today }: { startsOn: string; today: string },
): void {
  const fields = {
    ...(from < startsOn && { from: `is before the portfolio starts: write ${startsOn} or a later day` }),
    ...(to > today && { to: `is in the future: write ${today} or an earlier day` }),
  };
  if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
}
