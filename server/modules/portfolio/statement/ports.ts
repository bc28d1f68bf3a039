// What the broker tells of an account's cash comes from here.
import type { ListActivity, TransactionList } from '../../../../shared/history.ts';

export interface BrokerCash {
  /** Its history, newest first, which a first page brings up to date. Throws accounts.*, and broker.* where nothing was ever read. */
  history(userId: string, asked: ListActivity): Promise<TransactionList>;
  /** As it was told last; null before. Throws accounts.*. */
  balance(userId: string, accountId: string): Promise<{ cash: string; at: Date } | null>;
}
