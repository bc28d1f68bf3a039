// API keys, of which only the SHA-256 is kept: a copy of this table proves nobody.
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { KeyScope } from '../../shared/api-keys.ts';
import { users } from './auth.ts';

export const apiKeys = pgTable(
  'api_keys',
  {
    /** It is part of the key itself, so that who bears one is found by this index. */
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    keyHash: text('key_hash').notNull(),
    name: text('name').notNull(),
    scopes: text('scopes').array().$type<KeyScope[]>().notNull(),
    /** Null: all accounts of the user. No foreign key: an account that is gone opens nothing. */
    accountIds: text('account_ids').array(),
    /** Null: from everywhere. */
    networks: text('networks').array(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [index('api_keys_user_id_idx').on(table.userId)],
);
