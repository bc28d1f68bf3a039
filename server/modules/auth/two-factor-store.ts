// Every query of authenticators, recovery codes and of when a login proved who it is.
import { and, asc, eq, gt, isNotNull, isNull, lt, ne, or } from 'drizzle-orm';
import { recoveryCodes, sessions, totpSecrets } from '../../../drizzle/schema/index.ts';
import type { SealedRows } from '../../db/sealed-rows.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';

export type TotpRow = typeof totpSecrets.$inferSelect;
export type TwoFactorStore = ReturnType<typeof createTwoFactorStore>;

/** Where the secret of a user’s authenticator is sealed to lie. */
export const totpPlaceOf = (userId: string): string => `totp:${userId}`;

export function createTwoFactorStore(db: Db) {
  const { userId: owner, confirmedAt, createdAt, lastStep } = totpSecrets;
  return {
    async find(userId: string, tx: Db | Tx = db): Promise<TotpRow | undefined> {
      return (await tx.select().from(totpSecrets).where(eq(owner, userId)))[0];
    },
    /** One that waits for its confirmation, in the place of another such. False when one is confirmed. */
    async putUnconfirmed(row: Pick<TotpRow, 'userId' | 'secret' | 'createdAt'>): Promise<boolean> {
      const { secret, createdAt } = row;
      const put = await db
        .insert(totpSecrets)
        .values(row)
        .onConflictDoUpdate({ target: owner, set: { secret, createdAt }, setWhere: isNull(confirmedAt) })
        .returning({ userId: owner });
      return put.length === 1;
    },
    /** False when it is confirmed already, or another one by now. */
    async confirm(tx: Tx, row: TotpRow, used: { at: Date; step: number }): Promise<boolean> {
      const isIt = and(eq(owner, row.userId), eq(totpSecrets.secret, row.secret), isNull(confirmedAt));
      const set = { confirmedAt: used.at, lastStep: used.step };
      return (await tx.update(totpSecrets).set(set).where(isIt).returning({ userId: owner })).length === 1;
    },
    /** False when the code of this step, or of a later one up to `newest`, was used already, or the authenticator is another by now. */
    async spendStep(
      tx: Tx,
      row: Pick<TotpRow, 'userId' | 'createdAt'>,
      { step, newest }: { step: number; newest: number },
    ): Promise<boolean> {
      const isIt = and(eq(owner, row.userId), eq(createdAt, row.createdAt), isNotNull(confirmedAt));
      const isUnused = or(isNull(lastStep), lt(lastStep, step), gt(lastStep, newest));
      const set = { lastStep: step };
      return (
        (await tx.update(totpSecrets).set(set).where(and(isIt, isUnused)).returning({ userId: owner }))
          .length === 1
      );
    },
    /** What somebody signs in with beside the password: all of it is gone. Whether an authenticator was confirmed. */
    async remove(tx: Tx, userId: string): Promise<boolean> {
      const gone = await tx.delete(totpSecrets).where(eq(owner, userId)).returning({ confirmedAt });
      await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
      return gone.some((each) => each.confirmedAt !== null);
    },

    async replaceRecoveryCodes(tx: Tx, userId: string, codeHashes: readonly string[], createdAt: Date) {
      await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
      await tx.insert(recoveryCodes).values(codeHashes.map((codeHash) => ({ codeHash, userId, createdAt })));
    },
    async hasRecoveryCode(userId: string, codeHash: string): Promise<boolean> {
      const isIt = and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, codeHash));
      return (await db.$count(recoveryCodes, isIt)) > 0;
    },
    /** False when it is not there, also because somebody was quicker. */
    async spendRecoveryCode(tx: Tx, userId: string, codeHash: string): Promise<boolean> {
      const isIt = and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeHash, codeHash));
      return (
        (await tx.delete(recoveryCodes).where(isIt).returning({ userId: recoveryCodes.userId })).length === 1
      );
    },
    countRecoveryCodes: (userId: string): Promise<number> =>
      db.$count(recoveryCodes, eq(recoveryCodes.userId, userId)),

    /** When a login last proved who it is; undefined for one that is not there. */
    async provedAt(sessionId: string): Promise<Date | null | undefined> {
      const [row] = await db
        .select({ at: sessions.provedAt })
        .from(sessions)
        .where(eq(sessions.id, sessionId));
      return row?.at;
    },
    /** False when the login has ended. */
    async setProved(tx: Tx, sessionId: string, provedAt: Date): Promise<boolean> {
      const proved = await tx
        .update(sessions)
        .set({ provedAt })
        .where(eq(sessions.id, sessionId))
        .returning({ id: sessions.id });
      return proved.length === 1;
    },
    /** What a password alone proved counts no longer. */
    forgetProofs: (tx: Tx, userId: string, { except }: { except: string }) =>
      tx
        .update(sessions)
        .set({ provedAt: null })
        .where(and(eq(sessions.userId, userId), ne(sessions.id, except))),
  };
}

/** The secrets of all authenticators as a change of keys needs them: nothing is known of what they say. */
export function sealedAuthenticators(db: Db): SealedRows {
  const { userId, secret } = totpSecrets;
  return {
    what: ['authenticator', 'authenticators'],
    cure: 'Its user can sign in by a recovery code and set it up anew, or npm run user -- two-factor-off EMAIL does without it.',
    placeOf: totpPlaceOf,
    page: (after, limit) =>
      db
        .select({ id: userId, sealed: secret })
        .from(totpSecrets)
        .where(gt(userId, after))
        .orderBy(asc(userId))
        .limit(limit),
    change: (id, reseal) =>
      inTransaction(db, async (tx) => {
        const isIt = eq(userId, id);
        const [now] = await tx.select({ sealed: secret }).from(totpSecrets).where(isIt).for('update');
        const sealed = now && reseal(now.sealed);
        if (sealed === undefined) return false;
        await tx.update(totpSecrets).set({ secret: sealed }).where(isIt);
        return true;
      }),
  };
}
