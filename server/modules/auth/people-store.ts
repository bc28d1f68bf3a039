// Queries of users as administrators see them.
import { and, eq, gt, ilike, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { apiKeys, sessions, users } from '../../../drizzle/schema/index.ts';
import type { AdminUser, ListUsers } from '../../../shared/admin-users.ts';
import type { Page } from '../../../shared/primitives.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';

export type PeopleStore = ReturnType<typeof createPeopleStore>;
type Filter = Omit<ListUsers, keyof Page>;

const newest = keyset(users, { at: 'createdAt', id: 'id', order: 'newest first' });
/** What was typed is looked for as it is: none of its characters stands for others. */
const holding = (text: string) => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
/** As text: Drizzle leaves out the names of tables where it selects from one. */
const lastSeenAt =
  sql<Date | null>`(select max(s.last_seen_at) from sessions s where s.user_id = users.id)`.mapWith(
    sessions.lastSeenAt,
  );

export function createPeopleStore(db: Db) {
  const select = (now: Date) =>
    db
      .select({
        id: users.id,
        email: users.email,
        name: users.name,
        isAdmin: users.isAdmin,
        emailVerified: sql<boolean>`${users.emailVerifiedAt} is not null`,
        createdAt: users.createdAt,
        disabledAt: users.disabledAt,
        lastSeenAt,
        sessions: db.$count(sessions, and(eq(sessions.userId, users.id), gt(sessions.expiresAt, now))),
      })
      .from(users);
  /** Of whom had their account deleted nothing is left to see. */
  const isThere = isNull(users.deletedAt);
  const matching = ({ query, role, disabled }: Filter) =>
    and(
      isThere,
      query === undefined
        ? undefined
        : or(ilike(users.email, holding(query)), ilike(users.name, holding(query))),
      role && eq(users.isAdmin, role === 'admin'),
      disabled === undefined ? undefined : disabled ? isNotNull(users.disabledAt) : isNull(users.disabledAt),
    );

  return {
    list: (filter: Filter, page: Page, now: Date) =>
      newest(page, ({ after, orderBy, limit }) =>
        select(now)
          .where(and(matching(filter), after))
          .orderBy(...orderBy)
          .limit(limit),
      ),
    async find(id: string, now: Date): Promise<AdminUser | undefined> {
      return (await select(now).where(and(eq(users.id, id), isThere)))[0];
    },
    countApiKeys: (userId: string): Promise<number> => db.$count(apiKeys, eq(apiKeys.userId, userId)),
    /** The ids of those who can sign in, held until the end of `tx`, always in one order. */
    async lockAdministrators(tx: Tx): Promise<string[]> {
      const rows = await tx
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.isAdmin, true), isNull(users.disabledAt)))
        .orderBy(users.id)
        .for('no key update');
      return rows.map(({ id }) => id);
    },
    setAdmin: (tx: Tx, id: string, isAdmin: boolean) =>
      tx.update(users).set({ isAdmin }).where(eq(users.id, id)),
  };
}
