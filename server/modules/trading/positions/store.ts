// Every query of positions. Whatever joins a transaction takes `tx` first; how news changes a row is in positions.ts.
import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import { positions } from '../../../../drizzle/schema/index.ts';
import { columnsOf, leave, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export type PositionRow = typeof positions.$inferSelect;
export type PositionStore = ReturnType<typeof createPositionStore>;

/** Positions of one account that are shown. */
const maxPositions = 2_000;

const all = columnsOf(positions);
const at = 'account_id = $1 and deal_id = $2';
const find = statement('positions_find', `select ${all.list} from positions where ${at}`, all.read);
const lock = statement(
  'positions_lock',
  `select ${all.list} from positions where ${at} for update`,
  all.read,
);
const insert = statement(
  'positions_insert',
  `insert into positions (${all.list}) values (${all.placeholders()})`,
);
const save = statement('positions_save', `update positions set ${all.assignments(3)} where ${at}`);

export function createPositionStore(db: Db) {
  return {
    lock: async (tx: Tx, accountId: string, dealId: string): Promise<PositionRow | undefined> =>
      (await run(tx, lock, [accountId, dealId]))[0],
    find: async (accountId: string, dealId: string): Promise<PositionRow | undefined> =>
      (await run(db, find, [accountId, dealId]))[0],
    /** Left to the transaction's COMMIT, as `save` is. */
    insert: (tx: Tx, row: PositionRow): void => void leave(tx, insert, all.values(row)),
    save: (tx: Tx, row: PositionRow): void =>
      void leave(tx, save, [row.accountId, row.dealId, ...all.values(row)]),
    /** Oldest first. */
    listOpen: (accountId: string): Promise<PositionRow[]> =>
      db
        .select()
        .from(positions)
        .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt), gt(positions.size, '0')))
        .orderBy(asc(positions.openedAt), asc(positions.dealId))
        .limit(maxPositions),
  };
}
