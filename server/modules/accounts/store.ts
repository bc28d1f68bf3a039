// Every query of the accounts module. Whatever joins a transaction takes `tx` first.
import { and, asc, count, desc, eq, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm';
import { accountHealth, accountRisk, brokerAccounts, users } from '../../../drizzle/schema/index.ts';
import type { AccountState } from '../../../shared/accounts.ts';
import { columnsOf, runTogether, statement } from '../../db/statement.ts';
import type { Db, Tx } from '../../db/transaction.ts';

export type AccountRow = typeof brokerAccounts.$inferSelect;
export type RiskRow = typeof accountRisk.$inferSelect;
export type HealthRow = typeof accountHealth.$inferSelect;
export type AccountStore = ReturnType<typeof createAccountStore>;

const all = columnsOf(brokerAccounts);
const listOf = statement(
  'accounts_list_of',
  `select ${all.list} from broker_accounts where user_id = $1 and disconnected_at is null order by created_at, id`,
  all.read,
);

/** What every row about an account begins with. */
type Identity = Pick<AccountRow, 'id' | 'environment'>;
const ofAccount = ({ id, environment }: Identity) => ({ accountId: id, environment });

/** The broker's name for an account. */
type AtBroker = Pick<AccountRow, 'environment' | 'brokerAccountId'>;

export function createAccountStore(db: Db) {
  const connected = isNull(brokerAccounts.disconnectedAt);
  const oldestFirst = [asc(brokerAccounts.createdAt), asc(brokerAccounts.id)] as const;
  const isAt = ({ environment, brokerAccountId }: AtBroker) =>
    and(eq(brokerAccounts.environment, environment), eq(brokerAccounts.brokerAccountId, brokerAccountId));
  return {
    /** A user's connected accounts, oldest first. */
    listOf: (userId: string): Promise<AccountRow[]> => runTogether(db, listOf, [userId]),
    /** A user's, connected or not, oldest first. */
    listEverOf: (userId: string): Promise<AccountRow[]> =>
      db
        .select()
        .from(brokerAccounts)
        .where(eq(brokerAccounts.userId, userId))
        .orderBy(...oldestFirst),
    /** Everybody's connected ones, oldest first. */
    listAll: (): Promise<AccountRow[]> =>
      db
        .select()
        .from(brokerAccounts)
        .where(connected)
        .orderBy(...oldestFirst),
    /** Connected or not. */
    async find(id: string, within: Db | Tx = db): Promise<AccountRow | undefined> {
      return (await within.select().from(brokerAccounts).where(eq(brokerAccounts.id, id)))[0];
    },
    /** Whether a user has, or ever had, an account. */
    async hadAny(userId: string, within: Db | Tx = db): Promise<boolean> {
      const [row] = await within
        .select({ n: count() })
        .from(brokerAccounts)
        .where(eq(brokerAccounts.userId, userId));
      return row!.n > 0;
    },
    /**
     * What differs whenever a row was written, by id: the transaction that wrote it last (PostgreSQL's xmin). Of these accounts, or
     * of all for null; one that is gone is left out.
     */
    async revisions(ids: readonly string[] | null): Promise<Map<string, string>> {
      const rows = await db
        .select({ id: brokerAccounts.id, revision: sql<string>`xmin::text` })
        .from(brokerAccounts)
        .where(ids ? inArray(brokerAccounts.id, [...ids]) : undefined);
      return new Map(rows.map(({ id, revision }) => [id, revision]));
    },

    /** Holds the set of a user's accounts until `tx` ends: two changes of it never overlap. Before an account's risk row. */
    lockUser: async (tx: Tx, userId: string): Promise<{ isGone: boolean }> => {
      const user = tx.select({ deletedAt: users.deletedAt }).from(users).where(eq(users.id, userId));
      const [row] = await user.for('no key update');
      return { isGone: !row || row.deletedAt !== null };
    },
    /** A user's connected accounts, oldest first, as of now in `tx`. */
    listIn: (tx: Tx, userId: string): Promise<AccountRow[]> =>
      tx
        .select()
        .from(brokerAccounts)
        .where(and(eq(brokerAccounts.userId, userId), connected))
        .orderBy(...oldestFirst),
    /** The connected row of an account at the broker, whoever's it is. */
    async findConnected(tx: Tx, account: AtBroker): Promise<AccountRow | undefined> {
      return (
        await tx
          .select()
          .from(brokerAccounts)
          .where(and(isAt(account), connected))
      )[0];
    },
    /** What is left of an account that a user had connected before; the newest. */
    async findDisconnected(tx: Tx, userId: string, account: AtBroker): Promise<AccountRow | undefined> {
      const [row] = await tx
        .select()
        .from(brokerAccounts)
        .where(
          and(eq(brokerAccounts.userId, userId), isAt(account), isNotNull(brokerAccounts.disconnectedAt)),
        )
        .orderBy(desc(brokerAccounts.disconnectedAt))
        .limit(1);
      return row;
    },
    /** With its risk row, which begins with the `cash` the broker told; null: it did not. What its positions win or lose is told later. */
    async insert(tx: Tx, row: AccountRow, cash: string | null): Promise<void> {
      await tx.insert(brokerAccounts).values(row);
      await tx.insert(accountRisk).values({
        ...ofAccount(row),
        ...(cash !== null && { cash, margin: '0', fundsAt: row.createdAt }),
      });
    },
    save: async (tx: Tx, { id, ...row }: AccountRow): Promise<void> =>
      void (await tx.update(brokerAccounts).set(row).where(eq(brokerAccounts.id, id))),
    /** No other account of the user is the default any more. */
    clearDefault: async (tx: Tx, userId: string, but: string): Promise<void> =>
      void (await tx
        .update(brokerAccounts)
        .set({ isDefault: false })
        .where(and(eq(brokerAccounts.userId, userId), ne(brokerAccounts.id, but), brokerAccounts.isDefault))),
    /**
     * Takes the lock under which deals are admitted, and says whether any may be from now on. Either way live dealing is off then, and
     * once it is connected again nobody knows its figures: what happened to its money meanwhile is no loss of the day.
     */
    async setDealable(tx: Tx, account: Identity, isConnected: boolean): Promise<void> {
      const unknown = { cash: null, margin: null, runningProfit: null, fundsAt: null };
      const set = { connected: isConnected, liveDealing: false, ...(isConnected && unknown) };
      await tx
        .insert(accountRisk)
        .values({ ...ofAccount(account), ...set })
        .onConflictDoUpdate({ target: accountRisk.accountId, set });
    },
    /** Takes the same lock; the row as it is. */
    async lockRisk(tx: Tx, account: Identity): Promise<RiskRow> {
      await tx.insert(accountRisk).values(ofAccount(account)).onConflictDoNothing();
      return (
        await tx.select().from(accountRisk).where(eq(accountRisk.accountId, account.id)).for('update')
      )[0]!;
    },
    /** What is admitted and not sent yet is not sent any more. */
    setLiveDealing: async (tx: Tx, accountId: string, liveDealing: boolean): Promise<void> =>
      void (await tx
        .update(accountRisk)
        .set({ liveDealing, haltEpoch: sql`${accountRisk.haltEpoch} + 1` })
        .where(eq(accountRisk.accountId, accountId))),
    /** Those of these accounts on which live dealing is on. */
    liveDealingOf: async (ids: readonly string[]): Promise<Set<string>> =>
      new Set(
        (ids.length === 0
          ? []
          : await db
              .select({ id: accountRisk.accountId })
              .from(accountRisk)
              .where(and(inArray(accountRisk.accountId, [...ids]), accountRisk.liveDealing))
        ).map(({ id }) => id),
      ),

    /** Of these accounts; those of whom nothing was ever reported are left out. */
    healthOf: async (ids: readonly string[]): Promise<Map<string, HealthRow>> =>
      new Map(
        (ids.length === 0
          ? []
          : await db
              .select()
              .from(accountHealth)
              .where(inArray(accountHealth.accountId, [...ids]))
        ).map((row) => [row.accountId, row]),
      ),
    /** The row of an account, made when it is missing, locked until the end of `tx`; undefined where there is no such account. */
    async lockHealth(tx: Tx, accountId: string, now: Date): Promise<HealthRow | undefined> {
      const at = now.toISOString();
      await tx.execute(sql`insert into ${accountHealth} (account_id, environment, state, since, confirmed_at)
        select id, environment, 'up', ${at}, ${at} from ${brokerAccounts} where id = ${accountId} on conflict do nothing`);
      const [row] = await tx
        .select()
        .from(accountHealth)
        .where(eq(accountHealth.accountId, accountId))
        .for('update');
      return row;
    },
    /** Nothing is known of how the broker treats it; the epoch stays, so that an earlier gateway is not believed when it comes back. */
    clearHealth: async (tx: Tx, accountId: string, at: Date): Promise<void> =>
      void (await tx
        .update(accountHealth)
        .set({ state: 'up', since: at, confirmedAt: at, message: null, brokerCode: null })
        .where(eq(accountHealth.accountId, accountId))),
    saveHealth: async (tx: Tx, { accountId, ...row }: HealthRow): Promise<void> =>
      void (await tx.update(accountHealth).set(row).where(eq(accountHealth.accountId, accountId))),
    /** Connected ones with how they are treated, those that are not up first, then the oldest. */
    listHealth(limit: number) {
      const state = sql<HealthRow['state']>`coalesce(${accountHealth.state}, 'up')`;
      return db
        .select({
          accountId: brokerAccounts.id,
          environment: brokerAccounts.environment,
          userId: brokerAccounts.userId,
          state,
          since: sql<Date>`coalesce(${accountHealth.since}, ${brokerAccounts.createdAt})`.mapWith(
            brokerAccounts.createdAt,
          ),
        })
        .from(brokerAccounts)
        .leftJoin(accountHealth, eq(accountHealth.accountId, brokerAccounts.id))
        .where(connected)
        .orderBy(sql`${state} = 'up'`, ...oldestFirst)
        .limit(limit);
    },
    /** All accounts by state. */
    async countHealth(): Promise<Record<AccountState, number>> {
      const state = sql<AccountState>`case when ${connected} then coalesce(${accountHealth.state}, 'up') else 'disconnected' end`;
      const rows = await db
        .select({ state, n: count() })
        .from(brokerAccounts)
        .leftJoin(accountHealth, eq(accountHealth.accountId, brokerAccounts.id))
        .groupBy(sql`1`);
      const counts = { up: 0, degraded: 0, read_only: 0, offline: 0, disconnected: 0 };
      for (const row of rows) counts[row.state] = row.n;
      return counts;
    },
  };
}
