// Every query of sagas and their legs.
import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import { deals, positions, sagaLegs, sagas } from '../../../../drizzle/schema/index.ts';
import type { SagaKind } from '../../../../shared/sagas.ts';
import type { Direction } from '../../../../shared/trading.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { undecidedStatuses, type DealRow } from '../deals/life.ts';

export type SagaRow = typeof sagas.$inferSelect;
export type LegRow = typeof sagaLegs.$inferSelect;
/** Of a saga that ends what an account holds. Throws for another. */
export function endingKind({ id, kind }: Pick<SagaRow, 'id' | 'kind'>): SagaKind {
  if (kind === 'set_target') throw new Error(`invariant: the saga ${id} ends nothing`);
  return kind;
}
export type SagaStore = ReturnType<typeof createSagaStore>;

/** Sagas that one sweep looks after. */
const sweptAtOnce = 100;

export function createSagaStore(db: Db) {
  const find = async (id: string): Promise<SagaRow | undefined> =>
    (await db.select().from(sagas).where(eq(sagas.id, id)))[0];
  return {
    async insert(tx: Tx, saga: SagaRow, legs: readonly LegRow[]): Promise<void> {
      await tx.insert(sagas).values(saga);
      if (legs.length > 0) await tx.insert(sagaLegs).values([...legs]);
    },
    findByKey: async (userId: string, idempotencyKey: string): Promise<SagaRow | undefined> =>
      (
        await db
          .select()
          .from(sagas)
          .where(and(eq(sagas.userId, userId), eq(sagas.idempotencyKey, idempotencyKey)))
      )[0],
    find,
    async get(id: string): Promise<SagaRow> {
      const row = await find(id);
      if (!row) throw new Error(`invariant: the saga ${id} is gone`);
      return row;
    },
    legs: (sagaId: string): Promise<LegRow[]> =>
      db.select().from(sagaLegs).where(eq(sagaLegs.sagaId, sagaId)).orderBy(asc(sagaLegs.index)),
    /** What was found later; of two processes that write the same places at once one does. */
    append: async (legs: readonly LegRow[]): Promise<void> =>
      void (await db
        .insert(sagaLegs)
        .values([...legs])
        .onConflictDoNothing()),
    /** The next attempt of a leg, unless somebody else has begun it. */
    again: async ({ sagaId, index, attempt }: LegRow): Promise<void> =>
      void (await db
        .update(sagaLegs)
        .set({ attempt: attempt + 1 })
        .where(and(eq(sagaLegs.sagaId, sagaId), eq(sagaLegs.index, index), eq(sagaLegs.attempt, attempt)))),
    looked: async (id: string): Promise<void> =>
      void (await db
        .update(sagas)
        .set({ looks: sql`${sagas.looks} + 1` })
        .where(eq(sagas.id, id))),
    /** True when it had not ended before. */
    end: async (
      tx: Tx,
      id: string,
      endedAt: Date,
      ending: Pick<SagaRow, 'left' | 'found'>,
    ): Promise<boolean> =>
      (
        await tx
          .update(sagas)
          .set({ endedAt, ...ending })
          .where(and(eq(sagas.id, id), isNull(sagas.endedAt)))
          .returning({ id: sagas.id })
      ).length > 0,
    /** Those that run since before `startedBefore`, oldest first. */
    listRunning: async (startedBefore: Date): Promise<string[]> =>
      (
        await db
          .select({ id: sagas.id })
          .from(sagas)
          .where(and(isNull(sagas.endedAt), lte(sagas.startedAt, startedBefore)))
          .orderBy(asc(sagas.startedAt))
          .limit(sweptAtOnce)
      ).map(({ id }) => id),
    /** Deals of its account that were asked for before it began and await their verdict. */
    underWay: ({ accountId, startedAt }: SagaRow): Promise<DealRow[]> =>
      db
        .select()
        .from(deals)
        .where(
          and(
            eq(deals.accountId, accountId),
            inArray(deals.status, [...undecidedStatuses]),
            lte(deals.createdAt, startedAt),
          ),
        ),
    /** What is open in a market by our rows. */
    openIn: (
      tx: Db | Tx,
      accountId: string,
      epic: string,
    ): Promise<{ direction: Direction; size: string }[]> =>
      tx
        .select({ direction: positions.direction, size: positions.size })
        .from(positions)
        .where(and(eq(positions.accountId, accountId), eq(positions.epic, epic), isNull(positions.closedAt))),
    /** Whether what is open in a market is about to change: a deal there awaits its verdict, or a target runs. */
    async isBusy(tx: Tx, accountId: string, epic: string): Promise<boolean> {
      const [deal] = await tx
        .select({ id: deals.id })
        .from(deals)
        .where(isUndecidedIn(accountId, epic))
        .limit(1);
      const [target] = await tx
        .select({ id: sagas.id })
        .from(sagas)
        .where(
          and(
            eq(sagas.accountId, accountId),
            eq(sagas.kind, 'set_target'),
            isNull(sagas.endedAt),
            sql`${sagas.target}->>'epic' = ${epic}`,
          ),
        )
        .limit(1);
      return deal !== undefined || target !== undefined;
    },
    /** Deals in a market that await their verdict, whoever asked for them. */
    undecidedIn: (accountId: string, epic: string): Promise<DealRow[]> =>
      db.select().from(deals).where(isUndecidedIn(accountId, epic)),
    /** Deals on a position or order that await their verdict, whoever asked for them. */
    undecidedOn: (accountId: string, dealId: string): Promise<DealRow[]> =>
      db
        .select()
        .from(deals)
        .where(
          and(
            eq(deals.accountId, accountId),
            eq(deals.dealId, dealId),
            inArray(deals.status, [...undecidedStatuses]),
          ),
        ),
  };
}

const isUndecidedIn = (accountId: string, epic: string) =>
  and(eq(deals.accountId, accountId), eq(deals.epic, epic), inArray(deals.status, [...undecidedStatuses]));
