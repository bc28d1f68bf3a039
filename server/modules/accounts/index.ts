// The door of the accounts module: who owns which broker account, what logs in to it, and which of them have changed.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Bus } from '../../messaging/index.ts';
import type { AccountChanges } from './changes.ts';
import { keepAccounts } from './kept.ts';
import { accountsWakeup, type SimulatedBroker } from './ports.ts';
import { accountsRest } from './rest.ts';
import { createAccountsRouter } from './router.ts';
import { createAccountsService } from './service.ts';
import { createAccountStore } from './store.ts';

export { createAccountChanges, type AccountChanges } from './changes.ts';
export type { BrokerAccount, BrokerCredentials, SimulatedBroker } from './ports.ts';
export type AccountsModule = ReturnType<typeof createAccountsModule>;

export const accountsFace = {
  about: 'Accounts with the broker; a simulated one is made on first use where the simulator runs.',
  createRouter: createAccountsRouter,
  rest: accountsRest,
};

/**
 * `broker` is null where no simulator runs: nobody gets an account unasked then. `changes` are followed by whoever starts them;
 * without them nothing of an account is kept.
 */
export function createAccountsModule({
  database,
  ids,
  clock,
  sealer,
  bus,
  broker,
  changes,
}: {
  database: Database;
  ids: Ids;
  clock: Clock;
  sealer: Sealer;
  bus: Bus;
  broker: SimulatedBroker | null;
  changes?: AccountChanges;
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
  return {
    router: createAccountsRouter(service),
    forUser,
    all,
    credentialsOf,
    /** An account of this installation, kept while its changes are followed; null for one that is not connected here. */
    find: keepAccounts(service.find, changes),
    /**
     * Tells every process that the row of an account is new, changed or gone: they drop its client, its stream, and what else they
     * keep of it. Call it after the commit; a command may do so too.
     */
    announce,
  };
}
