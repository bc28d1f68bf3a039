// Every query of working orders. Whatever joins a transaction takes `tx` first; how news changes a row is in orders.ts.
import { and, eq, inArray } from 'drizzle-orm';
import { workingOrders } from '../../../../drizzle/schema/index.ts';
import type { Page } from '../../../../shared/primitives.ts';
import { columnsOf, leave, lockingStatement, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';

export type OrderRow = typeof workingOrders.$inferSelect;
export type OrderStore = ReturnType<typeof createOrderStore>;

const oldest = keyset(workingOrders, { at: 'placedAt', id: 'dealId', order: 'oldest first' });
/** IG keeps some hundreds of an account at most. */
const maxKnown = 5_000;

const all = columnsOf(workingOrders);
const at = 'account_id = $1 and deal_id = $2';
const findOf = statement(
  'orders_find_of',
  `select ${all.list} from working_orders where account_id in (select id from broker_accounts where user_id = $1) and deal_id = $2`,
  all.read,
);
const lock = lockingStatement('orders_lock', `select ${all.list} from working_orders where ${at}`, all.read);
const lockOpenAmong = statement(
  'orders_lock_open_among',
  `select ${all.list} from working_orders where account_id = $1 and deal_id = any($2) and state in ('open', 'gone') order by deal_id for update`,
  all.read,
);
const insert = statement(
  'orders_insert',
  `insert into working_orders (${all.list}) values (${all.placeholders()})`,
);
const save = statement('orders_save', `update working_orders set ${all.assignments(3)} where ${at}`);

const openEpics = statement(
  'orders_open_epics',
  `select distinct account_id, epic from working_orders where state = 'open'`,
  ([accountId, epic]) => ({ accountId: String(accountId), epic: String(epic) }),
);

export const createOrderStore = (db: Db) => ({
  lock: async (tx: Tx, accountId: string, dealId: string): Promise<OrderRow | undefined> =>
    (await run(tx, lock, [accountId, dealId]))[0],
  /** Those of `dealIds` that rest, or of unknown end, locked in one order. */
  lockOpenAmong: (tx: Tx, accountId: string, dealIds: readonly string[]): Promise<OrderRow[]> =>
    run(tx, lockOpenAmong, [accountId, dealIds]),
  /** Those of a user's accounts that bear the id. */
  findOf: (userId: string, dealId: string): Promise<OrderRow[]> => run(db, findOf, [userId, dealId]),
  /** Left to the transaction's COMMIT, as all that is written here. */
  insert: (tx: Tx, row: OrderRow): void => void leave(tx, insert, all.values(row)),
  save: (tx: Tx, row: OrderRow): void =>
    void leave(tx, save, [row.accountId, row.dealId, ...all.values(row)]),
  /** A page of those that rest, oldest first. Throws request.invalid for a cursor of another list. */
  list: (accountId: string, page: Page) =>
    oldest(page, ({ after, orderBy, limit }) =>
      db
        .select()
        .from(workingOrders)
        .where(and(eq(workingOrders.accountId, accountId), eq(workingOrders.state, 'open'), after))
        .orderBy(...orderBy)
        .limit(limit),
    ),
  /** The markets in which each account has an order resting. */
  openEpics: (): Promise<{ accountId: string; epic: string }[]> => run(db, openEpics, []),
  /** Those that rest, and those of which it is not known yet why they do not. */
  listUnsettled: (accountId: string): Promise<OrderRow[]> =>
    db
      .select()
      .from(workingOrders)
      .where(and(eq(workingOrders.accountId, accountId), inArray(workingOrders.state, ['open', 'gone'])))
      .limit(maxKnown),
});
