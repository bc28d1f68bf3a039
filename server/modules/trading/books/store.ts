// Every query of breaks and of what the newest reading of an account found. What is one is decided in evidence/ and deals/.
import { and, count, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import { accountReadings, breaks, brokerAccounts } from '../../../../drizzle/schema/index.ts';
import type { ListBreaks } from '../../../../shared/history.ts';
import { columnsOf, leave, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';

export type BreakRow = typeof breaks.$inferSelect;
export type ReadingRow = typeof accountReadings.$inferSelect;
export type BooksStore = ReturnType<typeof createBooksStore>;

const newest = keyset(breaks, { at: 'openedAt', id: 'id', order: 'newest first' });
/** Resolved by one reading; the next takes the rest. */
const resolvedAtOnce = 100;

const all = columnsOf(breaks);
const open = statement('breaks_open', `insert into breaks (${all.list}) values (${all.placeholders()})`);
const resolve = statement(
  'breaks_resolve',
  'update breaks set resolved_at = $2, resolution = $3 where id = $1 and resolved_at is null',
);
const reading = columnsOf(accountReadings);
const save = statement(
  'readings_save',
  `insert into account_readings as known (${reading.list}) values (${reading.placeholders()})
   on conflict (account_id) do update set read_at = excluded.read_at, agreed_at = coalesce(excluded.agreed_at, known.agreed_at),
     our_cash = excluded.our_cash, broker_cash = excluded.broker_cash, differences = excluded.differences, unsettled = excluded.unsettled
   where known.read_at <= excluded.read_at`,
);
const find = statement(
  'readings_find',
  `select ${reading.list} from account_readings where account_id = $1`,
  reading.read,
);
const openBreaks = statement(
  'breaks_count_open',
  'select count(*) from breaks where account_id = $1 and resolved_at is null',
  ([n]) => Number(n),
);

export const createBooksStore = (db: Db) => ({
  /** Left to the transaction's COMMIT, as all that is written here. */
  open: (tx: Tx, row: BreakRow): void => void leave(tx, open, all.values(row)),
  resolve: (tx: Tx, id: string, at: Date, resolution: string): void =>
    void leave(tx, resolve, [id, at.toISOString(), resolution]),
  /** Those of an account that were opened before `before` and are open. */
  listOpen: (tx: Tx, accountId: string, before: Date): Promise<BreakRow[]> =>
    tx
      .select()
      .from(breaks)
      .where(and(eq(breaks.accountId, accountId), isNull(breaks.resolvedAt), lt(breaks.openedAt, before)))
      .orderBy(breaks.openedAt)
      .limit(resolvedAtOnce),
  /** Newest first. Throws request.invalid for a cursor of another list. */
  list: (accountId: string, { state, cursor, limit: size }: Omit<ListBreaks, 'accountId'>) =>
    newest({ cursor, limit: size }, ({ after, orderBy, limit }) =>
      db
        .select()
        .from(breaks)
        .where(and(eq(breaks.accountId, accountId), state && inState[state], after))
        .orderBy(...orderBy)
        .limit(limit),
    ),
  countOpen: async (accountId: string): Promise<number> => (await run(db, openBreaks, [accountId]))[0]!,
  /** An older reading, and one that agreed no more, leave `agreedAt` as it was; an older one changes nothing. */
  saveReading: (tx: Tx, row: ReadingRow): void => void leave(tx, save, reading.values(row)),
  reading: async (accountId: string): Promise<ReadingRow | undefined> =>
    (await run(db, find, [accountId]))[0],
  /** Over all accounts. */
  openByKind: () =>
    db
      .select({ environment: breaks.environment, kind: breaks.kind, count: count() })
      .from(breaks)
      .where(isNull(breaks.resolvedAt))
      .groupBy(breaks.environment, breaks.kind),
  /** Of the accounts that are connected; one that was never read has no `agreedAt`. */
  readings: () =>
    db
      .select({
        environment: brokerAccounts.environment,
        agreedAt: accountReadings.agreedAt,
        ourCash: accountReadings.ourCash,
        brokerCash: accountReadings.brokerCash,
        unsettled: accountReadings.unsettled,
      })
      .from(brokerAccounts)
      .innerJoin(accountReadings, eq(accountReadings.accountId, brokerAccounts.id))
      .where(isNull(brokerAccounts.disconnectedAt)),
});
const inState = { open: isNull(breaks.resolvedAt), resolved: isNotNull(breaks.resolvedAt) };
