// The brokers this process can reach: the feeds' logins, the users' accounts, and a client for each.
import type { Environment } from '../../shared/primitives.ts';
import type { Config } from '../config.ts';
import {
  createAccountClients,
  createAllowanceOf,
  createBrokerDoor,
  createIgClients,
  createSimulatedBroker,
  type AccountClients,
  type BrokerLogin,
  type Endpoints,
  type IgClient,
} from '../ig/index.ts';
import type { Keyring } from '../lib/seal.ts';
import {
  createAccountChanges,
  createAccountsModule,
  type AccountChanges,
  type AccountsModule,
  type CheckPassword,
  type MayDealLive,
  type RequireCodeLately,
} from '../modules/accounts/index.ts';
import { createAccountUse } from '../modules/trading/index.ts';
import type { UserEvents } from '../modules/events/index.ts';
import type { Ground } from './ground.ts';
import type { Secrets } from './given.ts';
import type { Simulated } from './simulator.ts';
import type { Notify } from '../modules/notifications/index.ts';

export interface Brokers {
  /** One per feed, the default first. */
  clients: IgClient[];
  accounts: AccountsModule;
  /** To be started before anything is kept of an account. */
  accountChanges: AccountChanges;
  accountClients: AccountClients;
}

/** Nothing is sent to a broker before one is used. */
export function composeBrokers(
  { database, bus, ids, clock, logger, lifecycle, metrics }: Ground,
  {
    config,
    secrets: { simulatorAdminToken },
    keyring,
    simulated,
    events,
    notify,
    checkPassword,
    requireCodeLately,
    mayDealLive,
  }: {
    config: Config;
    secrets: Secrets;
    keyring: Keyring;
    simulated: Pick<Simulated, 'login'> | undefined;
    events: UserEvents;
    notify: Notify;
    checkPassword: CheckPassword;
    requireCodeLately: RequireCodeLately;
    mayDealLive: MayDealLive;
  },
): Brokers {
  // A real login first: it is what its owner came for. The simulator stands beside it.
  const real: BrokerLogin[] = config.ig ? [{ ...config.ig, feed: config.ig.environment }] : [];
  const logins = simulated ? [...real, simulated.login] : real;
  const spent = metrics.counter(
    'ftrader_broker_allowance_spent_total',
    'Reads and logins of this process that counted against a broker allowance',
    ['environment'],
  );
  const reach = {
    onSpent: (environment: Environment) => spent.inc({ environment }),
    database,
    sealer: keyring,
    clock,
    logger: logger.child({ part: 'ig' }),
  };
  const endpoints: Endpoints = {
    ...config.accountsAt,
    ...Object.fromEntries(
      logins
        .filter(({ environment }) => environment === 'simulated')
        .map(({ environment, baseUrl }) => [environment, baseUrl]),
    ),
  };
  const simulator = simulated
    ? createSimulatedBroker({ baseUrl: simulated.login.baseUrl, token: simulatorAdminToken, clock })
    : null;
  const accountChanges = createAccountChanges({
    database,
    bus,
    clock,
    logger: logger.child({ part: 'accounts' }),
  });
  lifecycle.onClose('account changes', () => accountChanges.close());
  const accounts = createAccountsModule({
    database,
    ids,
    clock,
    sealer: reach.sealer,
    bus,
    simulator,
    door: {
      ...createBrokerDoor({ ...reach, endpoints }),
      look: async (account) => {
        const client = await accountClients.of(account);
        await client.session.current({ urgent: true }); // its user wants to know now
        await client.mayDeal();
      },
    },
    use: createAccountUse(),
    allowanceOf: (account) => createAllowanceOf({ clients: accountClients })(account),
    checkPassword,
    requireCodeLately,
    mayDealLive,
    events,
    notify,
    feeds: logins.map(({ feed }) => ({
      feed,
      serves: feed === config.ig?.environment ? config.ig.accountType : 'CFD',
    })),
    changes: accountChanges,
    logger: logger.child({ part: 'accounts' }),
  });
  const accountClients = createAccountClients({
    ...reach,
    endpoints,
    credentialsOf: accounts.credentialsOf,
    changes: accountChanges,
    onLogin: accounts.reportLogin,
  });
  return { clients: createIgClients({ ...reach, logins }), accounts, accountChanges, accountClients };
}
