// The one session of a login, in PostgreSQL: sealed, shared by all processes. Whether to log in is decided in session.ts.
import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { brokerSessions } from '../../../drizzle/schema/index.ts';
import type { Database } from '../../db/client.ts';
import type { Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { BrokerLogin } from './login.ts';

const Tokens = z.object({
  accessToken: z.string(),
  /** Empty once it is spent. */
  refreshToken: z.string(),
  accountId: z.string(),
  lightstreamerEndpoint: z.string(),
  timezoneOffsetMinutes: z.number(),
});
/** What a logged-in process needs. The offset is what IG calls local time, minus UTC. */
export type Tokens = z.infer<typeof Tokens>;

const Sealed = z.object({
  /** Whose session it is: with other credentials the row counts as absent. */
  credentials: z.string(),
  outcome: z.discriminatedUnion('kind', [
    /** `lifeMs`: of the access token, from when it was given; rows of before have none, and IG's lives a minute. */
    z.object({ kind: z.literal('open'), tokens: Tokens, lifeMs: z.number().default(60_000) }),
    z.object({ kind: z.literal('refused'), code: z.string(), times: z.number() }),
    /** A login got no answer that says anything, so many times in a row; `message`: what was met, in words. */
    z.object({ kind: z.literal('unanswered'), times: z.number(), message: z.string().optional() }),
  ]),
});
export type Outcome = z.infer<typeof Sealed>['outcome'];

export interface SessionRow {
  outcome: Outcome | null;
  /** `open`: end of the access token; otherwise: before it nobody tries again. */
  until: Date | null;
  attemptedAt: Date | null;
}

/** Where the tokens of a login are sealed to lie. */
export const placeOf = (login: string): string => `broker_sessions:${login}`;

/** Reads and writes the row of one login. What cannot be opened (another key, other credentials) reads as absent. */
export function createSessionStore({
  database,
  sealer,
  login,
}: {
  database: Database;
  sealer: Sealer;
  login: BrokerLogin;
}) {
  const name = login.session ?? login.feed;
  const place = placeOf(name);
  const credentials = createHash('sha256')
    .update(
      JSON.stringify([
        login.baseUrl,
        login.apiKey,
        login.identifier,
        login.password,
        login.accountId ?? null,
      ]),
    )
    .digest('hex');
  const own = eq(brokerSessions.login, name);

  function open(sealed: string | null): Outcome | null {
    if (sealed === null) return null;
    try {
      const content = Sealed.parse(JSON.parse(sealer.open(sealed, place)));
      return content.credentials === credentials ? content.outcome : null;
    } catch {
      return null; // sealed under a key we no longer have: a login replaces it
    }
  }
  const toRow = (row: typeof brokerSessions.$inferSelect | undefined): SessionRow => {
    const outcome = open(row?.tokens ?? null);
    return { outcome, until: outcome ? row!.expiresAt : null, attemptedAt: row?.attemptedAt ?? null };
  };
  return {
    async read(): Promise<SessionRow> {
      const [row] = await database.db.select().from(brokerSessions).where(own);
      return toRow(row);
    },
    /** Runs `work` with the row locked: one process at a time, its writes committed together at the end. Throws accounts.disconnected. */
    locked<T>(work: (tx: Tx, row: SessionRow) => Promise<T>): Promise<T> {
      return database.db.transaction(async (tx) => {
        // Not for an account that is disconnected, whoever still has its credentials in memory.
        await tx.execute(sql`
          insert into broker_sessions (login)
          select ${name} where not exists
            (select from broker_accounts where id = ${name} and disconnected_at is not null)
          on conflict do nothing`);
        const [row] = await tx.select().from(brokerSessions).where(own).for('update');
        if (!row) throw new AppError('accounts.disconnected');
        return work(tx, toRow(row));
      });
    },
    /** The session is gone with `tx`; what it was. Waits for whoever renews it just now. */
    async end(tx: Tx): Promise<Outcome | null> {
      const [row] = await tx.delete(brokerSessions).where(own).returning();
      return toRow(row).outcome;
    },
    async save(outcome: Outcome, until: Date, tx: Tx | Database['db'] = database.db): Promise<void> {
      const tokens = sealer.seal(JSON.stringify({ credentials, outcome }), place);
      await tx.update(brokerSessions).set({ tokens, expiresAt: until }).where(own);
    },
    /** `null`: the attempt never reached the broker. */
    async saveAttempt(at: Date | null, tx: Tx | Database['db'] = database.db): Promise<void> {
      await tx.update(brokerSessions).set({ attemptedAt: at }).where(own);
    },
  };
}
export type SessionStore = ReturnType<typeof createSessionStore>;

/** The session of a login whose credentials nobody can open any more is gone with `tx`. */
export const deleteSession = async (tx: Tx, name: string): Promise<void> =>
  void (await tx.delete(brokerSessions).where(eq(brokerSessions.login, name)));
