// Use cases of accounts: whose account is meant, the simulated one that everybody gets, and what logs in to one.
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Account } from '../../../shared/accounts.ts';
import { Environment } from '../../../shared/primitives.ts';
import { feedOf, simulatedNames, simulatedStart } from './simulated.ts';
import type { BrokerAccount, BrokerCredentials, SimulatedBroker } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';

const Credentials = z.object({ identifier: z.string(), password: z.string(), apiKey: z.string() });
/** Where the credentials of an account lie: they open nowhere else. */
const placeOf = (id: string) => `broker_accounts/${id}`;

interface ServiceDeps {
  store: AccountStore;
  ids: Ids;
  clock: Clock;
  sealer: Sealer;
  /** Null where no simulator runs. */
  broker: SimulatedBroker | null;
  /** Tells every process that the row of an account is new; after the commit. */
  announce: (accountId: string) => void;
}
export type AccountsService = ReturnType<typeof createAccountsService>;

export function createAccountsService({ store, ids, clock, sealer, broker, announce }: ServiceDeps) {
  /**
   * Gives a user the simulated account. The login's names and password follow from the user and the simulator repeats its answer, so
   * dying between that answer and our row costs nothing, and of two processes at once one writes the row and both read it.
   */
  async function provision(userId: string, simulator: SimulatedBroker): Promise<AccountRow[]> {
    const { accountId, ...credentials } = await simulator.createLogin({
      ...simulatedNames(userId),
      ...simulatedStart,
    });
    const id = ids.next('acct');
    const inserted = await store.insert(
      {
        id,
        userId,
        environment: 'simulated',
        brokerAccountId: accountId,
        name: 'Simulated',
        currency: simulatedStart.currency,
        credentials: sealer.seal(JSON.stringify(Credentials.parse(credentials)), placeOf(id)),
        isDefault: true,
        createdAt: clock.now(),
      },
      simulatedStart.cash,
    );
    if (inserted) announce(id);
    return store.listOf(userId);
  }
  async function rowsOf(userId: string): Promise<AccountRow[]> {
    const rows = await store.listOf(userId);
    return rows.length === 0 && broker ? provision(userId, broker) : rows;
  }
  return {
    /** A user's accounts, oldest first; the simulated one is made when there is none. Throws broker.* when the simulator does not answer. */
    list: async (userId: string): Promise<Account[]> => (await rowsOf(userId)).map(toAccount),
    /** Throws accounts.not_found, also for somebody else's. */
    async get(userId: string, id: string): Promise<Account> {
      const row = await store.find(id);
      if (row?.userId !== userId) throw new AppError('accounts.not_found');
      return toAccount(row);
    },
    /** The account asked for, else the only one. Throws accounts.none, accounts.not_found (also for somebody else's), accounts.ambiguous, broker.*. */
    async forUser(userId: string, accountId?: string): Promise<BrokerAccount> {
      const rows = accountId === undefined ? await rowsOf(userId) : await store.listOf(userId);
      const [first, second] = accountId === undefined ? rows : rows.filter(({ id }) => id === accountId);
      if (!first) throw new AppError(accountId === undefined ? 'accounts.none' : 'accounts.not_found');
      if (second) throw new AppError('accounts.ambiguous');
      return toBrokerAccount(first);
    },
    /** Null for one that is not, or no longer, connected here. */
    async find(id: string): Promise<BrokerAccount | null> {
      const row = await store.find(id);
      return row ? toBrokerAccount(row) : null;
    },
    /** Every account of this installation, oldest first. */
    all: async (): Promise<BrokerAccount[]> => (await store.listAll()).map(toBrokerAccount),
    /** Throws accounts.not_found, and Error when the key they were sealed under is gone. */
    async credentialsOf({ id }: Pick<BrokerAccount, 'id'>): Promise<BrokerCredentials> {
      const row = await store.find(id);
      if (!row) throw new AppError('accounts.not_found');
      return Credentials.parse(JSON.parse(sealer.open(row.credentials, placeOf(id))));
    },
  };
}

function toBrokerAccount({
  id,
  userId,
  environment: stored,
  brokerAccountId,
  name,
  currency,
  isDefault,
}: AccountRow): BrokerAccount {
  const environment = Environment.parse(stored);
  return {
    id,
    userId,
    environment,
    feed: feedOf(environment, id),
    brokerAccountId,
    name,
    currency,
    isDefault,
  };
}
function toAccount(row: AccountRow): Account {
  const { userId: _userId, ...account } = toBrokerAccount(row);
  return { ...account, createdAt: row.createdAt };
}
