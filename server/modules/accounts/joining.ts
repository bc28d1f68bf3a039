// Accounts of one login become a user's, in one transaction: all of them or none. Who they belong to at the broker is known by then.
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Sealer } from '../../lib/seal.ts';
import { inTransaction, isTaken, type Db, type Tx } from '../../db/transaction.ts';
import type { AccountType } from '../../../shared/accounts.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { UserEvents } from '../events/index.ts';
import { openCredentials, sealCredentials } from './credentials.ts';
import type { BrokerCredentials, LoginAccount } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';
import { toFacts, type FeedOf } from './views.ts';

/** What all accounts of one login have in common. */
export interface Joined {
  userId: string;
  environment: Environment;
  credentials: BrokerCredentials;
  /** `only_first`: where the user has never had an account. `none`: what is not connected by now is not connected by it. */
  mayConnect: 'any' | 'only_first' | 'none';
}
export type JoiningAccount = LoginAccount & { type: AccountType };
export interface JoinedRows {
  rows: AccountRow[];
  changed: string[];
}
export type Join = ReturnType<typeof createJoin>;

export function createJoin({
  db,
  store,
  ids,
  clock,
  sealer,
  events,
  feedOf,
}: {
  db: Db;
  store: AccountStore;
  ids: Ids;
  clock: Clock;
  sealer: Sealer;
  events: Pick<UserEvents, 'append' | 'wake'>;
  feedOf: FeedOf;
}) {
  const describe = ({ userId, environment }: Joined, account: JoiningAccount) => ({
    userId,
    environment,
    brokerAccountId: account.brokerAccountId,
    type: account.type,
    currency: account.currency,
  });
  function isSame(row: AccountRow, { credentials }: Joined): boolean {
    try {
      return isDeepStrictEqual(openCredentials(sealer, row), credentials);
    } catch {
      return false; // sealed under a key that is gone: these replace them
    }
  }
  /** One account: a row that is connected takes the credentials, one that was is brought back under its id, else there is a new one. */
  async function joinOne(
    tx: Tx,
    login: Joined,
    account: JoiningAccount,
    { isDefault, createdAt }: Pick<AccountRow, 'isDefault' | 'createdAt'>,
  ) {
    const facts = describe(login, account);
    const seal = (id: string) => sealCredentials(sealer, id, login.credentials);
    const present = await store.findConnected(tx, facts);
    if (present && present.userId !== login.userId)
      throw new AppError('accounts.taken', {
        message: `Another user of this server has connected the account ${account.brokerAccountId}: they must disconnect it first.`,
      });
    if (present) {
      if (isSame(present, login)) return { row: present, change: 'none' as const };
      const row: AccountRow = { ...present, ...facts, credentials: seal(present.id) };
      await store.save(tx, row);
      return { row, change: 'credentials' as const };
    }
    if (login.mayConnect === 'none') throw new AppError('accounts.disconnected');
    const before = await store.findDisconnected(tx, login.userId, facts);
    if (before) {
      const row: AccountRow = {
        ...before,
        ...facts,
        credentials: seal(before.id),
        isDefault,
        disconnectedAt: null,
      };
      await store.setDealable(tx, row, true);
      await store.save(tx, row);
      return { row, change: 'new' as const };
    }
    const id = ids.next('acct');
    const row: AccountRow = {
      ...facts,
      id,
      name: account.name,
      credentials: seal(id),
      isDefault,
      createdAt,
      disconnectedAt: null,
    };
    await store.insert(tx, row, account.cash);
    return { row, change: 'new' as const };
  }

  /**
   * The rows, in the order given, after the commit, and the ids of those that are not as they were. Each new one is told as
   * `account.connected`. No rows where only a first account may be and there was one. Throws accounts.taken,
   * accounts.disconnected where nothing may be connected, and auth.required when the user is gone.
   */
  return async function join(login: Joined, accounts: readonly JoiningAccount[]): Promise<JoinedRows> {
    const { userId, environment, mayConnect } = login;
    const { rows, changed, isTold } = await inTransaction(db, async (tx) => {
      const { isGone } = await store.lockUser(tx, userId);
      if (isGone) throw new AppError('auth.required'); // their account was deleted while the broker was asked
      if (mayConnect === 'only_first' && (await store.hadAny(userId, tx)))
        return { rows: [], changed: [], isTold: false };
      let hasDefault = (await store.listIn(tx, userId)).some(({ isDefault }) => isDefault);
      const joined: Awaited<ReturnType<typeof joinOne>>[] = [];
      for (const [index, account] of accounts.entries()) {
        // A millisecond apart: they are listed in this order.
        const createdAt = new Date(clock.now().getTime() + index);
        joined.push(await joinOne(tx, login, account, { isDefault: !hasDefault, createdAt }));
        hasDefault = true;
      }
      const told = joined.filter(({ change }) => change === 'new');
      if (told.length > 0)
        await events.append(
          tx,
          userId,
          'trading',
          told.map(({ row }) => ({
            type: 'account.connected',
            at: clock.now(),
            accountId: row.id,
            environment,
            data: toFacts(row, feedOf),
          })),
        );
      return {
        rows: joined.map(({ row }) => row),
        changed: joined.filter(({ change }) => change !== 'none').map(({ row }) => row.id),
        isTold: told.length > 0,
      };
    }).catch((error: unknown) => {
      // Somebody else did at the same moment.
      throw isTaken(error, 'broker_accounts_broker_key') ? new AppError('accounts.taken') : error;
    });
    if (isTold) events.wake(userId, 'trading');
    return { rows, changed };
  };
}
