// Every query of deals. Whatever joins a transaction takes `tx` first; what a row may become is decided in life.ts.
import { and, asc, count, eq, gt, gte, inArray, lt, lte, or, sql } from 'drizzle-orm';
import { accountRisk, deals } from '../../../../drizzle/schema/index.ts';
import type { Page } from '../../../../shared/primitives.ts';
import type { DealKindName, DealStatus } from '../../../../shared/trading.ts';
import type { DealFilter } from '../../../../shared/trading-reads.ts';
import { columnsOf, leave, lockingStatement, run, runTogether, statement } from '../../../db/statement.ts';
import { isLacking, isTaken, type Db, type Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import { keyset } from '../../../lib/keyset.ts';
import { pick } from '../../../lib/pick.ts';
import { toldChange } from '../../events/index.ts';
import { guardColumns, type GuardRow } from '../risk/guard.ts';
import { readSpacingMs } from '../evidence/judge.ts';
import { joinWider, readWider, widerList } from '../risk/wider.ts';
import { lifeFields, undecidedStatuses, type DealRow } from './life.ts';

const newest = keyset(deals, { at: 'createdAt', id: 'id', order: 'newest first' });
export type DealStore = ReturnType<typeof createDealStore>;

/** Sizes in one market that face a deal: what is open the other way, and of undecided deals what may close it or add to it. */
export interface Facing {
  open: string;
  closing: string;
  opening: string;
  /** The account has been seen to net, and not to hedge since. */
  nets: boolean;
}

const undecidedText = `status in (${undecidedStatuses.map((status) => `'${status}'`).join(', ')})`;
/** Rows one sweep takes; the next takes the rest. */
const sweepRows = 500;
/** Deals of one account that a reading looks at. */
const maxJudged = 500;

// What every order runs. Those that await a verdict come first, then the newest.
const all = columnsOf(deals);
const life = columnsOf(deals, [...lifeFields, 'reserved', 'decidedBy', 'unknownAt']);
const judgedFirst = `order by decided_at is not null, created_at desc limit ${maxJudged}`;
/**
 * A key that stands for a saga is no deal's: it becomes null, which its column refuses. What was looked up before the account's lock may
 * be out of date; this is read under it, as sagas of the account begin.
 */
function valuesWithKeyOfNoSaga(): string {
  const columns = all.list.split(', ');
  const of = (name: string) => `$${columns.indexOf(`"${name}"`) + 1}`;
  const [user, key] = [of('user_id'), of('idempotency_key')];
  const isOfSaga = `exists (select from sagas where user_id = ${user} and idempotency_key = ${key})`;
  return columns
    .map((name, index) =>
      name === '"idempotency_key"' ? `case when ${isOfSaga} then null else ${key} end` : `$${index + 1}`,
    )
    .join(', ');
}
const insert = statement(
  'deals_insert',
  `insert into deals (${all.list}) values (${valuesWithKeyOfNoSaga()})`,
);
const findByKey = statement(
  'deals_find_by_key',
  `select ${all.list} from deals where user_id = $1 and idempotency_key = $2`,
  all.read,
);
/** The deal of a key, and whether the key stands for a saga: one statement, since every deal begins with it. */
const findStanding = statement(
  'deals_find_standing',
  `select exists (select from sagas where user_id = $1 and idempotency_key = $2), found.*
     from (select) as asked left join (select ${all.list} from deals where user_id = $1 and idempotency_key = $2) as found on true`,
  ([isOfSaga, ...columns]) => ({
    isOfSaga: isOfSaga === true,
    deal: columns[0] === null ? undefined : all.read(columns),
  }),
);
const find = statement('deals_find', `select ${all.list} from deals where id = $1`, all.read);
const lock = statement('deals_lock', `select ${all.list} from deals where id = $1 for update`, all.read);
const save = statement('deals_save', `update deals set ${life.assignments(2)} where id = $1`);
const saveAnswer = statement(
  'deals_save_answer',
  `update deals set sent_at = $2, answered_at = $3,
     deal_reference = case when status = 'submitting' then coalesce(deal_reference, $4) else deal_reference end where id = $1`,
);
const acknowledged = columnsOf(deals, ['dealReference', 'statusAt']);
const acknowledge = toldChange(
  'deals_acknowledge',
  (from) =>
    `update deals set status = 'submitted', ${acknowledged.assignments(from + 1)} where id = $${from} and status = 'submitting' returning id`,
);
const lockByReference = statement(
  'deals_lock_by_reference',
  `select ${all.list} from deals where account_id = $1 and deal_reference = $2 ${judgedFirst} for update`,
  all.read,
);
const lockChanging = lockingStatement(
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
  `select ${ready.deal.list}, ${widerList}, ${ready.risk.list} from deals join account_risk using (account_id) ${joinWider} where id = $1`,
  (columns) => ({
    ...ready.deal.read(columns),
    wider: readWider(columns.slice(2)),
    ...ready.risk.read(columns.slice(4)),
  }),
);
const lockReserving = lockingStatement(
  'deals_lock_reserving',
  `select ${all.list} from deals where account_id = $1 and ${undecidedText} and reserved > 0 order by reserved desc, id`,
  all.read,
);
const lockBearers = statement(
  'deals_lock_bearers',
  `select ${all.list} from deals where account_id = $1 and deal_reference = any($2) and reference_of <> 'positions' order by id for update`,
  all.read,
);
const othersAmong = statement(
  'deals_others_among',
  `select deal_reference from deals where account_id = $1 and id <> $2 and deal_reference = any($3) and reference_of <> 'positions'`,
  ([reference]) => String(reference),
);
const lastVerdict = statement(
  'deals_last_verdict',
  'select max(broker_at) from deals where account_id = $1 and deal_id = $2 and kind = any($3)',
  ([at]) => (at === null ? null : new Date(String(at))),
);
const hasChanged = statement(
  'deals_has_changed',
  `select true from deals where account_id = $1 and deal_id = $2 and kind = any($3) and (${undecidedText} or (status = 'accepted' and status_at >= $4)) limit 1`,
  () => true,
);
const hasAccepted = statement(
  'deals_has_accepted',
  `select true from deals where account_id = $1 and deal_id = $2 and kind = any($3) and status = 'accepted' limit 1`,
  () => true,
);
const hasNetted = statement(
  'deals_has_netted',
  `select true from deals where account_id = $1 and epic = $2 and direction <> $3 and kind = any($4) and created_at >= $5 and (${undecidedText} or status = 'accepted') limit 1`,
  () => true,
);
/** How long a reading that shows what a deal did may take to come, at most; bounds what is looked through. */
const readingOverdue = `interval '1 hour'`;
/**
 * A deal that closed a part of a position, which neither the stream nor a reading begun later has told as smaller yet: its confirm does
 * not say what is left.
 */
const nettedUntold = `(kind = 'net' and status = 'accepted' and affected @> '[{"action": "partially_closed"}]'
      and created_at > coalesce((select positions_read_at from account_risk where account_id = $1), '-infinity') - ${readingOverdue}
      and decided_at > coalesce((select positions_read_at from account_risk where account_id = $1), '-infinity') - interval '${readSpacingMs} milliseconds'
      and exists (select from positions touched where touched.account_id = $1 and touched.closed_at is null
        and touched.updated_at < coalesce(deals.broker_at, deals.decided_at)
        and deals.affected @> jsonb_build_array(jsonb_build_object('dealId', touched.deal_id, 'action', 'partially_closed'))))`;
/**
 * Whether an account nets or hedges the broker tells by what it does: the newest deal that closed something, or that was counted on to
 * (its exposure is 0) and opened, says it.
 */
const closedSomething = `(affected @> '[{"action": "closed"}]' or affected @> '[{"action": "partially_closed"}]')`;
const seenToNet = `select ${closedSomething} from deals where account_id = $1 and kind = 'net' and status = 'accepted'
      and (${closedSomething} or (exposure = 0 and affected is not null)) order by created_at desc, id desc limit 1`;
const facing = statement(
  'deals_facing',
  `select
    (select coalesce(sum(size), 0) from positions where account_id = $1 and epic = $2 and expiry = $3 and currency = $4 and direction <> $5 and closed_at is null),
    (select coalesce(sum(size), 0) from deals where account_id = $1 and epic = $2 and direction = $5 and kind in ('close', 'net') and (${undecidedText} or ${nettedUntold})),
    (select coalesce(sum(size), 0) from deals where account_id = $1 and epic = $2 and direction <> $5 and kind in ('open', 'net') and ${undecidedText}),
    coalesce((${seenToNet}), false)`,
  ([open, closing, opening, nets]): Facing => ({
    open: String(open),
    closing: String(closing),
    opening: String(opening),
    nets: nets === true,
  }),
);

const fits = ({ status, kind, epic, from, to }: DealFilter) => [
  status && inArray(deals.status, status),
  kind && inArray(deals.kind, kind),
  epic === undefined ? undefined : eq(deals.epic, epic),
  from && gte(deals.createdAt, from),
  to && lt(deals.createdAt, to),
];

export function createDealStore(db: Db) {
  const undecided = inArray(deals.status, [...undecidedStatuses]);
  // In the words of its index.
  const neverReached = sql`${deals.status} = 'rejected' and ${deals.reason}->>'code' = 'never_reached_broker'`;
  const findByAnyKey = async (userId: string, idempotencyKey: string) =>
    (await runTogether(db, findStanding, [userId, idempotencyKey]))[0]!;
  return {
    /** Left to the transaction's COMMIT, which fails (`isKeyTaken`) when the user's key was used before. */
    insert: (tx: Tx, row: DealRow): void => void leave(tx, insert, all.values(row)),
    /** Whether a transaction failed because the key of a deal it inserted was used before, for a deal or a saga. */
    isKeyTaken: (error: unknown): boolean =>
      isTaken(error, 'deals_user_key') || isLacking(error, 'idempotency_key'),
    findByKey: async (userId: string, idempotencyKey: string): Promise<DealRow | undefined> =>
      (await runTogether(db, findByKey, [userId, idempotencyKey]))[0],
    /** What a user's key stands for: a deal, a saga, or nothing yet. */
    findByAnyKey,
    /** What a user's key stands for already. Throws trading.key_reused for one of a saga. */
    async findStanding(userId: string, idempotencyKey: string): Promise<DealRow | undefined> {
      const found = await findByAnyKey(userId, idempotencyKey);
      if (found.isOfSaga) throw new AppError('trading.key_reused');
      return found.deal;
    },
    /** Whether a deal has this key, as of now in a transaction. */
    isKeyOfDeal: async (tx: Tx, userId: string, idempotencyKey: string): Promise<boolean> =>
      (await run(tx, findByKey, [userId, idempotencyKey])).length > 0,
    find: async (id: string): Promise<DealRow | undefined> => (await run(db, find, [id]))[0],
    /** A page, newest first. Throws request.invalid for a cursor of another list. */
    list: (accountId: string, filter: DealFilter, page: Page) =>
      newest(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(deals)
          .where(and(eq(deals.accountId, accountId), ...fits(filter), after))
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
    /**
     * When it was sent and answered, by the sender's clock, which no verdict reads; and the broker's reference for it, where the broker
     * makes one. Its status stays: whoever waits for a verdict is told nothing by it.
     */
    saveAnswer: async (
      id: string,
      { sentAt, answeredAt, dealReference }: Pick<DealRow, 'sentAt' | 'answeredAt' | 'dealReference'>,
    ): Promise<void> =>
      void (await run(db, saveAnswer, [
        id,
        sentAt && sentAt.toISOString(),
        answeredAt && answeredAt.toISOString(),
        dealReference,
      ])),
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
    /** The broker's instant of its newest verdict on a deal of `kinds` on a position or an order; null: none is known. */
    lastVerdict: async (
      tx: Tx,
      accountId: string,
      dealId: string,
      kinds: readonly DealKindName[],
    ): Promise<Date | null> => (await run(tx, lastVerdict, [accountId, dealId, kinds]))[0] ?? null,
    /** Whether a deal of one of `kinds` awaits its verdict on a position, or was accepted since `since`. */
    hasChanged: async (
      tx: Tx,
      { accountId, dealId }: { accountId: string; dealId: string },
      kinds: readonly DealKindName[],
      since: Date,
    ): Promise<boolean> =>
      (await run(tx, hasChanged, [accountId, dealId, kinds, since.toISOString()])).length > 0,
    /** Whether a deal of one of `kinds` on a position or an order was accepted. */
    hasAccepted: async (
      tx: Tx,
      { accountId, dealId }: { accountId: string; dealId: string },
      kinds: readonly DealKindName[],
    ): Promise<boolean> => (await run(tx, hasAccepted, [accountId, dealId, kinds])).length > 0,
    /** What a deal that nets would meet. Read under the account's lock: every deal that changes it is admitted under that one. */
    facing: async (
      tx: Tx,
      accountId: string,
      { epic, expiry, currency, direction }: Pick<DealRow, 'epic' | 'expiry' | 'currency' | 'direction'>,
    ): Promise<Facing> => (await run(tx, facing, [accountId, epic, expiry, currency, direction]))[0]!,
    /** Whether a deal of one of `kinds` against what is open in this direction of a market was asked for since `since`, and not refused. */
    hasNetted: async (
      tx: Tx,
      { accountId, epic, direction }: Pick<DealRow, 'accountId' | 'epic' | 'direction'>,
      kinds: readonly DealKindName[],
      since: Date,
    ): Promise<boolean> =>
      (await run(tx, hasNetted, [accountId, epic, direction, kinds, since.toISOString()])).length > 0,
    /** Locks the undecided deals for which something is set aside, the most first. */
    lockReserving: (tx: Tx, accountId: string): Promise<DealRow[]> => run(tx, lockReserving, [accountId]),
    /** Locks the deals that bear one of these references as their own, in one order. */
    lockBearers: async (tx: Tx, accountId: string, references: readonly string[]): Promise<DealRow[]> =>
      references.length === 0 ? [] : run(tx, lockBearers, [accountId, references]),
    /** Those of `references` that other deals bear as their own: closes, and what netted. */
    othersAmong: async (
      tx: Tx,
      { id, accountId }: Pick<DealRow, 'id' | 'accountId'>,
      references: readonly string[],
    ): Promise<Set<string>> =>
      references.length === 0 ? new Set() : new Set(await run(tx, othersAmong, [accountId, id, references])),

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
