// One connected account with what logs in to it, for a command on this machine: by its id, or the broker's own.
import { and, eq, isNull, or } from 'drizzle-orm';
import { brokerAccounts } from '../../../drizzle/schema/index.ts';
import type { Db } from '../../db/transaction.ts';
import { keyNameOf, type Sealer } from '../../lib/seal.ts';
import { openCredentials } from './credentials.ts';
import type { BrokerAccount, BrokerCredentials } from './ports.ts';
import { createFeedOf, toBrokerAccount, type CommonFeed } from './views.ts';

/** Throws Error, in words, when there is no such connected account, more than one, or no key that opens its credentials. */
export async function openAccount(
  { db, sealer, feeds }: { db: Db; sealer: Sealer; feeds: readonly CommonFeed[] },
  id: string,
): Promise<{ account: BrokerAccount; credentials: BrokerCredentials }> {
  const found = await db
    .select()
    .from(brokerAccounts)
    .where(
      and(
        or(eq(brokerAccounts.id, id), eq(brokerAccounts.brokerAccountId, id)),
        isNull(brokerAccounts.disconnectedAt),
      ),
    );
  const [row, another] = found;
  if (!row)
    throw new Error(`no connected account has the id ${id}: GET /api/accounts and the page show the ids`);
  if (another)
    throw new Error(
      `several accounts have the id ${id}: give one of ${found.map((each) => each.id).join(', ')}`,
    );
  try {
    return { account: toBrokerAccount(row, createFeedOf(feeds)), credentials: openCredentials(sealer, row) };
  } catch {
    throw new Error(
      `the credentials of ${row.id} are sealed under the key ${keyNameOf(row.credentials)}, which is not given here: run this with the ENCRYPTION_KEYS of the servers`,
    );
  }
}
