// Every query of positions. Whatever joins a transaction takes `tx` first; how news changes a row is in positions.ts.
import { and, eq, getTableColumns, isNull } from 'drizzle-orm';
import { positions } from '../../../../drizzle/schema/index.ts';
import type { Page } from '../../../../shared/primitives.ts';
import { columnsOf, leave, lockingStatement, run, runTogether, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';

export type PositionRow = typeof positions.$inferSelect;
export type PositionStore = ReturnType<typeof createPositionStore>;

const oldest = keyset(positions, { at: 'openedAt', id: 'dealId', order: 'oldest first' });
/** Rows taken at once where all are wanted: making them out of the answer keeps the process from other work for 2 ms. */
const sliceRows = 250;

const all = columnsOf(positions);
const at = 'account_id = $1 and deal_id = $2';
const findOf = statement(
  'positions_find_of',
  `select ${all.list} from positions where account_id in (select id from broker_accounts where user_id = $1) and deal_id = $2`,
  all.read,
);
const lock = lockingStatement('positions_lock', `select ${all.list} from positions where ${at}`, all.read);
const insert = statement(
  'positions_insert',
  `insert into positions (${all.list}) values (${all.placeholders()})`,
);
const insertMany = statement(
  'positions_insert_many',
  `insert into positions (${all.list}) select * from unnest(${Object.values(getTableColumns(positions))
    .map((column, index) => `$${index + 1}::${column.getSQLType()}[]`)
    .join(', ')})`,
);
const save = statement('positions_save', `update positions set ${all.assignments(3)} where ${at}`);

const lockMany = statement(
  'positions_lock_many',
  `select ${all.list} from positions where account_id = $1 and deal_id = any($2) order by deal_id for update`,
  all.read,
);
const seenAgain = statement(
  'positions_seen_again',
  'update positions set last_seen_at = null where account_id = $1 and deal_id = any($2)',
);
const openVersion = statement(
  'positions_open_version',
  `select count(*) || '.' || coalesce(sum(hashtextextended(deal_id || ' ' || xmin::text, 0)), 0) from positions where account_id = $1 and closed_at is null`,
  ([version]) => String(version),
);

const openEpics = statement(
  'positions_open_epics',
  'select distinct account_id, epic from positions where closed_at is null',
  ([accountId, epic]) => ({ accountId: String(accountId), epic: String(epic) }),
);

export function createPositionStore(db: Db) {
  const list = (accountId: string, page: Page) =>
    oldest(page, ({ after, orderBy, limit }) =>
      db
        .select()
        .from(positions)
        .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt), after))
        .orderBy(...orderBy)
        .limit(limit),
    );
  return {
    lock: async (tx: Tx, accountId: string, dealId: string): Promise<PositionRow | undefined> =>
      (await run(tx, lock, [accountId, dealId]))[0],
    /** Those of a user's accounts that bear the id: one, as far as the broker's ids are its own. */
    findOf: (userId: string, dealId: string): Promise<PositionRow[]> =>
      runTogether(db, findOf, [userId, dealId]),
    /** Those of `dealIds` that we have, locked in one order. */
    lockMany: (tx: Tx, accountId: string, dealIds: readonly string[]): Promise<PositionRow[]> =>
      run(tx, lockMany, [accountId, dealIds]),
    /** Left to the transaction's COMMIT, as all that is written here. */
    insert(tx: Tx, rows: readonly PositionRow[]): void {
      const [first, ...others] = rows;
      if (first && others.length === 0) void leave(tx, insert, all.values(first));
      else if (first) void leave(tx, insertMany, columnwise(rows));
    },
    save: (tx: Tx, row: PositionRow): void =>
      void leave(tx, save, [row.accountId, row.dealId, ...all.values(row)]),
    /** The broker lists them again. */
    seenAgain: (tx: Tx, accountId: string, dealIds: readonly string[]): void =>
      void leave(tx, seenAgain, [accountId, dealIds]),
    /** Oldest first. Throws request.invalid for a cursor of another list. */
    list,
    /** Text that differs once any open row does, or is there or gone: a row's xmin changes with each write. */
    openVersion: async (accountId: string): Promise<string> => (await run(db, openVersion, [accountId]))[0]!,
    /** The markets in which each account has something open. */
    openEpics: (): Promise<{ accountId: string; epic: string }[]> => run(db, openEpics, []),
    /** All open ones, oldest first, read in slices. */
    async listOpen(accountId: string): Promise<PositionRow[]> {
      const open: PositionRow[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const { rows, nextCursor } = await list(accountId, { limit: sliceRows, cursor });
        open.push(...rows);
        cursor = nextCursor;
      }
      return open;
    },
  };
}

/** The values of `rows` as one array for each column. */
function columnwise(rows: readonly PositionRow[]): (string | null)[][] {
  const values = rows.map(all.values);
  return values[0]!.map((_, column) =>
    values.map((row) => (row[column] === null ? null : String(row[column]))),
  );
}
