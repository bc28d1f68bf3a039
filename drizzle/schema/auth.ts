// Users and their logins. Tokens are stored as SHA-256 only: a copy of these tables signs nobody in.
import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Profile } from '../../shared/users.ts';
import { id, instant } from '../../server/db/columns.ts';

export const users = pgTable(
  'users',
  {
    id: id().primaryKey(),
    email: text('email').notNull(),
    passwordHash: text('password_hash').notNull(),
    name: text('name').notNull(),
    timeZone: text('time_zone').notNull().default('UTC'),
    phone: text('phone'),
    country: text('country'),
    language: text('language'),
    baseCurrency: text('base_currency'),
    tradingExperience: text('trading_experience').$type<Profile['tradingExperience']>(),
    riskProfile: text('risk_profile').$type<Profile['riskProfile']>(),
    isAdmin: boolean('is_admin').notNull().default(false),
    createdAt: instant('created_at').notNull(),
    disabledAt: instant('disabled_at'),
    /** When its owner had it deleted: what must be kept still names this row, which says nothing of a person any more. */
    deletedAt: instant('deleted_at'),
    /** When the address was last shown to be the user's own. */
    emailVerifiedAt: instant('email_verified_at'),
  },
  (table) => [
    uniqueIndex('users_email_key').on(table.email),
    // With the unique index: no two accounts whose addresses differ in case only, whoever writes.
    check('users_email_lower_case', sql`${table.email} = lower(${table.email})`),
  ],
);

/** Lucia's sessions; `id` is the hex SHA-256 of the token. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    ip: text('ip'),
    userAgent: text('user_agent'),
    /** To a minute; null for one that was opened before this was kept. */
    lastSeenAt: instant('last_seen_at'),
    /** When whoever holds it last proved who they are, by a password or a code: grave steps ask for a recent one. */
    provedAt: instant('proved_at'),
  },
  (table) => [
    index('sessions_user_id_idx').on(table.userId),
    index('sessions_expires_at_idx').on(table.expiresAt),
  ],
);

/** Refresh tokens given out, used ones included; using one twice (beyond a short grace) ends the session. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    tokenHash: text('token_hash').primaryKey(),
    /** No foreign key: the row outlives its session, so that an expired token can be told from an unknown one. */
    sessionId: text('session_id').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [index('refresh_tokens_expires_at_idx').on(table.expiresAt)],
);

/** Who asked for an account and has not shown yet that mail to the address reaches them. Nobody signs in by it. */
export const registrations = pgTable(
  'registrations',
  {
    id: id().primaryKey(),
    email: text('email').notNull(),
    passwordHash: text('password_hash').notNull(),
    name: text('name').notNull(),
    timeZone: text('time_zone').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Of the code that was mailed last; null until one was. */
    codeHash: text('code_hash'),
  },
  (table) => [
    uniqueIndex('registrations_code_hash_key').on(table.codeHash),
    index('registrations_email_idx').on(table.email),
    index('registrations_expires_at_idx').on(table.expiresAt),
  ],
);

/** The secret of somebody's authenticator, sealed; not asked for until it was confirmed by a code of it. */
export const totpSecrets = pgTable('totp_secrets', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  secret: text('secret').notNull(),
  createdAt: instant('created_at').notNull(),
  confirmedAt: instant('confirmed_at'),
  /** The newest time step whose code was used: no code is good twice. */
  lastStep: bigint('last_step', { mode: 'number' }),
});

/** Codes for whoever lost their authenticator; each is good once, and its row is gone with it. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    codeHash: text('code_hash').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

/** Codes that went out by mail and are good for one use; using one, or a change of what it rests on, deletes the row. */
export const emailCodes = pgTable(
  'email_codes',
  {
    codeHash: text('code_hash').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text('purpose', { enum: ['verify_email', 'reset_password', 'change_email'] }).notNull(),
    /** Where it was sent: it proves this address and no other. */
    email: text('email').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    index('email_codes_user_id_idx').on(table.userId, table.purpose),
    index('email_codes_expires_at_idx').on(table.expiresAt),
  ],
);
