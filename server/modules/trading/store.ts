// Every query of the trading module. Whatever joins a transaction takes `tx` first; what a row may become is decided elsewhere.
import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, ne, or, sql } from 'drizzle-orm';
import { accountInbox, accountRisk, deals, positions } from '../../../drizzle/schema/index.ts';
import type { Page } from '../../../shared/primitives.ts';
import type { DealStatus } from '../../../shared/trading.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';
import type { FundsEvidence } from './ports.ts';

export type DealRow = typeof deals.$inferSelect;
export type PositionRow = typeof positions.$inferSelect;
export type RiskRow = typeof accountRisk.$inferSelect;
export type TradingStore = ReturnType<typeof createTradingStore>;

const newestDeals = keyset(deals, { at: 'createdAt', id: 'id', order: 'newest first' });
const waiting: DealStatus[] = ['submitting', 'submitted', 'unknown'];
/** Rows one sweep takes; the next takes the rest. */
const sweepRows = 500;
/** Deals of one account that a reading looks at. */
const maxJudged = 500;
/** Positions of one account that are shown. */
const maxPositions = 2_000;

export function createTradingStore(db: Db) {
  const undecided = inArray(deals.status, waiting);
  const neverReached = and(
    eq(deals.status, 'rejected'),
    sql`${deals.reason}->>'code' = 'never_reached_broker'`,
  );
  return {
    transaction: <T>(work: (tx: Tx) => Promise<T>) => inTransaction(db, work),

    /** The account's risk row, made when it is missing, locked until the end of `tx`: all that decides about an account's money queues here. */
    async lockRisk(tx: Tx, accountId: string): Promise<RiskRow> {
      const lock = async () =>
        (await tx.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)).for('update'))[0];
      const found = await lock();
      if (found) return found;
      await tx.insert(accountRisk).values({ accountId }).onConflictDoNothing();
      return (await lock())!;
    },
    async findRisk(accountId: string): Promise<RiskRow | undefined> {
      return (await db.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)))[0];
    },
    saveRisk: async (
      tx: Tx,
      { accountId, cash, margin, runningProfit, fundsAt, reserved }: RiskRow,
    ): Promise<void> =>
      void (await tx
        .update(accountRisk)
        .set({ cash, margin, runningProfit, fundsAt, reserved })
        .where(eq(accountRisk.accountId, accountId))),
    /** Figures that leave the cash as it is. False when the cash differs, or what is known is as new. */
    async saveFigures(
      accountId: string,
      { cash, margin, runningProfit, at }: FundsEvidence,
    ): Promise<boolean> {
      const { rowCount } = await db
        .update(accountRisk)
        .set({ margin, runningProfit, fundsAt: at })
        .where(
          and(eq(accountRisk.accountId, accountId), eq(accountRisk.cash, cash), lt(accountRisk.fundsAt, at)),
        );
      return rowCount === 1;
    },

    /** False when the user's key was used before. */
    async insertDeal(tx: Tx, row: DealRow): Promise<boolean> {
      return (
        (
          await tx
            .insert(deals)
            .values(row)
            .onConflictDoNothing({ target: [deals.userId, deals.idempotencyKey] })
            .returning({ id: deals.id })
        ).length === 1
      );
    },
    async findByKey(userId: string, idempotencyKey: string): Promise<DealRow | undefined> {
      return (
        await db
          .select()
          .from(deals)
          .where(and(eq(deals.userId, userId), eq(deals.idempotencyKey, idempotencyKey)))
      )[0];
    },
    async findDeal(id: string): Promise<DealRow | undefined> {
      return (await db.select().from(deals).where(eq(deals.id, id)))[0];
    },
    /** Right before a byte leaves: the deal's status and the account's halt, as of one moment. */
    async readyToSend(
      id: string,
    ): Promise<{ status: DealStatus; statusAt: Date; halted: boolean; haltEpoch: number } | undefined> {
      const [row] = await db
        .select({
          status: deals.status,
          statusAt: deals.statusAt,
          halted: accountRisk.halted,
          haltEpoch: accountRisk.haltEpoch,
        })
        .from(deals)
        .innerJoin(accountRisk, eq(accountRisk.accountId, deals.accountId))
        .where(eq(deals.id, id));
      return row;
    },
    async lockDeal(tx: Tx, id: string): Promise<DealRow> {
      const [row] = await tx.select().from(deals).where(eq(deals.id, id)).for('update');
      if (!row) throw new Error(`invariant: the deal ${id} is gone`);
      return row;
    },
    saveDeal: async (
      tx: Tx,
      {
        id,
        status,
        reason,
        dealReference,
        dealId,
        level,
        stopLevel,
        limitLevel,
        profit,
        profitCurrency,
        reserved,
        statusAt,
        decidedAt,
        connectionClosedAt,
        absentReads,
      }: DealRow,
    ): Promise<void> =>
      void (await tx
        .update(deals)
        .set({
          status,
          reason,
          dealReference,
          dealId,
          level,
          stopLevel,
          limitLevel,
          profit,
          profitCurrency,
          reserved,
          statusAt,
          decidedAt,
          connectionClosedAt,
          absentReads,
        })
        .where(eq(deals.id, id))),
    /** Locks the deal that bears a reference. */
    async lockByReference(tx: Tx, accountId: string, dealReference: string): Promise<DealRow | undefined> {
      return (
        await tx
          .select()
          .from(deals)
          .where(and(eq(deals.accountId, accountId), eq(deals.dealReference, dealReference)))
          .orderBy(desc(deals.createdAt))
          .limit(1)
          .for('update')
      )[0];
    },
    /** Closes of a position that await a verdict, then those taken for lost, of these the newest first. */
    lockOpenCloses: (tx: Tx, accountId: string, dealId: string): Promise<DealRow[]> =>
      tx
        .select()
        .from(deals)
        .where(
          and(
            eq(deals.accountId, accountId),
            eq(deals.dealId, dealId),
            eq(deals.kind, 'close'),
            or(undecided, neverReached),
          ),
        )
        .orderBy(sql`${deals.decidedAt} is not null`, desc(deals.createdAt))
        .limit(maxJudged)
        .for('update'),
    /** Whether a close of ours since `since` explains a change of the position. */
    async hasCloseSince(tx: Tx, accountId: string, dealId: string, since: Date): Promise<boolean> {
      const [row] = await tx
        .select({ id: deals.id })
        .from(deals)
        .where(
          and(
            eq(deals.accountId, accountId),
            eq(deals.dealId, dealId),
            eq(deals.kind, 'close'),
            or(undecided, and(eq(deals.status, 'accepted'), gte(deals.statusAt, since))),
          ),
        )
        .limit(1);
      return row !== undefined;
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
    /** The broker's references of all closes of a position but one. */
    async closeReferences(tx: Tx, accountId: string, dealId: string, besides: string): Promise<Set<string>> {
      const rows = await tx
        .select({ dealReference: deals.dealReference })
        .from(deals)
        .where(
          and(
            eq(deals.accountId, accountId),
            eq(deals.dealId, dealId),
            eq(deals.kind, 'close'),
            ne(deals.id, besides),
            isNotNull(deals.dealReference),
          ),
        );
      return new Set(rows.map(({ dealReference }) => dealReference!));
    },
    listUndecided: (
      accountId: string,
    ): Promise<Pick<DealRow, 'status' | 'connectionClosedAt' | 'absentReads'>[]> =>
      db
        .select({
          status: deals.status,
          connectionClosedAt: deals.connectionClosedAt,
          absentReads: deals.absentReads,
        })
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
    /** Newest first. Throws request.invalid for a cursor that is none. */
    listDeals: (accountId: string, page: Page): Promise<{ rows: DealRow[]; nextCursor: string | null }> =>
      newestDeals(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(deals)
          .where(and(eq(deals.accountId, accountId), after))
          .orderBy(...orderBy)
          .limit(limit),
      ),

    async lockPosition(tx: Tx, accountId: string, dealId: string): Promise<PositionRow | undefined> {
      return (
        await tx
          .select()
          .from(positions)
          .where(and(eq(positions.accountId, accountId), eq(positions.dealId, dealId)))
          .for('update')
      )[0];
    },
    async findPosition(accountId: string, dealId: string): Promise<PositionRow | undefined> {
      return (
        await db
          .select()
          .from(positions)
          .where(and(eq(positions.accountId, accountId), eq(positions.dealId, dealId)))
      )[0];
    },
    insertPosition: async (tx: Tx, row: PositionRow): Promise<void> =>
      void (await tx.insert(positions).values(row)),
    savePosition: async (tx: Tx, { accountId, dealId, ...rest }: PositionRow): Promise<void> =>
      void (await tx
        .update(positions)
        .set(rest)
        .where(and(eq(positions.accountId, accountId), eq(positions.dealId, dealId)))),
    /** Oldest first. */
    listOpenPositions: (accountId: string): Promise<PositionRow[]> =>
      db
        .select()
        .from(positions)
        .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt), gt(positions.size, '0')))
        .orderBy(asc(positions.openedAt), asc(positions.dealId))
        .limit(maxPositions),

    /** False for an event that was applied before. */
    async insertInbox(tx: Tx, row: { eventId: string; accountId: string; at: Date }): Promise<boolean> {
      return (
        (
          await tx
            .insert(accountInbox)
            .values(row)
            .onConflictDoNothing()
            .returning({ eventId: accountInbox.eventId })
        ).length === 1
      );
    },
    /** Forgets events applied before `before`, a bounded number. */
    deleteInboxBefore: async (before: Date): Promise<void> =>
      void (await db.execute(
        sql`delete from ${accountInbox} where event_id in (select event_id from ${accountInbox} where at < ${before.toISOString()} limit ${sweepRows})`,
      )),
  };
}
