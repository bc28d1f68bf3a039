// Every query of registrations: those who asked for an account and have not confirmed their address yet.
import { and, desc, eq, gt, isNotNull, lte } from 'drizzle-orm';
import { registrations } from '../../../drizzle/schema/index.ts';
import { deleteSome } from '../../db/delete-some.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';

export type RegistrationRow = typeof registrations.$inferSelect;
export type RegistrationsStore = ReturnType<typeof createRegistrationsStore>;

export function createRegistrationsStore(db: Db) {
  return {
    transaction: <T>(work: (tx: Tx) => Promise<T>) => inTransaction(db, work),
    insert: (row: RegistrationRow, tx: Db | Tx = db) => tx.insert(registrations).values(row),
    async find(id: string): Promise<RegistrationRow | undefined> {
      return (await db.select().from(registrations).where(eq(registrations.id, id)))[0];
    },
    async findByCode(codeHash: string): Promise<RegistrationRow | undefined> {
      return (await db.select().from(registrations).where(eq(registrations.codeHash, codeHash)))[0];
    },
    async findNewest(email: string): Promise<RegistrationRow | undefined> {
      return (
        await db
          .select()
          .from(registrations)
          .where(eq(registrations.email, email))
          .orderBy(desc(registrations.createdAt), desc(registrations.id))
          .limit(1)
      )[0];
    },
    /** How many mails went out for an address since `since`; those of a clock that was ahead do not count. */
    countMailed: (email: string, { since, now }: { since: Date; now: Date }): Promise<number> =>
      db.$count(
        registrations,
        and(
          eq(registrations.email, email),
          isNotNull(registrations.codeHash),
          gt(registrations.createdAt, since),
          lte(registrations.createdAt, now),
        ),
      ),
    setCode: (id: string, codeHash: string | null) =>
      db.update(registrations).set({ codeHash }).where(eq(registrations.id, id)),
    /** All of an address; their ids. */
    deleteOf: (tx: Tx, email: string) =>
      tx.delete(registrations).where(eq(registrations.email, email)).returning({ id: registrations.id }),
    deleteExpiredBy: (instant: Date) =>
      deleteSome(db, registrations.id, lte(registrations.expiresAt, instant)),
  };
}
