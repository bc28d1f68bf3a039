// The credentials of all accounts as a change of keys needs them: they are read and written, and nothing is known of what they say.
import { and, asc, eq, gt, ne } from 'drizzle-orm';
import { brokerAccounts } from '../../../drizzle/schema/index.ts';
import type { SealedRows } from '../../db/sealed-rows.ts';
import { inTransaction, type Db } from '../../db/transaction.ts';
import { placeOf } from './credentials.ts';
import { createAccountStore } from './store.ts';

export function sealedCredentials(db: Db): SealedRows {
  const store = createAccountStore(db);
  const { id: accountId, credentials } = brokerAccounts;
  return {
    what: ['account', 'accounts'],
    cure: 'Its owner can send the credentials again (accounts.updateCredentials, or the page) or disconnect the account.',
    placeOf,
    page: (after, limit) =>
      db
        .select({ id: accountId, sealed: credentials })
        .from(brokerAccounts)
        .where(and(gt(accountId, after), ne(credentials, '')))
        .orderBy(asc(accountId))
        .limit(limit),
    async change(id, reseal) {
      const row = await store.find(id);
      if (!row) return false;
      return inTransaction(db, async (tx) => {
        // Whoever changes an account of a user holds this first, and writes back the whole row that was read under it.
        await store.lockUser(tx, row.userId);
        const [now] = await tx
          .select({ sealed: credentials })
          .from(brokerAccounts)
          .where(eq(accountId, id))
          .for('update');
        const sealed = now && now.sealed !== '' ? reseal(now.sealed) : undefined;
        if (sealed === undefined) return false;
        await tx.update(brokerAccounts).set({ credentials: sealed }).where(eq(accountId, id));
        return true;
      });
    },
  };
}
