// One change of a connected account, with its user's set of accounts standing still meanwhile. What is changed is the caller's.
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { AccountRow, AccountStore } from './store.ts';

export type Change = ReturnType<typeof createChange>;

export function createChange({ db, store }: { db: Db; store: AccountStore }) {
  /** Runs `work` on a connected account of the user; `all` are the connected ones. Throws accounts.not_found, accounts.disconnected. */
  return async function change<T>(
    userId: string,
    id: string,
    work: (tx: Tx, row: AccountRow, all: AccountRow[]) => Promise<T>,
  ): Promise<T> {
    return inTransaction(db, async (tx) => {
      await store.lockUser(tx, userId);
      const all = await store.listIn(tx, userId);
      const row = all.find((each) => each.id === id);
      if (row) return work(tx, row, all);
      const known = await store.find(id, tx);
      throw new AppError(known?.userId === userId ? 'accounts.disconnected' : 'accounts.not_found');
    });
  };
}
