// The broker's history of an account as its owner reads it: from our rows, which a first page brings up to date. Changes no deal and no position.
import type {
  ActivityEntry,
  ActivityList,
  HistoryKind,
  ListActivity,
  TransactionList,
} from '../../../../shared/history.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs, isAhead } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { once } from '../../../lib/once.ts';
import type { Accounts, BrokerAccount, Evidence } from '../ports.ts';
import type { HistoryState, HistoryStore } from './store.ts';

/** How far back the first reading goes. */
export const historyKeptMs = 90 * 24 * 3_600_000;
/** A newer reading than this is taken as it is: each costs a request or more of the account's allowance. */
export const historyFreshMs = 60_000;
/** A reading begins this much before the end of the one before it: the broker's history lags behind its engine. */
const overlapMs = 10 * 60_000;

export type HistoryReads = ReturnType<typeof createHistoryReads>;

interface HistoryDeps {
  historyStore: HistoryStore;
  accounts: Accounts;
  evidence: Pick<Evidence, 'history' | 'transactions'>;
  clock: Clock;
  logger: Logger;
}

export function createHistoryReads({ historyStore, accounts, evidence, clock, logger }: HistoryDeps) {
  /** Reads on from where the one before ended; those who ask at the same time share it. Throws broker.*. */
  const readOn = once(
    async (account: BrokerAccount, kind: HistoryKind, known: HistoryState | undefined): Promise<void> => {
      const begunAt = clock.now();
      const readUntil = known && !isAhead(known.readUntil, begunAt) ? known.readUntil : null;
      const from = new Date(readUntil ? readUntil.getTime() - overlapMs : begunAt.getTime() - historyKeptMs);
      const span = { since: known?.since ?? from, readUntil: begunAt };
      await (kind === 'activity'
        ? historyStore.keep(account, { ...span, kind, entries: await evidence.history(account, from) })
        : historyStore.keep(account, {
            ...span,
            kind,
            entries: await evidence.transactions(account, from),
          }));
    },
    ({ id }, kind) => `${kind} ${id}`,
  );

  /** How far our rows go. Without the broker they are shown as they are; where there are none yet, its failure is the answer. */
  async function upToDate(
    account: BrokerAccount,
    kind: HistoryKind,
    isFirstPage: boolean,
  ): Promise<HistoryState | undefined> {
    const known = await historyStore.state(account.id, kind);
    const now = clock.now();
    const isFresh = known && !isAhead(known.readUntil, now) && ageMs(known.readUntil, now) < historyFreshMs;
    if (!isFirstPage || isFresh || account.disconnectedAt) return known;
    try {
      await readOn(account, kind, known);
    } catch (err) {
      if (!known) throw err;
      logger.warn({ err, account: account.id, kind }, 'the history is shown as it was read before');
    }
    return historyStore.state(account.id, kind);
  }
  const told = (state: HistoryState | undefined) => ({
    since: state?.since ?? null,
    asOf: state?.readUntil ?? null,
  });

  return {
    /** Newest first. Throws accounts.*, request.invalid for a cursor of another list, broker.* where nothing was ever read. */
    async activity(userId: string, { accountId, ...asked }: ListActivity): Promise<ActivityList> {
      const account = await accounts.forUser(userId, accountId);
      const state = await upToDate(account, 'activity', asked.cursor === undefined);
      const { rows, nextCursor } = await historyStore.activity(account.id, asked);
      const { environment } = account;
      const activity = rows.map(({ throughApi, ...row }): ActivityEntry => {
        const source = throughApi && row.deal !== null ? 'ftrader' : 'external';
        return { ...row, environment, source };
      });
      return { activity, ...told(state), nextCursor };
    },
    /** As `activity`. */
    async transactions(userId: string, { accountId, ...asked }: ListActivity): Promise<TransactionList> {
      const account = await accounts.forUser(userId, accountId);
      const state = await upToDate(account, 'transactions', asked.cursor === undefined);
      const { rows, nextCursor } = await historyStore.transactions(account.id, asked);
      const { environment } = account;
      return { transactions: rows.map((row) => ({ ...row, environment })), ...told(state), nextCursor };
    },
  };
}
