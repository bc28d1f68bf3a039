// What leaves by e-mail and webhook: how users want to be told, their webhooks, what is to be delivered, and each attempt.
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { ChannelName, ChosenKinds, QuietHours } from '../../shared/notification-preferences.ts';
import type { DeliveryState, WebhookState } from '../../shared/webhooks.ts';
import { users } from './auth.ts';

/** No row: the defaults of each kind. */
export const notificationPreferences = pgTable('notification_preferences', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** Only what was chosen; what is left out is as the channel has it. */
  choices: jsonb('choices').$type<ChosenKinds>().notNull(),
  /** Null: none. */
  quietHours: jsonb('quiet_hours').$type<QuietHours>(),
  updatedAt: instant('updated_at').notNull(),
});

export const webhooks = pgTable(
  'webhooks',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    url: text('url').notNull(),
    /** Null: all. */
    kinds: text('kinds').array(),
    state: text('state').$type<WebhookState>().notNull(),
    /** Why it is disabled, as a sentence. */
    stateReason: text('state_reason'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Of the first attempt that failed since one last succeeded; null: the last one succeeded, or there was none. */
    failingSince: instant('failing_since'),
    /** Whether its user was told that it fails. */
    failingTold: boolean('failing_told').notNull().default(false),
    lastSuccessAt: instant('last_success_at'),
    lastErrorAt: instant('last_error_at'),
    lastError: text('last_error'),
  },
  (table) => [index('webhooks_user_idx').on(table.userId, table.createdAt, table.id)],
);

/** What a webhook signs with, sealed. A former one signs as well until it expires. */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    id: id().primaryKey(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    secret: text('secret').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Null: the present one. */
    expiresAt: instant('expires_at'),
  },
  (table) => [index('webhook_secrets_webhook_idx').on(table.webhookId, table.createdAt)],
);

/** One message to one place. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    channel: text('channel').$type<ChannelName>().notNull(),
    /** Null unless the channel is `webhook`. No foreign key: what was delivered is kept when its webhook is gone. */
    webhookId: text('webhook_id'),
    /** What must not wait for anything else, and has few under way at a time: the webhook, the user's mailbox, or a test. */
    lane: text('lane').notNull(),
    kind: text('kind').notNull(),
    /** Several: a digest. Empty: a test. */
    notificationIds: text('notification_ids').array().notNull(),
    /** By which a receiver recognises a repeat: the same in every attempt and redelivery. */
    messageId: text('message_id').notNull(),
    /** The exact bytes of a webhook. Null: written from its notifications when it is sent. */
    body: text('body'),
    state: text('state').$type<DeliveryState>().notNull(),
    /** From when on it may be sent (again). */
    dueAt: instant('due_at').notNull(),
    /** Of whoever is sending it, and until when that is believed. */
    claim: text('claim'),
    claimedUntil: instant('claimed_until'),
    /** All there were; `delivery_attempts` has each. */
    attempts: integer('attempts').notNull(),
    /** Failures since it was made, or was last made due by hand. */
    failures: integer('failures').notNull(),
    /** The first attempt since then: it is given up a day later. */
    triedSince: instant('tried_since'),
    /** When an attempt failed last, also of one that arrived in the end. */
    failedAt: instant('failed_at'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
    /** Null while it waits. */
    endedAt: instant('ended_at'),
  },
  (table) => [
    index('deliveries_waiting_idx')
      .on(table.channel, table.lane, table.dueAt, table.id)
      .where(sql`state = 'waiting'`),
    index('deliveries_user_idx').on(table.userId, table.createdAt, table.id),
    // What is listed of one webhook, or of what did not arrive; and how each channel fares.
    index('deliveries_webhook_idx')
      .on(table.webhookId, table.createdAt, table.id)
      .where(sql`webhook_id is not null`),
    index('deliveries_unsent_idx')
      .on(table.userId, table.state, table.createdAt, table.id)
      .where(sql`state <> 'delivered'`),
    // Not by `ended_at` itself: the planner would rather walk through everybody's, by the index below.
    index('deliveries_delivered_idx')
      .on(table.userId, table.channel, sql`coalesce(ended_at, created_at)`)
      .where(sql`state = 'delivered'`),
    index('deliveries_failed_idx')
      .on(table.userId, table.channel, table.failedAt)
      .where(sql`failed_at is not null`),
    index('deliveries_ended_idx')
      .on(table.endedAt)
      .where(sql`ended_at is not null`),
  ],
);

export const deliveryAttempts = pgTable(
  'delivery_attempts',
  {
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => deliveries.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    at: instant('at').notNull(),
    /** Null: how it ended is not known, because the process ended meanwhile or is still at it. */
    tookMs: integer('took_ms'),
    status: integer('status'),
    /** Null when it was delivered. */
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.number] })],
);
