// The door of portfolios: a ledger, and everything else as a function of it.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { createExplaining } from './explain/explaining.ts';
import { createLedgerFiles } from './import/importing.ts';
import { createInflow } from './inflow/inflow.ts';
import type { InflowPorts } from './inflow/ports.ts';
import { createInflowStore } from './inflow/store.ts';
import { createPortfolios } from './portfolios.ts';
import { createEnteredPrices } from './prices.ts';
import { createLedgerReading } from './reading.ts';
import { portfolioRest } from './rest.ts';
import { createPortfolioRouter } from './router.ts';
import type { BrokerCash } from './statement/ports.ts';
import { createStatements } from './statement/statement.ts';
import { createPortfolioStore } from './store.ts';
import { createLedgerWriting } from './writing.ts';

export const portfolioFace = {
  about:
    'Portfolios: a double-entry ledger, and what follows from it. Money is exact decimal text; ratios are numbers, 0.1 is 10 %.',
  createRouter: createPortfolioRouter,
  rest: portfolioRest,
};

export function createPortfolioModule({
  database: { db },
  clock,
  ids,
  brokerCash,
}: {
  database: Database;
  clock: Clock;
  ids: Ids;
  /** Left out: statements have our side alone. */
  brokerCash?: BrokerCash;
}) {
  const store = createPortfolioStore(db);
  const reading = createLedgerReading({ db, store, clock });
  return {
    router: createPortfolioRouter({
      portfolios: createPortfolios({ store, clock, ids }),
      writing: createLedgerWriting({ db, store, clock, ids }),
      reading,
      explaining: createExplaining(reading.parts),
      statements: createStatements({ store, inflows: createInflowStore(db), brokerCash, clock }),
      prices: createEnteredPrices({ db, store, clock, ids }),
      files: createLedgerFiles({ db, store, clock, ids }),
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
