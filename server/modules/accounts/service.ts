// Whose account is meant, what logs in to it, and the simulated one that everybody gets. Changes are in connecting.ts and leaving.ts.
import { AppError } from '../../lib/app-error.ts';
import type { Sealer } from '../../lib/seal.ts';
import type {
  Account,
  ConnectAccount,
  DisconnectAccount,
  EnableLiveDealing,
  LeftAccount,
  UpdateAccount,
  UpdateCredentials,
} from '../../../shared/accounts.ts';
import type { AccountAllowance } from '../../../shared/allowance.ts';
import type { z } from 'zod';
import type { createConnecting } from './connecting.ts';
import { openCredentials } from './credentials.ts';
import { createFaultSwitches } from './faults.ts';
import type { createLeaving } from './leaving.ts';
import type { createLiveDealing, PasswordTyper } from './live-dealing.ts';
import type { AllowanceOf, BrokerAccount, BrokerCredentials, SimulatedBroker } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';
import { toAccount, toBrokerAccount, type FeedOf } from './views.ts';

interface ServiceDeps {
  store: AccountStore;
  sealer: Sealer;
  /** Null where no simulator runs. */
  simulator: SimulatedBroker | null;
  connecting: ReturnType<typeof createConnecting>;
  leaving: ReturnType<typeof createLeaving>;
  liveDealing: ReturnType<typeof createLiveDealing>;
  feedOf: FeedOf;
  allowanceOf: AllowanceOf;
}
export type AccountsService = ReturnType<typeof createAccountsService>;

const onlyLive =
  'The only account left to you is live, and none is the default: send accountId, or make it the default with POST /api/accounts/{id}/default (accounts.setDefault).';

export function createAccountsService({
  store,
  sealer,
  simulator,
  connecting,
  leaving,
  liveDealing,
  feedOf,
  allowanceOf,
}: ServiceDeps) {
  /** Connected ones. Somebody who never had an account is given the simulated one. */
  async function rowsOf(userId: string): Promise<AccountRow[]> {
    const rows = await store.listOf(userId);
    if (rows.length > 0 || !simulator) return rows;
    if (!(await store.hadAny(userId))) await connecting.connectSimulated(userId, simulator, 'only_first');
    // Another process may have made it since the first look.
    return store.listOf(userId);
  }
  /** Connected or not. Throws accounts.not_found, also for somebody else's. */
  async function own(userId: string, id: string): Promise<AccountRow> {
    const row = await store.find(id);
    if (row?.userId !== userId) throw new AppError('accounts.not_found');
    return row;
  }
  async function ownConnected(userId: string, id: string): Promise<AccountRow> {
    const row = await own(userId, id);
    if (row.disconnectedAt) throw new AppError('accounts.disconnected');
    return row;
  }
  async function shown(rows: readonly AccountRow[]): Promise<Account[]> {
    const ids = rows.map(({ id }) => id);
    const [health, dealingLive] = await Promise.all([store.healthOf(ids), store.liveDealingOf(ids)]);
    return rows.map((row) =>
      toAccount(row, feedOf, { health: health.get(row.id), liveDealing: dealingLive.has(row.id) }),
    );
  }
  const faults = createFaultSwitches({ simulator, ownConnected });
  const shownOne = async (row: AccountRow): Promise<Account> => (await shown([row]))[0]!;

  return {
    /** A user's connected accounts, oldest first; the simulated one is made for who never had any. Throws broker.* when the simulator does not answer. */
    list: async (userId: string): Promise<Account[]> => shown(await rowsOf(userId)),
    /** Also one that is disconnected. Throws accounts.not_found, also for somebody else's. */
    get: async (userId: string, id: string): Promise<Account> => shownOne(await own(userId, id)),
    /** Throws accounts.not_found, accounts.disconnected. */
    allowance: async (userId: string, id: string): Promise<AccountAllowance> =>
      allowanceOf(toBrokerAccount(await ownConnected(userId, id), feedOf)),
    /** See faults.ts. */
    faults,
    /** See connecting.ts. */
    connect: async (userId: string, input: ConnectAccount): Promise<Account[]> =>
      shown(await connecting.connect(userId, input)),
    async updateCredentials(userId: string, { id, ...changed }: UpdateCredentials): Promise<Account> {
      const row = await ownConnected(userId, id);
      const rows = await connecting.updateCredentials(row, await store.listOf(userId), changed);
      return shownOne(rows.find((each) => each.id === id)!);
    },
    async test(userId: string, id: string): Promise<Account> {
      const row = await ownConnected(userId, id);
      await connecting.test(row);
      return shownOne(row);
    },
    update: async (userId: string, { id, name }: z.output<typeof UpdateAccount>): Promise<Account> =>
      shownOne(await leaving.rename(userId, id, name)),
    setDefault: async (userId: string, id: string): Promise<Account> =>
      shownOne(await leaving.setDefault(userId, id)),
    /** See live-dealing.ts. */
    enableLiveDealing: async (
      who: PasswordTyper,
      input: z.output<typeof EnableLiveDealing>,
    ): Promise<Account> => shownOne(await liveDealing.enable(who, input)),
    disableLiveDealing: async (userId: string, id: string): Promise<Account> =>
      shownOne(await liveDealing.disable(userId, id)),
    async disconnect(userId: string, input: z.output<typeof DisconnectAccount>): Promise<LeftAccount> {
      const { row, heir } = await leaving.disconnect(userId, input.id, input);
      return { ...(await shownOne(row)), defaultAccountId: heir?.id ?? null };
    },

    /**
     * The account asked for, also one that is disconnected (it can be read), else the only connected one; a live one is meant without
     * being named only where it is the default. Throws accounts.none, accounts.not_found (also for somebody else's), accounts.ambiguous, broker.*.
     */
    async forUser(userId: string, accountId?: string): Promise<BrokerAccount> {
      const rows = accountId === undefined ? await rowsOf(userId) : await store.listOf(userId);
      const [first, second] = accountId === undefined ? rows : rows.filter(({ id }) => id === accountId);
      if (second) throw new AppError('accounts.ambiguous');
      if (first && accountId === undefined && first.environment === 'live' && !first.isDefault)
        throw new AppError('accounts.ambiguous', { message: onlyLive });
      if (first) return toBrokerAccount(first, feedOf);
      if (accountId === undefined) throw new AppError('accounts.none');
      return toBrokerAccount(await own(userId, accountId), feedOf);
    },
    /** Null for one that is not, or no longer, connected here. */
    async find(id: string): Promise<BrokerAccount | null> {
      const row = await store.find(id);
      return row && !row.disconnectedAt ? toBrokerAccount(row, feedOf) : null;
    },
    /** Every connected account of this installation, oldest first. */
    all: async (): Promise<BrokerAccount[]> =>
      (await store.listAll()).map((row) => toBrokerAccount(row, feedOf)),
    /** Throws accounts.not_found, accounts.disconnected, and Error when the key they were sealed under is gone. */
    async credentialsOf({ id }: Pick<BrokerAccount, 'id'>): Promise<BrokerCredentials> {
      const row = await store.find(id);
      if (!row) throw new AppError('accounts.not_found');
      if (row.disconnectedAt) throw new AppError('accounts.disconnected');
      return openCredentials(sealer, row);
    },
  };
}
