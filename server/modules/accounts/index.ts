// The door of the accounts module: who owns which broker account, and what logs in to it.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Bus } from '../../messaging/index.ts';
import { accountsWakeup, type SimulatedBroker } from './ports.ts';
import { accountsRest } from './rest.ts';
import { createAccountsRouter } from './router.ts';
import { createAccountsService } from './service.ts';
import { createAccountStore } from './store.ts';

export type { BrokerAccount, BrokerCredentials, SimulatedBroker } from './ports.ts';
export type AccountsModule = ReturnType<typeof createAccountsModule>;

export const accountsFace = {
  about: 'Accounts with the broker; a simulated one is made on first use where the simulator runs.',
  createRouter: createAccountsRouter,
  rest: accountsRest,
};

/** `broker` is null where no simulator runs: nobody gets an account unasked then. */
export function createAccountsModule({
  database,
  ids,
  clock,
  sealer,
  bus,
  broker,
}: {
  database: Database;
  ids: Ids;
  clock: Clock;
  sealer: Sealer;
  bus: Bus;
  broker: SimulatedBroker | null;
}) {
  const announce = (id: string) => bus.publish('wakeups', accountsWakeup, { kind: accountsWakeup, id });
  const service = createAccountsService({
    store: createAccountStore(database.db),
    ids,
    clock,
    sealer,
    broker,
    announce,
  });
  const { forUser, all, credentialsOf } = service;
  return { router: createAccountsRouter(service), forUser, all, credentialsOf };
}
