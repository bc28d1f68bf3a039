// What a seeding would add, by what is in the database; changes nothing and asks no broker.
import { and, eq, inArray } from 'drizzle-orm';
import { accountActivity, brokerAccounts, deals, users } from '../../../drizzle/schema/index.ts';
import type { Database } from '../../db/client.ts';
import { personOf } from './people.ts';
import { tradeOf } from './trades.ts';
import type { Wanted } from './world.ts';

export interface Planned {
  email: string;
  name: string;
  /** Whether they would be made. */
  user: boolean;
  /** Trades that are missing: of the days before, and to be dealt now. */
  trades: { past: number; today: number };
}

/** `database` undefined: there is none yet. */
export async function planWorld(database: Database | undefined, wanted: Wanted): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (let n = 0; n < wanted.users; n++) {
    const { email, name } = personOf(wanted.seed, n);
    const trades = Array.from({ length: wanted.deals }, (_, each) =>
      tradeOf({ seed: wanted.seed, email }, each, wanted),
    );
    const known =
      database &&
      (await keysOf(
        database,
        email,
        trades.map(({ key }) => key),
      ));
    const missing = trades.filter(({ key }) => !known?.keys.has(key));
    const past = known?.hasAccount ? 0 : missing.filter((trade) => trade.past).length;
    planned.push({ email, name, user: !known, trades: { past, today: missing.length - past } });
  }
  return planned;
}

/** Which of the trades a user has; undefined for nobody. */
async function keysOf({ db }: Database, email: string, keys: string[]) {
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (!user) return undefined;
  const accounts = await db
    .select({ id: brokerAccounts.id })
    .from(brokerAccounts)
    .where(and(eq(brokerAccounts.userId, user.id), eq(brokerAccounts.environment, 'simulated')));
  const here = await db
    .select({ key: deals.idempotencyKey })
    .from(deals)
    .where(and(eq(deals.userId, user.id), inArray(deals.idempotencyKey, keys)));
  const there = await db
    .select({ key: accountActivity.dealReference })
    .from(accountActivity)
    .where(
      and(
        inArray(
          accountActivity.accountId,
          accounts.map(({ id }) => id),
        ),
        inArray(accountActivity.dealReference, keys),
      ),
    );
  return { hasAccount: accounts.length > 0, keys: new Set([...here, ...there].map(({ key }) => key)) };
}
