// Every query of deals. Whatever joins a transaction takes `tx` first; what a row may become is decided in life.ts.
import { and, asc, count, eq, gt, gte, inArray, lte, or, sql } from 'drizzle-orm';
import { accountRisk, deals } from '../../../../drizzle/schema/index.ts';
import type { Page } from '../../../../shared/primitives.ts';
import type { DealKindName, DealStatus } from '../../../../shared/trading.ts';
import { columnsOf, leave, run, runTogether, statement } from '../../../db/statement.ts';
import { isTaken, type Db, type Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';
import { pick } from '../../../lib/pick.ts';
import { toldChange } from '../../events/index.ts';
import { guardColumns, type GuardRow } from '../risk/guard.ts';
import { lifeFields, undecidedStatuses, type DealRow } from './life.ts';

const newest = keyset(deals, { at: 'createdAt', id: 'id', order: 'newest first' });
export type DealStore = ReturnType<typeof createDealStore>;

const undecidedText = `status in (${undecidedStatuses.map((status) => `'${status}'`).join(', ')})`;
/** Rows one sweep takes; the next takes the rest. */
const sweepRows = 500;
/** Deals of one account that a reading looks at. */
const maxJudged = 500;

// What every order runs. Those that await a verdict come first, then the newest.
const all = columnsOf(deals);
const life = columnsOf(deals, [...lifeFields, 'reserved']);
const judgedFirst = `order by decided_at is not null, created_at desc limit ${maxJudged} for update`;
const insert = statement('deals_insert', `insert into deals (${all.list}) values (${all.placeholders()})`);
const findByKey = statement(
  'deals_find_by_key',
  `select ${all.list} from deals where user_id = $1 and idempotency_key = $2`,
  all.read,
);
const find = statement('deals_find', `select ${all.list} from deals where id = $1`, all.read);
const lock = statement('deals_lock', `select ${all.list} from deals where id = $1 for update`, all.read);
const save = statement('deals_save', `update deals set ${life.assignments(2)} where id = $1`);
const acknowledged = columnsOf(deals, ['dealReference', 'statusAt']);
const acknowledge = toldChange(
  'deals_acknowledge',
  (from) =>
    `update deals set status = 'submitted', ${acknowledged.assignments(from + 1)} where id = $${from} and status = 'submitting' returning id`,
);
const lockByReference = statement(
  'deals_lock_by_reference',
  `select ${all.list} from deals where account_id = $1 and deal_reference = $2 ${judgedFirst}`,
  all.read,
);
const lockChanging = statement(
  'deals_lock_changing',
  `select ${all.list} from deals where account_id = $1 and deal_id = $2 and kind = any($3) and (${undecidedText} or (status = 'rejected' and reason->>'code' = 'never_reached_broker')) ${judgedFirst}`,
  all.read,
);
const ready = {
  deal: columnsOf(deals, ['status', 'statusAt']),
  risk: columnsOf(accountRisk, guardColumns),
};
const readyToSend = statement(
  'deals_ready_to_send',
  `select ${ready.deal.list}, ${ready.risk.list} from deals join account_risk using (account_id) where id = $1`,
  (columns) => ({ ...ready.deal.read(columns), ...ready.risk.read(columns.slice(2)) }),
);
const lockReserving = statement(
  'deals_lock_reserving',
  `select ${all.list} from deals where account_id = $1 and ${undecidedText} and reserved > 0 order by reserved desc, id for update`,
  all.read,
);
const lockBearers = statement(
  'deals_lock_bearers',
  `select ${all.list} from deals where account_id = $1 and deal_reference = any($2) and reference_of <> 'positions' order by id for update`,
  all.read,
);
const othersAmong = statement(
  'deals_others_among',
  `select deal_reference from deals where account_id = $1 and deal_id = $2 and id <> $3 and deal_reference = any($4) and reference_of = 'brokers'`,
  ([reference]) => String(reference),
);
const hasChanged = statement(
  'deals_has_changed',
  `select true from deals where account_id = $1 and deal_id = $2 and kind = any($3) and (${undecidedText} or (status = 'accepted' and status_at >= $4)) limit 1`,
  () => true,
);

export function createDealStore(db: Db) {
  const undecided = inArray(deals.status, [...undecidedStatuses]);
  // In the words of its index.
  const neverReached = sql`${deals.status} = 'rejected' and ${deals.reason}->>'code' = 'never_reached_broker'`;
  return {
    /** Left to the transaction's COMMIT, which fails (`isKeyTaken`) when the user's key was used before. */
    insert: (tx: Tx, row: DealRow): void => void leave(tx, insert, all.values(row)),
    /** Whether a transaction failed because the key of a deal it inserted was used before. */
    isKeyTaken: (error: unknown): boolean => isTaken(error, 'deals_user_key'),
    findByKey: async (userId: string, idempotencyKey: string): Promise<DealRow | undefined> =>
      (await runTogether(db, findByKey, [userId, idempotencyKey]))[0],
    find: async (id: string): Promise<DealRow | undefined> => (await run(db, find, [id]))[0],
    /** A page, newest first. Throws request.invalid for a cursor of another list. */
    list: (accountId: string, page: Page) =>
      newest(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(deals)
          .where(and(eq(deals.accountId, accountId), after))
          .orderBy(...orderBy)
          .limit(limit),
      ),
    /** Right before a byte leaves: the deal's status and what decides about dealing on its account, as of one moment. */
    readyToSend: async (
      id: string,
    ): Promise<({ status: DealStatus; statusAt: Date } & GuardRow) | undefined> =>
      (await run(db, readyToSend, [id]))[0],

    async lock(tx: Tx, id: string): Promise<DealRow> {
      const [row] = await run(tx, lock, [id]);
      if (!row) throw new Error(`invariant: the deal ${id} is gone`);
      return row;
    },
    /** Saves what verdicts change; left to the transaction's COMMIT. */
    save: (tx: Tx, row: DealRow): void => void leave(tx, save, [row.id, ...life.values(row)]),
    /** Of a deal that is still `submitting`: what an acknowledgement changes, for `events.appendChange`. */
    acknowledgement: (row: DealRow) => [acknowledge, [row.id, ...acknowledged.values(row)]] as const,
    /** Locks the deals that bear a reference: those that await a verdict first, then the newest. Only a reference of the position's is borne by more than one. */
    lockByReference: (tx: Tx, accountId: string, dealReference: string): Promise<DealRow[]> =>
      run(tx, lockByReference, [accountId, dealReference]),
    /** Locks the deals of `kinds` that are to change a position: those that await a verdict, then those taken for lost, of these the newest first. */
    lockChanging: (
      tx: Tx,
      accountId: string,
      dealId: string,
      kinds: readonly DealKindName[],
    ): Promise<DealRow[]> => run(tx, lockChanging, [accountId, dealId, kinds]),
    /** Whether a deal of one of `kinds` awaits its verdict on a position, or was accepted since `since`. */
    hasChanged: async (
      tx: Tx,
      { accountId, dealId }: { accountId: string; dealId: string },
      kinds: readonly DealKindName[],
      since: Date,
    ): Promise<boolean> =>
      (await run(tx, hasChanged, [accountId, dealId, kinds, since.toISOString()])).length > 0,
    /** Locks the undecided deals for which something is set aside, the most first. */
    lockReserving: (tx: Tx, accountId: string): Promise<DealRow[]> => run(tx, lockReserving, [accountId]),
    /** Locks the deals that bear one of these references as their own, in one order. */
    lockBearers: async (tx: Tx, accountId: string, references: readonly string[]): Promise<DealRow[]> =>
      references.length === 0 ? [] : run(tx, lockBearers, [accountId, references]),
    /** Those of `references`, the broker's own, that other deals on the deal's position bear. */
    othersAmong: async (
      tx: Tx,
      { id, accountId, dealId }: DealRow,
      references: readonly string[],
    ): Promise<Set<string>> =>
      dealId === null || references.length === 0
        ? new Set()
        : new Set(await run(tx, othersAmong, [accountId, dealId, id, references])),

    /** What a reading judges: undecided deals, then those taken for lost since `since`; oldest first. */
    listJudged: (accountId: string, since: Date): Promise<DealRow[]> =>
      db
        .select()
        .from(deals)
        .where(
          and(eq(deals.accountId, accountId), or(undecided, and(neverReached, gte(deals.decidedAt, since)))),
        )
        .orderBy(sql`${deals.decidedAt} is not null`, asc(deals.createdAt))
        .limit(maxJudged),
    /** Over all accounts; a status that no deal is in counts nothing. */
    countUndecided: async (): Promise<{ status: DealStatus; count: number }[]> => {
      const found = await db
        .select({ status: deals.status, count: count() })
        .from(deals)
        .where(undecided)
        .groupBy(deals.status);
      return undecidedStatuses.map(
        (status) => found.find((each) => each.status === status) ?? { status, count: 0 },
      );
    },
    listUndecided: (
      accountId: string,
    ): Promise<Pick<DealRow, 'status' | 'connectionClosedAt' | 'absentReads'>[]> =>
      db
        .select(pick(deals, ['status', 'connectionClosedAt', 'absentReads']))
        .from(deals)
        .where(and(eq(deals.accountId, accountId), undecided))
        .limit(maxJudged),
    /** Undecided deals whose instants lie ahead of what can have passed: nothing could be counted from them. */
    listAhead: (latestPast: Date): Promise<{ id: string; accountId: string }[]> =>
      db
        .select(pick(deals, ['id', 'accountId']))
        .from(deals)
        .where(and(undecided, or(gt(deals.statusAt, latestPast), gt(deals.connectionClosedAt, latestPast))))
        .limit(sweepRows),
    /** Deals without a sender any more, or without their confirm. */
    listAbandoned: (statusBefore: Date): Promise<{ id: string; accountId: string }[]> =>
      db
        .select({ id: deals.id, accountId: deals.accountId })
        .from(deals)
        .where(and(inArray(deals.status, ['submitting', 'submitted']), lte(deals.statusAt, statusBefore)))
        .orderBy(asc(deals.statusAt))
        .limit(sweepRows),
    /** Accounts with a deal whose confirm is overdue, or that is unknown for so long that its job must have been lost. */
    async listOverdue(submittedBefore: Date, unknownBefore: Date): Promise<string[]> {
      const rows = await db
        .selectDistinct({ accountId: deals.accountId })
        .from(deals)
        .where(
          or(
            and(eq(deals.status, 'submitted'), lte(deals.statusAt, submittedBefore)),
            and(eq(deals.status, 'unknown'), lte(deals.statusAt, unknownBefore)),
          ),
        )
        .limit(sweepRows);
      return rows.map(({ accountId }) => accountId);
    },
  };
}
