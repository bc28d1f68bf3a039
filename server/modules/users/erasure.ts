// What becomes of each table when a user has their account deleted: erased, or kept for a reason that stands here.
import { and, eq, isNull, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import * as schema from '../../../drizzle/schema/index.ts';
import type { Tx } from '../../db/transaction.ts';

interface Erased {
  table: PgTable;
  /** Which rows go. */
  of(userId: string): SQL;
}
const byUser = (table: PgTable & { userId: PgColumn }): Erased => ({
  table,
  of: (userId) => eq(table.userId, userId),
});

/** What points at a row stands before it. Tables of signing in are emptied by modules/auth. */
export const erased: readonly Erased[] = [
  byUser(schema.portfolioInflows),
  byUser(schema.portfolioTransactions),
  byUser(schema.portfolios),
  byUser(schema.portfolioPrices),
  byUser(schema.portfolioPriceRevisions),
  byUser(schema.watchlists),
  byUser(schema.watchlistSets),
  byUser(schema.notifications),
  byUser(schema.notificationPreferences),
  byUser(schema.webhooks),
  byUser(schema.deliveries),
  byUser(schema.alerts),
  byUser(schema.signals),
];

const record =
  'the record of what was dealt and what came of it, which must be shown for years (MiFID II, article 16(6)) and which keeps one request from dealing twice; it names nobody once the account is deleted';
const alike = 'of markets or of the server’s processes: it says nothing of a user';
/** Every other table in which something of a user stands, with why it stays. */
export const keptWhenDeleted: Readonly<Record<string, string>> = {
  portfolio_days: 'goes with its portfolio',
  webhook_secrets: 'go with their webhook',
  delivery_attempts: 'go with their delivery',
  signal_receipts: 'go with their signal',
  users: 'an empty row, which the records below point at: no address, no name, nothing that signs in',
  sessions: 'ended and removed by modules/auth',
  refresh_tokens: 'removed by modules/auth',
  api_keys: 'removed by modules/auth',
  email_codes: 'removed by modules/auth',
  totp_secrets: 'removed by modules/auth',
  recovery_codes: 'removed by modules/auth',
  registrations: 'of somebody who is no user yet; gone within a day',
  broker_accounts: `${record}; its credentials and sessions are gone`,
  account_risk: record,
  account_days: record,
  account_health: record,
  account_inbox: record,
  account_history: record,
  account_activity: record,
  account_transactions: record,
  account_readings: record,
  breaks: record,
  deals: record,
  positions: record,
  working_orders: record,
  sagas: record,
  saga_legs: record,
  dead_men: record,
  dealing_switches: record,
  user_events: `${record}; those of notifications are erased`,
  user_event_heads: record,
  audit_log:
    'who did what: its rows cannot be changed, and go as a whole once they are past AUDIT_RETENTION_DAYS; addresses that were typed to sign in stand in it until then',
  audit_seals: alike,
  broker_sessions: alike,
  broker_allowances: alike,
  leases: alike,
  rate_limits: alike,
  feed_outages: 'of markets; the ids of users in it name nobody once an account is deleted',
  instruments: alike,
  candles: alike,
  candle_coverage: alike,
  candle_backfills: alike,
  alert_progress: alike,
};

/**
 * Removes all that is not kept, but for what modules/auth removes; the user is held. False, and nothing is removed, while an account of
 * theirs is connected: its credentials would stay.
 */
export async function eraseRows(tx: Tx, userId: string): Promise<boolean> {
  const { brokerAccounts } = schema;
  const connected = and(eq(brokerAccounts.userId, userId), isNull(brokerAccounts.disconnectedAt));
  if ((await tx.$count(brokerAccounts, connected)) > 0) return false;
  for (const { table, of } of erased) await tx.delete(table).where(of(userId));
  const { userId: owner, stream } = schema.userEvents;
  await tx.delete(schema.userEvents).where(and(eq(owner, userId), eq(stream, 'notifications')));
  return true;
}
