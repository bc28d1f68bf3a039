// Every query of the auth module, except those Lucia and the rate limiter make themselves.
import { and, desc, eq, gt, inArray, isNull, lt, lte, ne, or, sql, type Column } from 'drizzle-orm';
import {
  emailCodes,
  recoveryCodes,
  refreshTokens,
  sessions,
  totpSecrets,
  users,
} from '../../../drizzle/schema/index.ts';
import { deleteSome } from '../../db/delete-some.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';
import { hashToken } from './tokens.ts';

export type UserRow = typeof users.$inferSelect;
export type CodeRow = typeof emailCodes.$inferSelect;
export type RefreshTokenRow = typeof refreshTokens.$inferSelect;
/** With its session's user, unless the session has ended. */
export interface HeldRefreshToken {
  token: RefreshTokenRow;
  user: UserRow | undefined;
}
/** What an operator sees of a user; `sessions` are the logins that hold. */
export type ListedUser = Pick<UserRow, 'email' | 'name' | 'isAdmin' | 'createdAt' | 'disabledAt'> & {
  sessions: number;
};
export type AuthStore = ReturnType<typeof createAuthStore>;

/** A client that logs in for every call would otherwise fill the table; the oldest sessions beyond this end. */
const maxSessionsPerUser = 200;
/** Sessions beyond the limit that one login ends at most; the next takes the rest. */
const surplusRows = 1_000;

/** One parameter, and so one statement, however many there are. */
const isOneOf = (column: Column, ids: readonly string[]) =>
  sql`${column} = any(${sql.param([...ids])}::text[])`;

export function createAuthStore(db: Db) {
  return {
    transaction: <T>(work: (tx: Tx) => Promise<T>) => inTransaction(db, work),

    /** Every address in the table is in lower case; so must `email` be. */
    async findByEmail(email: string): Promise<UserRow | undefined> {
      return (await db.select().from(users).where(eq(users.email, email)))[0];
    },
    async exists(id: string): Promise<boolean> {
      return (await db.select({ id: users.id }).from(users).where(eq(users.id, id))).length > 0;
    },
    /** False when the address is taken, also by somebody who registers at this moment. */
    async insertUser(user: typeof users.$inferInsert, tx: Db | Tx = db): Promise<boolean> {
      return (
        (
          await tx
            .insert(users)
            .values(user)
            .onConflictDoNothing({ target: users.email })
            .returning({ id: users.id })
        ).length === 1
      );
    },
    /** The user as it is now, held until the end of `tx`: nobody disables it or changes its password meanwhile. */
    async holdUser(tx: Tx, id: string): Promise<UserRow | undefined> {
      return (await tx.select().from(users).where(eq(users.id, id)).for('share'))[0];
    },
    /** The user as it is now, held for a change until the end of `tx`. */
    async lockUser(tx: Tx, id: string): Promise<UserRow | undefined> {
      return (await tx.select().from(users).where(eq(users.id, id)).for('update'))[0];
    },
    /** With the proof that it is the user's. The index users_email_key refuses one that is another's by now. */
    setEmail: (tx: Tx, id: string, email: string, emailVerifiedAt: Date) =>
      tx.update(users).set({ email, emailVerifiedAt }).where(eq(users.id, id)),
    /** Leaves of a user what others point at, and nothing that says who it was. */
    async emptyUser(
      tx: Tx,
      id: string,
      { passwordHash, at }: { passwordHash: string; at: Date },
    ): Promise<void> {
      await tx
        .delete(refreshTokens)
        .where(
          inArray(
            refreshTokens.sessionId,
            tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, id)),
          ),
        );
      await tx.delete(totpSecrets).where(eq(totpSecrets.userId, id));
      await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, id));
      await tx.delete(emailCodes).where(eq(emailCodes.userId, id));
      await tx
        .update(users)
        .set({
          email: `${id}@deleted.invalid`,
          name: 'Deleted',
          passwordHash,
          timeZone: 'UTC',
          phone: null,
          country: null,
          language: null,
          baseCurrency: null,
          tradingExperience: null,
          riskProfile: null,
          isAdmin: false,
          emailVerifiedAt: null,
          disabledAt: at,
          deletedAt: at,
        })
        .where(eq(users.id, id));
    },
    setEmailVerified: (tx: Tx, id: string, emailVerifiedAt: Date) =>
      tx.update(users).set({ emailVerifiedAt }).where(eq(users.id, id)),
    async isEmailVerified(id: string): Promise<boolean> {
      const [row] = await db.select({ at: users.emailVerifiedAt }).from(users).where(eq(users.id, id));
      return Boolean(row?.at);
    },

    /** False when `most` of its purpose are good already. Those asked for at once are counted one after another. */
    insertCode: (code: CodeRow, { now, most }: { now: Date; most: number }): Promise<boolean> =>
      inTransaction(db, async (tx) => {
        await tx.select({ id: users.id }).from(users).where(eq(users.id, code.userId)).for('update');
        const live = await tx.$count(
          emailCodes,
          and(
            eq(emailCodes.userId, code.userId),
            eq(emailCodes.purpose, code.purpose),
            gt(emailCodes.expiresAt, now),
            lte(emailCodes.expiresAt, code.expiresAt), // not what a clock that was ahead dated
          ),
        );
        if (live >= most) return false;
        await tx.insert(emailCodes).values(code);
        return true;
      }),
    async findCode(codeHash: string, purpose: CodeRow['purpose']): Promise<CodeRow | undefined> {
      const isIt = and(eq(emailCodes.codeHash, codeHash), eq(emailCodes.purpose, purpose));
      return (await db.select().from(emailCodes).where(isIt))[0];
    },
    /** What it deleted: nothing when somebody else was quicker. */
    deleteCode: (codeHash: string, tx: Db | Tx = db) =>
      tx
        .delete(emailCodes)
        .where(eq(emailCodes.codeHash, codeHash))
        .returning({ codeHash: emailCodes.codeHash }),
    deleteCodesOf: (tx: Tx, userId: string, purpose?: CodeRow['purpose']) =>
      tx
        .delete(emailCodes)
        .where(and(eq(emailCodes.userId, userId), purpose ? eq(emailCodes.purpose, purpose) : undefined)),
    deleteCodesExpiredBy: (instant: Date) => db.delete(emailCodes).where(lte(emailCodes.expiresAt, instant)),

    /** Those behind the address `after`, by address. */
    listUsers: ({ after, limit, now }: { after: string; limit: number; now: Date }): Promise<ListedUser[]> =>
      db
        .select({
          email: users.email,
          name: users.name,
          isAdmin: users.isAdmin,
          createdAt: users.createdAt,
          disabledAt: users.disabledAt,
          sessions: db.$count(sessions, and(eq(sessions.userId, users.id), gt(sessions.expiresAt, now))),
        })
        .from(users)
        .where(gt(users.email, after))
        .orderBy(users.email)
        .limit(limit),
    async hasAdministrator(): Promise<boolean> {
      const enabled = and(eq(users.isAdmin, true), isNull(users.disabledAt));
      return (await db.select({ id: users.id }).from(users).where(enabled).limit(1)).length > 0;
    },
    /** With `passwordHash` it does nothing when the password was changed in between, and gives false. */
    async setDisabled(tx: Tx, id: string, disabledAt: Date | null, passwordHash?: string): Promise<boolean> {
      const isIt = and(eq(users.id, id), passwordHash ? eq(users.passwordHash, passwordHash) : undefined);
      const rows = await tx.update(users).set({ disabledAt }).where(isIt).returning({ id: users.id });
      return rows.length > 0;
    },
    setPasswordHash: (tx: Tx, id: string, passwordHash: string) =>
      tx.update(users).set({ passwordHash }).where(eq(users.id, id)),
    /** Does nothing when the password was changed in between. */
    replacePasswordHash: (id: string, old: string, passwordHash: string) =>
      db
        .update(users)
        .set({ passwordHash })
        .where(and(eq(users.id, id), eq(users.passwordHash, old))),

    insertRefreshToken: (tx: Tx, token: Omit<RefreshTokenRow, 'usedAt'>) =>
      tx.insert(refreshTokens).values(token),
    markRefreshTokenUsed: (tx: Tx, tokenHash: string, usedAt: Date) =>
      tx.update(refreshTokens).set({ usedAt }).where(eq(refreshTokens.tokenHash, tokenHash)),
    /**
     * A refresh token, with its session's user unless the session has ended. Locks the *session* until the end of `tx`, and
     * reads the token after that, so that all that happens to a session's tokens happens one after another.
     */
    async lockRefreshToken(tx: Tx, tokenHash: string): Promise<HeldRefreshToken | undefined> {
      const find = () => tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash));
      const [found] = await find();
      if (!found) return undefined;
      const [held] = await tx
        .select({ user: users })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(eq(sessions.id, found.sessionId))
        .for('update', { of: sessions });
      const [token] = await find();
      return token && { token, user: held?.user };
    },

    /** Which of these tokens is kept here. */
    async findStored(tx: Tx, tokens: readonly string[]): Promise<string | undefined> {
      const hashes = tokens.map((token) => hashToken(token));
      const kept = await tx
        .select({ tokenHash: refreshTokens.tokenHash })
        .from(refreshTokens)
        .where(inArray(refreshTokens.tokenHash, hashes));
      return tokens.find((_token, n) => kept.some(({ tokenHash }) => tokenHash === hashes[n]));
    },

    /** The same without holding anything. */
    async findRefreshToken(tokenHash: string): Promise<HeldRefreshToken | undefined> {
      const [found] = await db
        .select({ token: refreshTokens, user: users })
        .from(refreshTokens)
        .leftJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
        .leftJoin(users, eq(users.id, sessions.userId))
        .where(eq(refreshTokens.tokenHash, tokenHash));
      return found && { token: found.token, user: found.user ?? undefined };
    },
    /** The addresses from which sessions of an account were opened that have not ended. */
    async sessionAddresses(email: string): Promise<string[]> {
      const rows = await db
        .selectDistinct({ ip: sessions.ip })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(eq(users.email, email));
      return rows.flatMap(({ ip }) => ip ?? []);
    },

    setSessionExpiry: (tx: Tx, id: string, expiresAt: Date) =>
      tx.update(sessions).set({ expiresAt }).where(eq(sessions.id, id)),
    /** Those of `ids` that have not expired and whose user is not disabled. */
    listLiveSessions: (ids: readonly string[], now: Date) =>
      db
        .select({ id: sessions.id, expiresAt: sessions.expiresAt })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(isOneOf(sessions.id, ids), gt(sessions.expiresAt, now), isNull(users.disabledAt))),
    lengthenSessions: (ids: readonly string[], expiresAt: Date) =>
      db.update(sessions).set({ expiresAt }).where(isOneOf(sessions.id, ids)),
    deleteSession: (tx: Tx, id: string) => tx.delete(sessions).where(eq(sessions.id, id)),
    /** Those that hold, newest first; there are at most some 200 (see deleteSurplusSessions). */
    listSessions: (userId: string, now: Date, on: Db | Tx = db) =>
      on
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.createdAt), sessions.id)
        .limit(2 * maxSessionsPerUser),
    /** That they are in use, to `toMs`: most calls write nothing. One that lies ahead is brought back. */
    seeSessions: (ids: readonly string[], now: Date, toMs: number) =>
      db
        .update(sessions)
        .set({ lastSeenAt: now })
        .where(
          and(
            isOneOf(sessions.id, ids),
            or(
              isNull(sessions.lastSeenAt),
              lt(sessions.lastSeenAt, new Date(now.getTime() - toMs)),
              gt(sessions.lastSeenAt, new Date(now.getTime() + toMs)),
            ),
          ),
        ),
    /** What it deleted: nothing of what is somebody else's. */
    deleteSessionOf: (userId: string, id: string) =>
      db
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), eq(sessions.id, id)))
        .returning({ id: sessions.id }),
    /** The ids of the sessions it deleted; `except` stays. */
    deleteSessionsOf: (tx: Tx, userId: string, { except }: { except?: string } = {}) =>
      tx
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), except ? ne(sessions.id, except) : undefined))
        .returning({ id: sessions.id }),
    /** Deletes a user's oldest sessions beyond the limit, those dated after `latest` first; their ids. Rows another process is deleting are left to it. */
    deleteSurplusSessions: (userId: string, latest: Date) =>
      db
        .delete(sessions)
        .where(
          inArray(
            sessions.id,
            db
              .select({ id: sessions.id })
              .from(sessions)
              .where(eq(sessions.userId, userId))
              .orderBy(gt(sessions.createdAt, latest), desc(sessions.createdAt), sessions.id)
              .offset(maxSessionsPerUser)
              .limit(surplusRows)
              .for('update', { skipLocked: true }),
          ),
        )
        .returning({ id: sessions.id }),
    /** Deletes sessions past their time, a bounded number; their ids. */
    deleteExpiredSessions: (now: Date) => deleteSome(db, sessions.id, lte(sessions.expiresAt, now)),
    /** Nothing lives longer than `latest`, also what was stored by a clock that was ahead. */
    async endBy(latest: Date): Promise<void> {
      const expiresAt = latest;
      await db.update(sessions).set({ expiresAt }).where(gt(sessions.expiresAt, latest));
      await db.update(refreshTokens).set({ expiresAt }).where(gt(refreshTokens.expiresAt, latest));
    },
    deleteRefreshTokensExpiredBy: (instant: Date) =>
      deleteSome(db, refreshTokens.tokenHash, lte(refreshTokens.expiresAt, instant)),
  };
}
