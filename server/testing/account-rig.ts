// Users who connect accounts at a broker of a test: the simulator stands for IG demo, with the accounts module as the product builds it.
import { eq } from 'drizzle-orm';
import { brokerAccounts, userEvents } from '../../drizzle/schema/index.ts';
import type { ConnectAccount } from '../../shared/accounts.ts';
import { createAccountClients, createBrokerDoor, type Endpoints } from '../ig/index.ts';
import type { SimulatorLogin } from '../ig-simulator/access/logins.ts';
import { AppError } from '../lib/app-error.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import { accountsWakeup } from '../modules/accounts/ports.ts';
import { createAccountUse } from '../modules/trading/index.ts';
import { createCallerFactory } from '../trpc/init.ts';
import * as build from './build.ts';
import * as people from './people.ts';
import { testAccounts } from './test-accounts.ts';
import { testBroker } from './test-broker.ts';
import { testDb } from './test-db.ts';

/** Jane's login at the broker: an account for CFDs, which is her preferred one, and one for spread bets. */
export const jane: SimulatorLogin = {
  identifier: 'jane-demo',
  password: 'a wrong guess would lock it',
  apiKey: 'key-of-jane',
  accountId: 'JANE1',
  otherAccounts: [
    {
      accountId: 'JANE2',
      accountName: 'Bets',
      accountType: 'SPREADBET',
      currency: 'GBP',
      balance: '500.00',
    },
  ],
};
/** What Jane types to connect it. */
export const janeTypes: ConnectAccount = {
  environment: 'demo',
  apiKey: jane.apiKey,
  identifier: jane.identifier,
  password: jane.password,
};

/** The simulator stands for IG demo, or for what is said; `password` is what everybody signs in here with. */
/** `visited` happens between the broker's answer to a login and what is made of it. */
export async function accountRig({
  logins = [jane],
  environment = 'demo',
  endpoints,
  visited = async () => {},
  password = 'correct horse',
  requireCodeLately,
  mayDealLive = true,
}: {
  logins?: SimulatorLogin[];
  environment?: 'demo' | 'live';
  endpoints?: Endpoints;
  visited?: () => Promise<void>;
  password?: string;
  requireCodeLately?: () => Promise<void>;
  mayDealLive?: boolean;
} = {}) {
  const db = await testDb();
  const ig = await testBroker({ logins });
  const { database } = db;
  const { clock } = ig;
  const ids = createIds(clock);
  const sealer = build.sealer();
  const bus = createMemoryBus({ logger: silentLogger, clock, limits: defaultLimits });
  const listeners = new Set<(accountId: string) => void>();
  await (
    await bus.subscribe('wakeups', ({ id }) => listeners.forEach((listener) => listener(id)))
  ).setKeys([accountsWakeup]);
  const reach = { database, sealer, clock, logger: silentLogger };
  const at = endpoints ?? { [environment]: ig.login.baseUrl };
  const typed: string[] = [];
  const brokerDoor = createBrokerDoor({ ...reach, endpoints: at });
  const accounts = testAccounts({
    database,
    bus,
    ids,
    clock,
    sealer,
    door: {
      ...brokerDoor,
      async visit(...asked) {
        const visit = await brokerDoor.visit(...asked);
        await visited();
        return visit;
      },
      look: async (account) => (await clients.of(account)).mayDeal(),
    },
    use: createAccountUse(),
    mayDealLive: async () => mayDealLive,
    ...(requireCodeLately && { requireCodeLately }),
    async checkPassword({ email, ip }, attempt) {
      typed.push(`${email} from ${ip}`);
      if (attempt !== password) throw new AppError('auth.wrong_password');
    },
  });
  const clients = createAccountClients({
    ...reach,
    endpoints: at,
    credentialsOf: accounts.credentialsOf,
    changes: { listen: (listener) => (listeners.add(listener), () => listeners.delete(listener)) },
    onLogin: accounts.reportLogin,
  });
  return {
    database,
    clock,
    ig,
    accounts,
    clients,
    /** Whose password was looked at. */
    typed,
    /** The procedures as `name` meets them, who is made where there is no such user yet. */
    async as(name: string) {
      const id = `user_${name}`;
      await people.addUser(database, { id }).onConflictDoNothing();
      return createCallerFactory(accounts.router)(
        build.context({ principal: build.principal(undefined, { id }) }),
      );
    },
    rows: () => database.db.select().from(brokerAccounts),
    /** The types of a user's trading events, oldest first. */
    told: async (name: string) =>
      (
        await database.db
          .select()
          .from(userEvents)
          .where(eq(userEvents.userId, `user_${name}`))
          .orderBy(userEvents.offset)
      ).map(({ type, accountId }) => `${type} ${accountId}`),
    async [Symbol.asyncDispose]() {
      await ig[Symbol.asyncDispose]();
      await bus.close();
      await db[Symbol.asyncDispose]();
    },
  };
}
