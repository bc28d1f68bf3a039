// Every query of webhooks and their secrets. What is waiting for them is in deliveries.
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import { users, webhooks, webhookSecrets } from '../../../../drizzle/schema/index.ts';
import type { SealedRows } from '../../../db/sealed-rows.ts';
import { inTransaction, type Db, type Tx } from '../../../db/transaction.ts';
import type { Sealer } from '../../../lib/seal.ts';
import type { Attempted, Outcome } from '../channels/channel.ts';

export type WebhookRow = typeof webhooks.$inferSelect;
type SecretRow = typeof webhookSecrets.$inferSelect;
export type WebhookStore = ReturnType<typeof createWebhookStore>;

/** Where a secret is sealed to lie. */
const placeOf = (id: string): string => `webhook-secret:${id}`;

/** A webhook that fails for so long is told to its user, once until it succeeds again. */
const toldAfterMs = 3_600_000;

export function createWebhookStore(db: Db, sealer: Sealer) {
  const isOf = (userId: string, id: string) => and(eq(webhooks.userId, userId), eq(webhooks.id, id));
  const isFormer = isNotNull(webhookSecrets.expiresAt);
  return {
    list: (userId: string): Promise<WebhookRow[]> =>
      db
        .select()
        .from(webhooks)
        .where(eq(webhooks.userId, userId))
        .orderBy(asc(webhooks.createdAt), asc(webhooks.id)),
    async find(userId: string, id: string, on: Db | Tx = db): Promise<WebhookRow | undefined> {
      return (await on.select().from(webhooks).where(isOf(userId, id)))[0];
    },
    /** Holds it until the transaction ends: before anything of its deliveries. */
    async lock(tx: Tx, userId: string, id: string): Promise<WebhookRow | undefined> {
      return (await tx.select().from(webhooks).where(isOf(userId, id)).for('update'))[0];
    },
    /** Of a user who is not disabled; those made later are not missed by whoever looks again. */
    listActive: (tx: Db | Tx, userId: string): Promise<WebhookRow[]> =>
      tx
        .select()
        .from(webhooks)
        .where(
          and(
            eq(webhooks.userId, userId),
            eq(webhooks.state, 'active'),
            inArray(
              webhooks.userId,
              tx
                .select({ id: users.id })
                .from(users)
                .where(and(eq(users.id, userId), isNull(users.disabledAt))),
            ),
          ),
        )
        .orderBy(asc(webhooks.id)),
    /** `secrets` opens those that hold at `now`, the newest first; it throws where a key is gone. */
    async findToSend(
      id: string,
      now: Date,
    ): Promise<(WebhookRow & { isOfDisabled: boolean; secrets: () => string[] }) | undefined> {
      const [found] = await db
        .select({ webhook: webhooks, disabledAt: users.disabledAt })
        .from(webhooks)
        .innerJoin(users, eq(users.id, webhooks.userId))
        .where(eq(webhooks.id, id));
      if (!found) return undefined;
      const { webhook, disabledAt } = found;
      const holds = or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, now));
      const rows = await db
        .select()
        .from(webhookSecrets)
        .where(and(eq(webhookSecrets.webhookId, id), holds))
        .orderBy(sql`${webhookSecrets.expiresAt} is null desc`, desc(webhookSecrets.createdAt));
      return {
        ...webhook,
        isOfDisabled: disabledAt !== null,
        secrets: () => rows.map((row) => sealer.open(row.secret, placeOf(row.id))),
      };
    },
    async nameOf(id: string, on: Db | Tx = db): Promise<string | undefined> {
      return (await on.select({ name: webhooks.name }).from(webhooks).where(eq(webhooks.id, id)))[0]?.name;
    },
    /** Until when the former secret of each signs as well, of those that have one. */
    async formerUntil(userId: string, now: Date): Promise<Map<string, Date>> {
      const rows = await db
        .select({ id: webhookSecrets.webhookId, until: webhookSecrets.expiresAt })
        .from(webhookSecrets)
        .innerJoin(webhooks, eq(webhooks.id, webhookSecrets.webhookId))
        .where(and(eq(webhooks.userId, userId), gt(webhookSecrets.expiresAt, now)));
      return new Map(rows.map(({ id, until }) => [id, until!]));
    },
    /** Two at once count one after the other. */
    async countLocked(tx: Tx, userId: string): Promise<number> {
      await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
      return tx.$count(webhooks, eq(webhooks.userId, userId));
    },
    insert: (tx: Tx, row: WebhookRow) => tx.insert(webhooks).values(row),
    async update(tx: Tx, id: string, set: Partial<WebhookRow>): Promise<WebhookRow> {
      return (await tx.update(webhooks).set(set).where(eq(webhooks.id, id)).returning())[0]!;
    },
    async delete(tx: Tx, userId: string, id: string): Promise<boolean> {
      return (await tx.delete(webhooks).where(isOf(userId, id)).returning({ id: webhooks.id })).length === 1;
    },
    insertSecret: (tx: Tx, { secret, ...row }: SecretRow) =>
      tx.insert(webhookSecrets).values({ ...row, secret: sealer.seal(secret, placeOf(row.id)) }),
    /** The present secret becomes the former one, until `until`; what was the former one is gone. */
    async retireSecret(tx: Tx, webhookId: string, until: Date): Promise<void> {
      const ofIt = eq(webhookSecrets.webhookId, webhookId);
      await tx.delete(webhookSecrets).where(and(ofIt, isFormer));
      await tx.update(webhookSecrets).set({ expiresAt: until }).where(ofIt);
    },
    /** What an attempt says of the webhook itself. That nobody is there counts unless its user has changed it since the attempt began. */
    async note(tx: Tx, id: string, outcome: Outcome, { startedAt, at }: Attempted): Promise<Outcome> {
      if (outcome.is === 'delivered') {
        await tx
          .update(webhooks)
          .set({ lastSuccessAt: at, failingSince: null, failingTold: false })
          .where(eq(webhooks.id, id));
        return outcome;
      }
      const failed = {
        lastErrorAt: at,
        lastError: outcome.error,
        failingSince: sql<Date>`coalesce(${webhooks.failingSince}, ${sql.param(at, webhooks.failingSince)})`,
      };
      if (outcome.is === 'gone') {
        const disabled = await tx
          .update(webhooks)
          .set({ ...failed, state: 'disabled', stateReason: outcome.error, updatedAt: at })
          .where(and(eq(webhooks.id, id), eq(webhooks.state, 'active'), lte(webhooks.updatedAt, startedAt)))
          .returning({ id: webhooks.id });
        if (disabled.length === 1) return outcome;
      }
      await tx.update(webhooks).set(failed).where(eq(webhooks.id, id));
      const long = new Date(at.getTime() - toldAfterMs);
      const news = await tx
        .update(webhooks)
        .set({ failingTold: true })
        .where(and(eq(webhooks.id, id), eq(webhooks.failingTold, false), lte(webhooks.failingSince, long)))
        .returning({ id: webhooks.id });
      return { ...outcome, is: 'failed', failsForLong: news.length === 1 };
    },
  };
}

/** All secrets of webhooks as a change of keys needs them: nothing is known of what they say. */
export function sealedWebhookSecrets(db: Db): SealedRows {
  const { id: secretId, secret } = webhookSecrets;
  return {
    what: ['webhook secret', 'webhook secrets'],
    cure: 'Its user can make another webhook in its place, or delete it.',
    placeOf,
    page: (after, limit) =>
      db
        .select({ id: secretId, sealed: secret })
        .from(webhookSecrets)
        .where(gt(secretId, after))
        .orderBy(asc(secretId))
        .limit(limit),
    change: (id, reseal) =>
      inTransaction(db, async (tx) => {
        const isIt = eq(secretId, id);
        const [now] = await tx.select({ sealed: secret }).from(webhookSecrets).where(isIt).for('update');
        const sealed = now && reseal(now.sealed);
        if (sealed === undefined) return false;
        await tx.update(webhookSecrets).set({ secret: sealed }).where(isIt);
        return true;
      }),
  };
}
