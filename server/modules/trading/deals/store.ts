// Every query of deals. Whatever joins a transaction takes `tx` first; what a row may become is decided in life.ts.
import { and, asc, desc, eq, gte, inArray, isNotNull, lte, ne, or, sql } from 'drizzle-orm';
import { accountRisk, deals } from '../../../../drizzle/schema/index.ts';
import type { Page } from '../../../../shared/primitives.ts';
import type { DealKindName, DealStatus } from '../../../../shared/trading.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';
import { pick } from '../../../lib/pick.ts';
import { lifeFields, type DealRow } from './life.ts';

const newest = keyset(deals, { at: 'createdAt', id: 'id', order: 'newest first' });
export type DealStore = ReturnType<typeof createDealStore>;

const waiting: DealStatus[] = ['submitting', 'submitted', 'unknown'];
/** Rows one sweep takes; the next takes the rest. */
const sweepRows = 500;
/** Deals of one account that a reading looks at. */
const maxJudged = 500;

export function createDealStore(db: Db) {
  const undecided = inArray(deals.status, waiting);
  const neverReached = and(
    eq(deals.status, 'rejected'),
    sql`${deals.reason}->>'code' = 'never_reached_broker'`,
  );
  const onPosition = (accountId: string, dealId: string) =>
    and(eq(deals.accountId, accountId), eq(deals.dealId, dealId), ne(deals.referenceOf, 'ours'));
  return {
    /** False when the user's key was used before. */
    async insert(tx: Tx, row: DealRow): Promise<boolean> {
      const inserted = await tx
        .insert(deals)
        .values(row)
        .onConflictDoNothing({ target: [deals.userId, deals.idempotencyKey] })
        .returning({ id: deals.id });
      return inserted.length === 1;
    },
    async findByKey(userId: string, idempotencyKey: string): Promise<DealRow | undefined> {
      const mine = and(eq(deals.userId, userId), eq(deals.idempotencyKey, idempotencyKey));
      return (await db.select().from(deals).where(mine))[0];
    },
    async find(id: string): Promise<DealRow | undefined> {
      return (await db.select().from(deals).where(eq(deals.id, id)))[0];
    },
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
    /** Right before a byte leaves: the deal's status and the account's halt, as of one moment. */
    async readyToSend(
      id: string,
    ): Promise<{ status: DealStatus; statusAt: Date; halted: boolean; haltEpoch: number } | undefined> {
      const { status, statusAt } = deals;
      const { halted, haltEpoch } = accountRisk;
      const [row] = await db
        .select({ status, statusAt, halted, haltEpoch })
        .from(deals)
        .innerJoin(accountRisk, eq(accountRisk.accountId, deals.accountId))
        .where(eq(deals.id, id));
      return row;
    },

    async lock(tx: Tx, id: string): Promise<DealRow> {
      const [row] = await tx.select().from(deals).where(eq(deals.id, id)).for('update');
      if (!row) throw new Error(`invariant: the deal ${id} is gone`);
      return row;
    },
    /** Saves what verdicts change. */
    save: async (tx: Tx, row: DealRow): Promise<void> =>
      void (await tx
        .update(deals)
        .set(pick(row, [...lifeFields, 'reserved']))
        .where(eq(deals.id, row.id))),
    /** Locks the deals that bear a reference: those that await a verdict first, then the newest. Only a reference of the position's is borne by more than one. */
    lockByReference: (tx: Tx, accountId: string, dealReference: string): Promise<DealRow[]> =>
      tx
        .select()
        .from(deals)
        .where(and(eq(deals.accountId, accountId), eq(deals.dealReference, dealReference)))
        .orderBy(sql`${deals.decidedAt} is not null`, desc(deals.createdAt))
        .limit(maxJudged)
        .for('update'),
    /** Locks the deals that are to change a position: those that await a verdict, then those taken for lost, of these the newest first. */
    lockChanging: (tx: Tx, accountId: string, dealId: string): Promise<DealRow[]> =>
      tx
        .select()
        .from(deals)
        .where(and(onPosition(accountId, dealId), or(undecided, neverReached)))
        .orderBy(sql`${deals.decidedAt} is not null`, desc(deals.createdAt))
        .limit(maxJudged)
        .for('update'),
    /** Whether a deal of one of `kinds` awaits its verdict on a position, or was accepted since `since`. */
    async hasChanged(
      tx: Tx,
      { accountId, dealId }: { accountId: string; dealId: string },
      kinds: readonly DealKindName[],
      since: Date,
    ): Promise<boolean> {
      const lately = and(eq(deals.status, 'accepted'), gte(deals.statusAt, since));
      const found = await tx
        .select({ id: deals.id })
        .from(deals)
        .where(and(onPosition(accountId, dealId), inArray(deals.kind, [...kinds]), or(undecided, lately)))
        .limit(1);
      return found.length > 0;
    },
    /** The broker's own references of all deals on a position but one. */
    async referencesBesides(tx: Tx, { id, accountId, dealId }: DealRow): Promise<Set<string>> {
      if (dealId === null) return new Set();
      const rows = await tx
        .select({ dealReference: deals.dealReference })
        .from(deals)
        .where(
          and(
            onPosition(accountId, dealId),
            eq(deals.referenceOf, 'brokers'),
            ne(deals.id, id),
            isNotNull(deals.dealReference),
          ),
        );
      return new Set(rows.map(({ dealReference }) => dealReference!));
    },

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
    listUndecided: (
      accountId: string,
    ): Promise<Pick<DealRow, 'status' | 'connectionClosedAt' | 'absentReads'>[]> =>
      db
        .select(pick(deals, ['status', 'connectionClosedAt', 'absentReads']))
        .from(deals)
        .where(and(eq(deals.accountId, accountId), undecided))
        .limit(maxJudged),
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
