// Portfolios: the jobs by which they fill and by which days that are over are stored, and what of the broker's they are valued by.
import { z } from 'zod';
import { foldValuation } from '../../shared/valuation.ts';
import type { Valuation } from '../../shared/trading.ts';
import type { Logger } from '../lib/logger.ts';
import { within } from '../lib/within.ts';
import type { AccountsModule } from '../modules/accounts/index.ts';
import {
  createPortfolioDays,
  createPortfolioInflow,
  createPortfolioNews,
  type ValuationPorts,
} from '../modules/portfolio/index.ts';
import type { PriceFeed } from '../modules/trading/ports.ts';
import { createCarry } from '../realtime/carry.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { MarketData } from './market-data.ts';
import type { Trading, Writers } from './money.ts';

/** A portfolio waits for the broker this long; then what it was to tell is missing. */
const patienceMs = 3_000;

/** Defines jobs: before they are started. */
export function composePortfolioJobs(
  { database, clock, ids }: Ground,
  { accounts }: Brokers,
  { jobs, events, notifications }: Writers,
): void {
  const inflow = createPortfolioInflow({ database, clock, ids, accounts, events });
  jobs.define({
    name: 'portfolio.inflow',
    about: 'takes what happened on accounts into their portfolios',
    payload: z.object({}),
    retryLimit: 2,
    retryDelaySeconds: 15,
    expireInSeconds: 300,
    cron: '* * * * *',
    run: () => inflow.run(),
  });
  const days = createPortfolioDays({ database, clock });
  jobs.define({
    name: 'portfolio.store-days',
    about: 'stores the days of portfolios that are over, each in its own time zone',
    payload: z.object({}),
    retryLimit: 2,
    retryDelaySeconds: 60,
    expireInSeconds: 600,
    // Midnight of every zone is at a quarter of an hour.
    cron: '2,17,32,47 * * * *',
    run: () => days.run(),
  });
  const news = createPortfolioNews({
    database,
    clock,
    notify: notifications.notify,
    wake: (userId) => events.wake(userId, 'notifications'),
  });
  jobs.define({
    name: 'portfolio.tell-statements',
    about: 'tells users that the statement of a month of a portfolio is ready',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    cron: '8,38 * * * *',
    run: () => news.run(),
  });
}

/** What the house knows of the broker's markets and of accounts, for portfolios. A broker that does not answer takes its part only. */
export function composePortfolioValuation(
  { clock, logger: parent }: Pick<Ground, 'clock' | 'logger'>,
  {
    accounts,
    feed,
    trading,
    marketData,
  }: {
    accounts: Pick<AccountsModule, 'find'>;
    feed: PriceFeed;
    trading: { valuation: Pick<Trading['valuation'], 'now' | 'watch'> };
    marketData: Pick<MarketData, 'quoted'>;
  },
): ValuationPorts {
  const logger = parent.child({ part: 'portfolios' });
  const latest = (of: string, epic: string) => {
    const tick = feed.latest(of, epic);
    return tick?.stale === false ? tick : undefined;
  };
  const orNone = <Row>(what: string, read: () => Promise<Row[]>): Promise<Row[]> =>
    within(clock, patienceMs, read).catch((err: unknown) => {
      logger.warn({ err }, what);
      return [];
    });
  return {
    quotes: {
      markets: (userId, instruments) =>
        orNone('a portfolio is valued without what the broker tells of its markets', () =>
          marketData.quoted.markets(userId, instruments),
        ),
      async now(of, epics) {
        const silent = epics.filter((epic) => !latest(of, epic));
        const read = await orNone('a portfolio is valued without prices of the broker', () =>
          feed.quotes(of, silent),
        );
        const ticks = [
          ...read.filter(({ stale }) => !stale),
          ...epics.flatMap((epic) => latest(of, epic) ?? []),
        ];
        return new Map(ticks.map((tick) => [tick.epic, tick]));
      },
      latest,
      watch: (of, epics, signal) => untilItFails(feed.watch(of, epics, signal), logger),
      closes: (market, days) => marketData.quoted.closes(market, days),
    },
    positions: {
      now: async (userId, accountId) =>
        (await accounts.find(accountId)) ? trading.valuation.now(userId, accountId) : null,
      watch: (userId, accountId, signal) => untilItFails(watchAccount(userId, accountId, signal), logger),
    },
    carry: createCarry({ clock }),
  };

  async function* watchAccount(
    userId: string,
    accountId: string,
    signal: AbortSignal,
  ): AsyncGenerator<Valuation | null, void> {
    let known: Valuation | undefined;
    if (!(await accounts.find(accountId))) return void (yield null);
    for await (const message of await trading.valuation.watch(userId, accountId, { signal })) {
      known = foldValuation(known, message);
      // A look at memory: it may be disconnected meanwhile.
      if (!(await accounts.find(accountId))) return void (yield null);
      yield known;
    }
  }
}

async function* untilItFails<Value>(
  values: AsyncIterable<Value>,
  logger: Logger,
): AsyncGenerator<Value, void> {
  try {
    yield* values;
  } catch (err) {
    logger.warn({ err }, 'what a portfolio is valued by is not told any more');
  }
}
