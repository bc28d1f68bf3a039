// What processes share about broker logins: tokens (encrypted), who holds which stream, and what was spent of the allowances.
import { bigint, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../../server/db/columns.ts';

/** One session per login, shared by all processes. `tokens` is AES-256-GCM text. */
export const brokerSessions = pgTable('broker_sessions', {
  login: text('login').primaryKey(),
  tokens: text('tokens'),
  expiresAt: instant('expires_at'),
  /** The last attempt to log in: at most one per 10 s, over all processes. */
  attemptedAt: instant('attempted_at'),
});

/** Who holds a stream, of a feed or of an account. `epoch` rises with each new holder and is in every message it publishes. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** The lease on the stream of an account. */
export const accountLease = (accountId: string): string => `account:${accountId}`;

/**
 * One bucket of requests a minute that the broker grants to an API key or an account, once it has a limit that is known. Whoever sends
 * a request locks the row, looks whether there is room, and notes what it spends: so a process that ends holds nothing. Beside the
 * buckets stand, each in a row of its own, the week's points of price history and what the broker publishes of its limits: `spent` is
 * then a document of those (history-points-rules.ts, published-limits.ts), `perMinute` null, and `sinceAt` when it was written.
 */
export const brokerAllowances = pgTable('broker_allowances', {
  /** Scope, environment, and whose it is: the account's id at the broker, or a hash of the key. */
  bucket: text('bucket').primaryKey(),
  /** What is believed to be granted; null: no limit is known. */
  perMinute: integer('per_minute'),
  /** `[{ atMs, by }]`, oldest first, of little more than the last minute; or a document. */
  spent: jsonb('spent').notNull(),
  /** Since when `spent` has been kept. */
  sinceAt: instant('since_at').notNull(),
  refusedAt: instant('refused_at'),
  /** The last time more was tried than was believed. */
  raisedAt: instant('raised_at'),
});
