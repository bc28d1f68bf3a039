// Work of several deals that a crash must not leave half done, and the switch that begins it when a client falls silent.
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, numeric, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { DeadManAction } from '../../shared/risk.ts';
import type { LegKind, SagaKind, SagaLeft } from '../../shared/sagas.ts';
import type { SetTarget } from '../../shared/targets.ts';
import type { Direction } from '../../shared/trading.ts';
import { brokerAccounts } from './accounts.ts';

/** What is asked for when a target is set. */
export type TargetTerms = Pick<SetTarget, 'epic' | 'netSize' | 'tag' | 'note'>;

export const sagas = pgTable(
  'sagas',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    environment: text('environment').$type<Environment>().notNull(),
    kind: text('kind').$type<SagaKind | 'set_target'>().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    requestHash: text('request_hash').notNull(),
    startedAt: instant('started_at').notNull(),
    /** Of a target: its market, the net size wanted, and the user's words. */
    target: jsonb('target').$type<TargetTerms>(),
    /** Of a target that has ended: the net size that the broker's list shows. */
    found: numeric('found'),
    /** Snapshots of the broker's lists that have not shown the end yet. */
    looks: integer('looks').notNull().default(0),
    endedAt: instant('ended_at'),
    /** What the last snapshot still showed when it ended; empty: nothing. Null while it runs. */
    left: jsonb('left').$type<SagaLeft[]>(),
  },
  (table) => [
    uniqueIndex('sagas_user_key').on(table.userId, table.idempotencyKey),
    index('sagas_running_idx')
      .on(table.accountId, table.kind)
      .where(sql`ended_at is null`),
  ],
);

/** One thing to close or cancel, or one step to a target. The deal that does it is found by a key made of the saga's id, `index` and `attempt`. */
export const sagaLegs = pgTable(
  'saga_legs',
  {
    sagaId: text('saga_id')
      .notNull()
      .references(() => sagas.id, { onDelete: 'cascade' }),
    /** Its place, fixed when it is written. */
    index: integer('index').notNull(),
    kind: text('kind').$type<LegKind | 'net'>().notNull(),
    /** The broker's id of the position or order; null for a step to a target. */
    dealId: text('deal_id'),
    /** Of a step to a target. */
    direction: text('direction').$type<Direction>(),
    size: numeric('size'),
    /** Rises only once the deal of the attempt before is decided and has done nothing. */
    attempt: integer('attempt').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.sagaId, table.index] })],
);

/** What is to be done on an account once its client has been silent for so long. */
export const deadMen = pgTable(
  'dead_men',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
    environment: text('environment').$type<Environment>().notNull(),
    /** Another one with each arming. */
    id: id().notNull(),
    action: text('action').$type<DeadManAction>().notNull(),
    afterMs: integer('after_ms').notNull(),
    armedAt: instant('armed_at').notNull(),
    firesAt: instant('fires_at').notNull(),
    firedAt: instant('fired_at'),
  },
  (table) => [
    index('dead_men_due_idx')
      .on(table.firesAt)
      .where(sql`fired_at is null`),
  ],
);
