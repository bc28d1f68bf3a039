// Portfolios over the trading rig: what happens on accounts flows in, and what they are valued by is the rig's prices and trading's own valuation.
import type { TransactionTerms } from '../../shared/portfolio-transactions.ts';
import type { Scope } from '../../shared/auth.ts';
import { composePortfolioValuation } from '../compose/portfolio.ts';
import type { Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createPortfolioInflow, createPortfolioModule } from '../modules/portfolio/index.ts';
import { createCallerFactory } from '../trpc/init.ts';
import * as build from './build.ts';
import type { TradingRig } from './trading-rig.ts';

/** EUR/USD is the one market that is known. `following` counts what is followed of the broker now. */
export function portfolioRig(rig: TradingRig<Clock>) {
  const { database, clock, accounts, trading, events } = rig;
  const ids = createIds(clock);
  const following = { prices: 0, accounts: 0 };
  async function* counted<Value>(what: keyof typeof following, values: AsyncIterable<Value>) {
    following[what]++;
    try {
      yield* values;
    } finally {
      following[what]--;
    }
  }
  const { feed } = rig.prices;
  const { router } = createPortfolioModule({
    database,
    clock,
    ids,
    broker: composePortfolioValuation(
      { clock, logger: silentLogger },
      {
        accounts,
        feed: { ...feed, watch: (...asked) => counted('prices', feed.watch(...asked)) },
        trading: {
          valuation: {
            ...trading.valuation,
            watch: async (...asked) => counted('accounts', await trading.valuation.watch(...asked)),
          },
        },
        marketData: {
          quoted: {
            markets: async (_userId, names) =>
              names
                .filter((name) => name === build.eurusd)
                .map((epic) => ({ feed: 'simulated', epic, currency: 'USD' })),
            closes: async () => [],
          },
        },
      },
    ),
  });
  const as = (
    userId: string | null = rig.userId,
    signal?: AbortSignal,
    scopes: Scope[] = ['session', 'account:read'],
  ) =>
    createCallerFactory(router)(
      build.context({ principal: userId === null ? null : build.principal(scopes, { id: userId }), clock }),
      signal ? { signal } : {},
    );
  let keys = 0;
  return {
    router,
    as,
    following,
    inflow: createPortfolioInflow({ database, clock, ids, events, accounts }),
    make: (over: object = {}) =>
      as().create({ name: 'Mine', baseCurrency: 'USD', startsOn: '2020-01-01', ...over }),
    add: (id: string, terms: TransactionTerms) =>
      as().addTransaction({ id, at: clock.now(), terms, idempotencyKey: `key-number-${++keys}` }),
    /** Opens a position, which the broker lists next. */
    async open(over: Record<string, unknown> = {}) {
      const outcome = await rig.as().openPosition(rig.order(over));
      await trading.reconcileAccount(rig.accountId);
      return outcome;
    },
  };
}
