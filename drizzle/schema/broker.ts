// What processes share about broker logins: tokens (encrypted) and who holds which stream.
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
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
