// Readings of accounts that a command asks for: a worker makes them, and what they found is read from the rows.
import { and, eq, gte, inArray, isNull, or } from 'drizzle-orm';
import { accountReadings, breaks, brokerAccounts, users } from '../../drizzle/schema/index.ts';
import { decimal } from '../../shared/decimal.ts';
import { inTransaction } from '../db/transaction.ts';
import { createJobs } from '../jobs/index.ts';
import { pause } from '../lib/clock.ts';
import { reconcileAccountJob } from '../modules/trading/index.ts';
import type { Ground } from './ground.ts';

/** Between two looks whether a reading is there. */
const lookEveryMs = 250;

/** Which accounts: one by its id (ours, or the broker's), those of a user, or every connected one. */
export type Chosen = { account: string } | { user: string } | 'all';
export interface ChosenAccount {
  id: string;
  brokerAccountId: string;
  environment: string;
  name: string;
  user: string;
}
type Break = Pick<typeof breaks.$inferSelect, 'id' | 'kind' | 'difference' | 'openedAt'>;
/** What is known of an account after it was asked for. */
export interface Compared extends ChosenAccount {
  /** When the reading began; null: none came in time, and nothing was found out. */
  readAt: Date | null;
  /** Positions and orders that differed, and how many of them nothing explains yet. */
  differences: number;
  unsettled: number;
  /** Cash as that reading found it; null where the broker did not tell. */
  cash: { ours: string; brokers: string; difference: string } | null;
  breaks: { open: Break[]; opened: number; resolved: number };
  agrees: boolean;
}

/** Connected ones, by their users' addresses. Throws Error, in words, where there is none such. */
export async function chooseAccounts({ database: { db } }: Ground, chosen: Chosen): Promise<ChosenAccount[]> {
  const wanted =
    chosen === 'all'
      ? undefined
      : 'user' in chosen
        ? eq(users.email, chosen.user.trim().toLowerCase())
        : or(eq(brokerAccounts.id, chosen.account), eq(brokerAccounts.brokerAccountId, chosen.account));
  const { id, brokerAccountId, environment, name } = brokerAccounts;
  const found = await db
    .select({ id, brokerAccountId, environment, name, user: users.email })
    .from(brokerAccounts)
    .innerJoin(users, eq(users.id, brokerAccounts.userId))
    .where(and(isNull(brokerAccounts.disconnectedAt), wanted))
    .orderBy(users.email, brokerAccounts.createdAt);
  if (found.length === 0 && chosen !== 'all')
    throw new Error(
      'user' in chosen
        ? `${chosen.user} has no connected account here (npm run user -- list)`
        : `no connected account has the id ${chosen.account}: GET /api/accounts and the page show the ids`,
    );
  return found;
}

/** Has each read once from now on, and gives what was found, in the order given. What has not come after `withinMs` is not waited for. */
export async function reconcileAccounts(
  ground: Ground,
  accounts: readonly ChosenAccount[],
  { withinMs, onRead }: { withinMs: number; onRead?: (read: number) => void },
): Promise<Compared[]> {
  const { database, databaseUrl, clock, logger } = ground;
  const jobs = createJobs({ databaseUrl, logger });
  const job = jobs.queue(reconcileAccountJob);
  await jobs.start({ work: false });
  try {
    const askedAt = clock.now();
    await inTransaction(database.db, async (tx) => {
      for (const { id: accountId } of accounts) await job.enqueue(tx, { accountId }, { key: accountId });
    });
    const endMs = clock.monotonicMs() + withinMs;
    for (;;) {
      const read = await readSince(ground, accounts, askedAt);
      onRead?.(read);
      if (read === accounts.length || clock.monotonicMs() >= endMs) break;
      await pause(clock, lookEveryMs);
    }
    const compared: Compared[] = [];
    for (const account of accounts) compared.push(await compareNow(ground, account, askedAt));
    return compared;
  } finally {
    await jobs.close();
  }
}

/** How many of them have been read since then. */
const readSince = ({ database: { db } }: Ground, accounts: readonly ChosenAccount[], askedAt: Date) =>
  db.$count(
    accountReadings,
    and(
      inArray(
        accountReadings.accountId,
        accounts.map(({ id }) => id),
      ),
      gte(accountReadings.readAt, askedAt),
    ),
  );

async function compareNow(
  { database: { db } }: Ground,
  account: ChosenAccount,
  askedAt: Date,
): Promise<Compared> {
  const { id } = account;
  const [reading] = await db
    .select()
    .from(accountReadings)
    .where(and(eq(accountReadings.accountId, id), gte(accountReadings.readAt, askedAt)));
  const rows = await db
    .select()
    .from(breaks)
    .where(
      and(
        eq(breaks.accountId, id),
        or(isNull(breaks.resolvedAt), gte(breaks.resolvedAt, askedAt), gte(breaks.openedAt, askedAt)),
      ),
    )
    .orderBy(breaks.openedAt);
  const open = rows
    .filter(({ resolvedAt }) => resolvedAt === null)
    .map(({ id: of, kind, difference, openedAt }): Break => ({ id: of, kind, difference, openedAt }));
  const { ourCash = null, brokerCash = null } = reading ?? {};
  const cash =
    ourCash === null || brokerCash === null
      ? null
      : {
          ours: decimal.canonical(ourCash),
          brokers: decimal.canonical(brokerCash),
          difference: decimal.subtract(ourCash, brokerCash),
        };
  const unsettled = reading?.unsettled ?? 0;
  return {
    ...account,
    readAt: reading?.readAt ?? null,
    differences: reading?.differences.length ?? 0,
    unsettled,
    cash,
    breaks: {
      open,
      opened: rows.filter(({ openedAt }) => openedAt >= askedAt).length,
      resolved: rows.filter(({ resolvedAt }) => resolvedAt !== null && resolvedAt >= askedAt).length,
    },
    agrees: reading !== undefined && unsettled === 0 && open.length === 0,
  };
}
