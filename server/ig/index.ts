// The feeds' logins of this process, each with its session, allowance and client; the gateway and the catalogue share them. Accounts: accounts/clients.ts.
import type { Environment } from '../../shared/primitives.ts';
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Sealer } from '../lib/seal.ts';
import type { BrokerLogin } from './rest/login.ts';
import { createIgClient, type IgClient } from './prices/client.ts';
import { createLink } from './rest/link.ts';

export { createAllowanceOf } from './accounts/allowance.ts';
export { createAccountClients, type AccountClients, type Endpoints } from './accounts/clients.ts';
export { createBrokerDoor } from './accounts/door.ts';
export { createDealing } from './accounts/dealing.ts';
export { examineAccount, type Finding } from './accounts/examine.ts';
export { walkContract } from './contract/walk.ts';
export { compare, isGrave, type Difference, type Observed } from './contract/shapes.ts';
export { reportText, type ContractReport } from './contract/report.ts';
export { createEvidence } from './accounts/evidence.ts';
export { suspectingDealing, suspectingEvidence } from './accounts/suspects.ts';
export { createIgCandleHistory } from './prices/candle-history.ts';
export { createIgCatalogue } from './prices/catalogue.ts';
export { dropSession, sealedSessions } from './rest/sealed-sessions.ts';
export { createBrokerWatchlists } from './broker-watchlists.ts';
export { listLeases } from './held-leases.ts';
export { createLoginPrices } from './login-prices.ts';
export { createGateway } from './gateway.ts';
export type { BrokerLogin } from './rest/login.ts';
export type { IgClient } from './prices/client.ts';
export { loadSdk } from './stream/sdk.ts';
export { createSimulatedBroker, type SimulatorAdmin } from './accounts/simulator-admin.ts';

/** One client per login, in the given order (the first is the default feed). Nothing is sent before a client is used. */
export function createIgClients({
  logins,
  database,
  sealer,
  clock,
  logger,
  onSpent,
}: {
  logins: readonly BrokerLogin[];
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  /** Called for each read and login that counts against the allowance of an environment. */
  onSpent?: (environment: Environment) => void;
}): IgClient[] {
  return logins.map((login) =>
    createIgClient(createLink({ login, database, sealer, clock, logger, onSpent })),
  );
}
