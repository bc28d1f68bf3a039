// The use cases that read a ledger: its transactions, what is held, and what was gained.
import type { ListTransactions, PortfolioTransactions } from '../../../shared/portfolio.ts';
import type { AskHoldings, Holdings } from '../../../shared/portfolio-holdings.ts';
import type { AskGains, AskTrades, Gains, RoundTrips } from '../../../shared/portfolio-gains.ts';
import type { Running } from '../../../shared/portfolio-running.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { AskPerformance } from '../../../shared/portfolio-performance.ts';
import type { Db } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { dateIn } from '../../lib/local-days.ts';
import type { InflowStore } from './inflow/store.ts';
import { known } from './ledger/amount.ts';
import { standing, type LedgerEntry } from './ledger/entry.ts';
import { runningOf } from './live/running.ts';
import { allMatches } from './lots/all-matches.ts';
import { statisticsOfMatches } from './lots/closed-days.ts';
import {
  countsOn,
  gainsByYear,
  gainsCsv,
  toGain,
  toRoundTrip,
  type InstrumentMatch,
} from './lots/round-trips.ts';
import { askedPeriod, requireOrder } from './days/asked-period.ts';
import { found } from './portfolios.ts';
import type { OpenPositions } from './ports.ts';
import type { PortfolioRow, PortfolioStore } from './store.ts';
import type { Books } from './valuation/books.ts';
import { holdingsOf } from './valuation/holdings.ts';
import { eachOnce } from './valuation/missing.ts';
import { missingRates } from './valuation/rates.ts';
import { toEntry, toTransaction } from './views.ts';

export type LedgerReading = ReturnType<typeof createLedgerReading>;
/** Rows of gains in one answer; the rest is counted, and in the CSV. */
const mostGains = 5_000;

export function createLedgerReading({
  db,
  store,
  inflows,
  books,
  positions,
  clock,
}: {
  db: Db;
  store: PortfolioStore;
  inflows: InflowStore;
  books: Books;
  positions: OpenPositions;
  clock: Clock;
}) {
  /** What stands until an instant, in order. */
  const entriesOf = async ({ id }: PortfolioRow, until?: Date): Promise<LedgerEntry[]> =>
    standing((await store.ledger(id, until)).map(toEntry));

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
    const book = await books.entered(portfolio, entries, { from: today, to: today });
    const base = { currency: baseCurrency, book };
    const matches = allMatches(entries, method, base).filter(({ match }) => {
      const on = dayOf(match);
      return (from === undefined || on >= from) && (to === undefined || on <= to);
    });
    const missing = eachOnce(missingRates(entries, base));
    return { portfolio, entries, base: { base: baseCurrency, book, on: today }, matches, missing };
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
    const book = await books.whole(portfolio, entries, { from: on, to: on });
    const question = { method, base: baseCurrency, book, on };
    return { portfolio, entries, asOf, question, held: holdingsOf(entries, question) };
  }
  /** What stands at the end of a period, and what is asked of it. */
  async function ofPeriod(userId: string, asked: AskPerformance) {
    const portfolio = found(await store.find(userId, asked.id));
    const { from, to } = askedPeriod(portfolio, asked, clock.now());
    const { method, periodsPerYear, riskFreeRate, benchmark } = asked;
    const entries = (await entriesOf(portfolio)).filter(({ on }) => on <= to);
    const book = await books.whole(portfolio, entries, { from, to });
    const base = portfolio.baseCurrency;
    const comparedWith =
      benchmark === undefined ? undefined : await books.benchmark(portfolio, benchmark, { from, to });
    const question = { method, periodsPerYear, riskFreeRate, base, book, from, to, comparedWith };
    return { portfolio, entries, question };
  }
  async function runningNow(portfolio: PortfolioRow): Promise<Running | null> {
    const sources = await inflows.into(portfolio);
    const valued = await Promise.all(
      sources.map(async (source) => ({
        ...source,
        valuation: await positions.now(portfolio.userId, source.row.accountId),
      })),
    );
    return runningOf(portfolio, valued, clock.now());
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
      const running = asked.asOf === undefined ? await runningNow(portfolio) : null;
      const valueBase = known(decimal.add, held.valueBase, running ? running.amount : '0');
      return { portfolioId: portfolio.id, baseCurrency, method, asOf, on, ...held, running, valueBase };
    },

    /** Throws portfolio.not_found, request.invalid for a period that ends before it begins. */
    async trades(userId: string, asked: AskTrades): Promise<RoundTrips> {
      const { portfolio, matches, missing } = await matchesOf(userId, asked, closedOn);
      const trips = matches.map(toRoundTrip);
      const trades = trips.toReversed().slice(0, asked.limit);
      return {
        portfolioId: portfolio.id,
        method: asked.method,
        trades,
        left: trips.length - trades.length,
        statistics: statisticsOfMatches(matches),
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
  };
}
