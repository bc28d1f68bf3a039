// Who holds which stream, for those who look. Taking and keeping leases is in lease-rows.ts.
import { sql } from 'drizzle-orm';
import { leases } from '../../drizzle/schema/index.ts';
import type { Db } from '../db/transaction.ts';

/** At most this many are shown. */
const most = 1_000;
/** By PostgreSQL's clock, as leases are. */
const held = sql<boolean>`${leases.expiresAt} > clock_timestamp()`;

/** Those that nobody holds first, then by name. */
export const listLeases = (db: Db) =>
  db
    .select({
      name: leases.name,
      holder: leases.holder,
      epoch: leases.epoch,
      expiresAt: leases.expiresAt,
      held,
    })
    .from(leases)
    .orderBy(held, leases.name)
    .limit(most);
