// The sessions of all logins as a change of keys needs them: they are read and written, and nothing is known of what they say.
import { and, asc, eq, gt, isNotNull } from 'drizzle-orm';
import { brokerSessions } from '../../../drizzle/schema/index.ts';
import type { SealedRows } from '../../db/sealed-rows.ts';
import type { Db } from '../../db/transaction.ts';
import { placeOf } from './session-store.ts';

export function sealedSessions(db: Db): SealedRows {
  const { login, tokens } = brokerSessions;
  return {
    what: ['broker session', 'broker sessions'],
    cure: 'Nothing is lost with it: --drop-lost-sessions forgets it, and its login is made anew when it is next needed.',
    placeOf,
    page: async (after, limit) =>
      (
        await db
          .select({ id: login, sealed: tokens })
          .from(brokerSessions)
          .where(and(gt(login, after), isNotNull(tokens)))
          .orderBy(asc(login))
          .limit(limit)
      ).map(({ id, sealed }) => ({ id, sealed: sealed! })),
    change: (id, reseal) =>
      db.transaction(async (tx) => {
        const [now] = await tx
          .select({ sealed: tokens })
          .from(brokerSessions)
          .where(eq(login, id))
          .for('update');
        const sealed = now?.sealed ? reseal(now.sealed) : undefined;
        if (sealed === undefined) return false;
        await tx.update(brokerSessions).set({ tokens: sealed }).where(eq(login, id));
        return true;
      }),
  };
}

/** Forgets a session that nobody can open: the login is made anew. */
export const dropSession = async (db: Db, id: string): Promise<void> =>
  void (await db
    .update(brokerSessions)
    .set({ tokens: null, expiresAt: null })
    .where(eq(brokerSessions.login, id)));
