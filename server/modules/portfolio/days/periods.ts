// The use cases of a period: its value day by day, and its performance.
import type { AskPerformance, Performance } from '../../../../shared/portfolio-performance.ts';
import type { AskValuations, Valuations } from '../../../../shared/portfolio-valuations.ts';
import type { Db } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { statisticsWithin } from '../lots/closed-days.ts';
import { dayAfter } from '../performance/days.ts';
import { performanceOfDays } from '../performance/period.ts';
import { found } from '../portfolios.ts';
import type { PortfolioStore } from '../store.ts';
import type { Books } from '../valuation/books.ts';
import { missingOfFlows } from '../valuation/ledger-day.ts';
import { eachOnce } from '../valuation/missing.ts';
import { askedPeriod } from './asked-period.ts';
import type { ClosedTrades } from './closed-trades.ts';
import { inSnapshot, type StoredDays } from './stored-days.ts';

export type Periods = ReturnType<typeof createPeriods>;
/** Of what is missing on one day not more is told. */
const mostMissing = 20;

export function createPeriods({
  db,
  store,
  books,
  days,
  trades,
  clock,
}: {
  db: Db;
  store: PortfolioStore;
  books: Pick<Books, 'benchmark'>;
  days: StoredDays;
  trades: ClosedTrades;
  clock: Clock;
}) {
  return {
    /** Oldest first. Throws portfolio.not_found, request.invalid for a period that is not within the portfolio's. */
    async valuations(userId: string, { id, limit, ...asked }: AskValuations): Promise<Valuations> {
      const { period, nextFrom, gathered } = await inSnapshot(db, async (tx) => {
        const portfolio = found(await store.find(userId, id, tx));
        const { from, to: last } = askedPeriod(portfolio, asked, clock.now());
        const next = dayAfter(from, limit);
        const isWhole = next > last;
        const period = { from, to: isWhole ? last : dayAfter(next, -1) };
        return {
          period,
          nextFrom: isWhole ? null : next,
          gathered: await days.gather(tx, portfolio, period),
        };
      });
      const { baseCurrency, timeZone } = gathered.portfolio;
      const valuations = (await days.complete(gathered)).days.map((day) => {
        const { on, value, inflow, outflow, missing } = day;
        const all = eachOnce([...missing, ...missingOfFlows(day)]);
        return { on, value, inflow, outflow, missing: all.slice(0, mostMissing) };
      });
      return { portfolioId: id, baseCurrency, timeZone, ...period, valuations, nextFrom };
    },

    /** Throws portfolio.not_found, request.invalid for a period that is not within the portfolio's. */
    async performance(userId: string, asked: AskPerformance): Promise<Performance> {
      const { id, method } = asked;
      const now = clock.now();
      const { period, gathered, ofTrades } = await inSnapshot(db, async (tx) => {
        const portfolio = found(await store.find(userId, id, tx));
        const period = askedPeriod(portfolio, asked, now);
        const today = dateIn(portfolio.timeZone, now.getTime());
        const gathered = await days.gather(tx, portfolio, period);
        const ofTrades = await trades.gather(tx, portfolio, { method, to: period.to, today });
        return { period, gathered, ofTrades };
      });
      const { baseCurrency, timeZone } = gathered.portfolio;
      const closed = await trades.complete(ofTrades);
      const { periodsPerYear, riskFreeRate, benchmark } = asked;
      const comparedWith =
        benchmark === undefined ? undefined : await books.benchmark(gathered.portfolio, benchmark, period);
      const options = { periodsPerYear, riskFreeRate, comparedWith };
      const made = performanceOfDays(await days.complete(gathered), statisticsWithin(closed, period), {
        ...period,
        ...options,
      });
      return { portfolioId: id, baseCurrency, timeZone, ...period, ...made };
    },
  };
}
