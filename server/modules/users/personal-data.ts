// What is kept of a user, table by table, for the export of one's own data. Secrets and what others are told of too stay out.
import { and, eq, getTableColumns, getTableName, inArray, sql, type SQL } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import * as schema from '../../../drizzle/schema/index.ts';
import type { PersonalData } from '../../../shared/users.ts';
import type { Db } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import { notOurCursor } from '../../lib/keyset.ts';

/** Rows in one answer. */
const rowsPerPage = 1_000;

interface Section {
  table: PgTable;
  /** Which rows are the user's. */
  of(db: Db, userId: string): SQL;
  /** Columns that prove or open something. */
  leaveOut?: readonly string[];
}
const byUser = (table: PgTable & { userId: PgColumn }): Section => ({
  table,
  of: (_db, userId) => eq(table.userId, userId),
});
const byAccount = (table: PgTable & { accountId: PgColumn }): Section => ({
  table,
  of: (db, userId) =>
    inArray(
      table.accountId,
      db
        .select({ id: schema.brokerAccounts.id })
        .from(schema.brokerAccounts)
        .where(eq(schema.brokerAccounts.userId, userId)),
    ),
});

/** In the order of the export. */
export const sections: readonly Section[] = [
  { table: schema.users, of: (_db, userId) => eq(schema.users.id, userId), leaveOut: ['passwordHash'] },
  { ...byUser(schema.sessions), leaveOut: ['id'] },
  { ...byUser(schema.apiKeys), leaveOut: ['keyHash'] },
  { ...byUser(schema.brokerAccounts), leaveOut: ['credentials'] },
  byAccount(schema.accountRisk),
  byAccount(schema.accountDays),
  byAccount(schema.accountHealth),
  {
    table: schema.dealingSwitches,
    of: (_db, userId) => eq(schema.dealingSwitches.subject, userId),
  },
  { ...byUser(schema.deals), leaveOut: ['requestHash'] },
  { ...byUser(schema.sagas), leaveOut: ['requestHash'] },
  {
    table: schema.sagaLegs,
    of: (db, userId) =>
      inArray(
        schema.sagaLegs.sagaId,
        db.select({ id: schema.sagas.id }).from(schema.sagas).where(eq(schema.sagas.userId, userId)),
      ),
  },
  byAccount(schema.deadMen),
  byAccount(schema.positions),
  byAccount(schema.workingOrders),
  byAccount(schema.accountActivity),
  byAccount(schema.accountTransactions),
  byAccount(schema.breaks),
  byUser(schema.userEvents),
  byUser(schema.notifications),
  byUser(schema.notificationPreferences),
  byUser(schema.webhooks),
  { ...byUser(schema.deliveries), leaveOut: ['claim', 'claimedUntil'] },
  {
    table: schema.deliveryAttempts,
    of: (db, userId) =>
      inArray(
        schema.deliveryAttempts.deliveryId,
        db
          .select({ id: schema.deliveries.id })
          .from(schema.deliveries)
          .where(eq(schema.deliveries.userId, userId)),
      ),
  },
  byUser(schema.alerts),
  { ...byUser(schema.signals), leaveOut: ['secretHash'] },
  {
    table: schema.signalReceipts,
    of: (db, userId) =>
      inArray(
        schema.signalReceipts.signalId,
        db.select({ id: schema.signals.id }).from(schema.signals).where(eq(schema.signals.userId, userId)),
      ),
  },
  byUser(schema.watchlists),
  byUser(schema.portfolios),
  byUser(schema.portfolioTransactions),
  byUser(schema.portfolioPrices),
  { ...byUser(schema.auditLog), leaveOut: ['sessionId'] },
];

/** Every other table, with why it is not part of the export. */
export const notExported: Readonly<Record<string, string>> = {
  refresh_tokens: 'opens sessions',
  email_codes: 'opens what a mail was sent for',
  registrations: 'of somebody who is no user yet',
  totp_secrets: 'proves who signs in',
  recovery_codes: 'proves who signs in',
  webhook_secrets: 'signs what webhooks send',
  audit_seals: 'hashes over audit_log',
  broker_sessions: 'opens sessions at the broker',
  broker_allowances: 'of a login: what was asked of the broker lately',
  leases: 'of the server’s processes',
  rate_limits: 'of the server’s processes',
  account_inbox: 'which events were applied; they are in user_events',
  account_history: 'how far the broker’s history was read',
  account_readings: 'how far the broker’s history was read',
  user_event_heads: 'the newest offset of user_events',
  watchlist_sets: 'whether a user has watchlists yet',
  portfolio_days: 'made of the ledger',
  portfolio_price_revisions: 'counts portfolio_prices',
  portfolio_inflows: 'how far deals have flowed into a portfolio',
  feed_outages: 'of markets, and who was told of them; what was told is in notifications',
  instruments: 'of markets',
  candles: 'of markets',
  candle_coverage: 'of markets',
  candle_backfills: 'of markets',
  alert_progress: 'of markets',
};

const primaryKeyOf = (table: PgTable): PgColumn[] => {
  const { columns, primaryKeys } = getTableConfig(table);
  return primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
};

/** Where a page begins: behind the row with this primary key. */
interface Place {
  section: number;
  after: string[];
}
const write = ({ section, after }: Place) =>
  Buffer.from(JSON.stringify([getTableName(sections[section]!.table), ...after])).toString('base64url');
function read(cursor: string | undefined): Place {
  if (cursor === undefined) return { section: 0, after: [] };
  try {
    const [name, ...after] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const section = sections.findIndex(({ table }) => getTableName(table) === name);
    const key = section < 0 ? [] : primaryKeyOf(sections[section]!.table);
    if (section >= 0 && isKey(after, key)) return { section, after };
  } catch {
    // no JSON: refused below
  }
  throw new AppError('request.invalid', { fields: { cursor: notOurCursor } });
}
/** Of a row with this primary key; nothing: before the first row. */
const isKey = (after: unknown[], key: readonly PgColumn[]): after is string[] =>
  (after.length === 0 || after.length === key.length) &&
  key.slice(0, after.length).every(({ dataType }, n) => {
    const part = after[n];
    if (typeof part !== 'string' || part.includes('\0')) return false;
    if (dataType === 'number') return /^-?\d{1,15}$/.test(part);
    return dataType !== 'date' || !Number.isNaN(Date.parse(part));
  });

/**
 * A page of all that is kept of a user: rows of one table, as stored; pages follow each other through all tables. What is written
 * meanwhile may be in it or not. Throws request.invalid for a cursor that is none.
 */
export async function personalData(
  db: Db,
  userId: string,
  cursor: string | undefined,
): Promise<PersonalData> {
  const { section, after } = read(cursor);
  const { table, of, leaveOut = [] } = sections[section]!;
  const key = primaryKeyOf(table);
  const list = (parts: readonly (PgColumn | string)[]) =>
    sql.join(
      parts.map((part) => sql`${part}`),
      sql`, `,
    );
  const found = await db
    .select()
    .from(table)
    .where(and(of(db, userId), after.length > 0 ? sql`(${list(key)}) > (${list(after)})` : undefined))
    .orderBy(...key)
    .limit(rowsPerPage);
  const names = Object.entries(getTableColumns(table));
  const told = names.filter(([name]) => !leaveOut.includes(name)).map(([name]) => name);
  const rows = found as Record<string, unknown>[];
  const last = rows.at(-1);
  const keyNames = key.map((column) => names.find(([, each]) => each.name === column.name)![0]);
  const next: Place | undefined =
    last && rows.length === rowsPerPage
      ? { section, after: keyNames.map((name) => asText(last[name])) }
      : section + 1 < sections.length
        ? { section: section + 1, after: [] }
        : undefined;
  return {
    table: getTableName(table),
    rows: rows.map((row) => Object.fromEntries(told.map((name) => [name, row[name]]))),
    nextCursor: next ? write(next) : null,
  };
}
const asText = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value));
