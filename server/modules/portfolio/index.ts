// The door of portfolios: a ledger, and everything else as a function of it.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { createClosedTrades } from './days/closed-trades.ts';
import { createPeriods } from './days/periods.ts';
import { createStoredDays } from './days/stored-days.ts';
import { createExplaining } from './explain/explaining.ts';
import { createLedgerFiles } from './import/importing.ts';
import { createInflow } from './inflow/inflow.ts';
import type { InflowPorts } from './inflow/ports.ts';
import { createInflowStore } from './inflow/store.ts';
import { createWatchPortfolio } from './live/watch.ts';
import { createPortfolios } from './portfolios.ts';
import { withoutBroker, type ValuationPorts } from './ports.ts';
import { createEnteredPrices } from './prices.ts';
import { createLedgerReading } from './reading.ts';
import { portfolioRest } from './rest.ts';
import { createPortfolioRouter } from './router.ts';
import { createMonthlyStatements } from './statement/monthly.ts';
import type { BrokerCash } from './statement/ports.ts';
import { createStatements } from './statement/statement.ts';
import { createPortfolioStore } from './store.ts';
import { createBooks } from './valuation/books.ts';
import { createLedgerWriting } from './writing.ts';

export type { ValuationPorts } from './ports.ts';

export const portfolioFace = {
  about:
    'Portfolios: a double-entry ledger, and what follows from it. Money is exact decimal text; ratios are numbers, 0.1 is 10 %.',
  createRouter: createPortfolioRouter,
  rest: portfolioRest,
};

/** Without a broker portfolios are valued by what is entered alone. */
export function createPortfolioModule({
  database: { db },
  clock,
  ids,
  broker = withoutBroker,
  brokerCash,
}: {
  database: Database;
  clock: Clock;
  ids: Ids;
  broker?: ValuationPorts;
  /** Left out: statements have our side alone. */
  brokerCash?: BrokerCash;
}) {
  const [store, inflows] = [createPortfolioStore(db), createInflowStore(db)];
  const books = createBooks({ db, store, clock, ...broker });
  const valuing = { store, inflows, books, clock, ...broker };
  const days = createStoredDays({ db, store, books, clock });
  const trades = createClosedTrades({ store });
  const reading = createLedgerReading({ db, ...valuing });
  return {
    router: createPortfolioRouter({
      portfolios: createPortfolios({ store, clock, ids }),
      writing: createLedgerWriting({ db, store, clock, ids }),
      reading,
      periods: createPeriods({ db, store, books, days, trades, clock }),
      explaining: createExplaining(reading.parts),
      statements: createStatements({ store, inflows, brokerCash, clock }),
      prices: createEnteredPrices({ db, store, clock, ids }),
      files: createLedgerFiles({ db, store, clock, ids }),
      watch: createWatchPortfolio(valuing),
    }),
  };
}

/**
 * What happens on the accounts of users flows into portfolios of theirs, each time `run` is called: everything that can be told by
 * then. It may run in several processes at once. An account that fails holds up no other; then it throws the first failure.
 */
export function createPortfolioInflow({
  database: { db },
  clock,
  ids,
  ...ports
}: { database: Database; clock: Clock; ids: Ids } & InflowPorts) {
  const [store, inflows] = [createPortfolioStore(db), createInflowStore(db)];
  return createInflow({ db, store, inflows, ports, clock, ids });
}

/**
 * Days of portfolios that are over are stored, each time `run` is called: of every portfolio that lacks any. It may run in several
 * processes at once. A portfolio that fails holds up no other; then it throws the first failure.
 */
export function createPortfolioDays({ database: { db }, clock }: { database: Database; clock: Clock }) {
  const store = createPortfolioStore(db);
  const books = createBooks({ db, store, clock, ...withoutBroker }); // what the broker quotes is in no day that is kept
  const { run } = createStoredDays({ db, store, books, clock });
  return { run };
}

/** Users are told of each month of a portfolio that is over, each time `run` is called. */
export const createPortfolioNews = ({
  database: { db },
  ...deps
}: { database: Database } & Omit<Parameters<typeof createMonthlyStatements>[0], 'db'>) =>
  createMonthlyStatements({ db, ...deps });
