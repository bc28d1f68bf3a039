// The use cases of webhooks: making, changing and deleting them, and giving them another secret.
import {
  maxWebhooks,
  type CreateWebhook,
  type UpdateWebhook,
  type Webhook,
  type WebhookWithSecret,
} from '../../../../shared/webhooks.ts';
import type { Database } from '../../../db/client.ts';
import { inTransaction, type Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { DeliveryStore } from '../deliveries/store.ts';
import { leavingKinds } from '../kinds.ts';
import type { Guard } from './guard.ts';
import { formerSecretMs, makeSecret } from './signing.ts';
import type { WebhookRow, WebhookStore } from './store.ts';

export type WebhookService = ReturnType<typeof createWebhookService>;

export function createWebhookService({
  database: { db },
  store,
  deliveries,
  guard,
  ids,
  clock,
}: {
  database: Database;
  store: WebhookStore;
  deliveries: Pick<DeliveryStore, 'cancelFor' | 'dueNow'>;
  guard: Guard;
  ids: Ids;
  clock: Clock;
}) {
  /** Throws request.invalid that names every field which cannot be had. */
  function requireUsable({
    url,
    kinds,
  }: {
    url?: string | undefined;
    kinds?: readonly string[] | null | undefined;
  }) {
    const known: readonly string[] = leavingKinds();
    const problem = url === undefined ? undefined : guard.problemOf(new URL(url));
    const unknown = kinds?.filter((kind) => !known.includes(kind)) ?? [];
    const fields = {
      ...(problem !== undefined && { url: problem }),
      ...(unknown.length > 0 && {
        kinds: `has ${unknown.join(', ')}, which is no kind of notification: there are ${known.join(', ')}`,
      }),
    };
    if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
  }
  async function lock(tx: Tx, userId: string, id: string): Promise<WebhookRow> {
    const row = await store.lock(tx, userId, id);
    if (!row) throw new AppError('notifications.webhook_not_found');
    return row;
  }
  async function shown(row: WebhookRow): Promise<Webhook> {
    const until = await store.formerUntil(row.userId, clock.now());
    return viewOf(row, until.get(row.id) ?? null);
  }
  async function giveSecret(tx: Tx, webhookId: string): Promise<string> {
    const secret = makeSecret(ids);
    const row = { id: ids.next('whs'), webhookId, secret, createdAt: clock.now(), expiresAt: null };
    await store.insertSecret(tx, row);
    return secret;
  }

  return {
    async list(userId: string): Promise<Webhook[]> {
      const until = await store.formerUntil(userId, clock.now());
      return (await store.list(userId)).map((row) => viewOf(row, until.get(row.id) ?? null));
    },
    /** What a record keeps of one: its URL may hold what opens something. Throws notifications.webhook_not_found. */
    async record(userId: string, id: string): Promise<Omit<Webhook, 'url'>> {
      const row = await store.find(userId, id);
      if (!row) throw new AppError('notifications.webhook_not_found');
      const { url: _address, ...rest } = await shown(row);
      return rest;
    },
    /** Throws request.invalid, notifications.too_many_webhooks. */
    async create(userId: string, { name, url, kinds }: CreateWebhook): Promise<WebhookWithSecret> {
      requireUsable({ url, kinds });
      const now = clock.now();
      const row: WebhookRow = {
        id: ids.next('whk'),
        userId,
        name,
        url: new URL(url).href,
        kinds,
        state: 'active',
        stateReason: null,
        createdAt: now,
        updatedAt: now,
        failingSince: null,
        failingTold: false,
        lastSuccessAt: null,
        lastErrorAt: null,
        lastError: null,
      };
      const secret = await inTransaction(db, async (tx) => {
        if ((await store.countLocked(tx, userId)) >= maxWebhooks)
          throw new AppError('notifications.too_many_webhooks');
        await store.insert(tx, row);
        return giveSecret(tx, row.id);
      });
      return { ...viewOf(row, null), secret };
    },
    /** With another URL, or active again, what waits for it is due at once. Throws request.invalid, notifications.webhook_not_found. */
    async update(userId: string, { id, url, ...wanted }: UpdateWebhook): Promise<Webhook> {
      requireUsable({ url, kinds: wanted.kinds });
      const now = clock.now();
      const row = await inTransaction(db, async (tx) => {
        const before = await lock(tx, userId, id);
        const href = url === undefined ? before.url : new URL(url).href;
        const isAnew = href !== before.url || (wanted.state === 'active' && before.state !== 'active');
        if (wanted.state === 'paused')
          await deliveries.cancelFor(tx, id, { at: now, why: 'The webhook was paused.' });
        else if (isAnew) await deliveries.dueNow(tx, id, now);
        return store.update(tx, id, {
          ...given(wanted),
          url: href,
          updatedAt: now,
          ...(wanted.state && { stateReason: null }),
          ...(isAnew && { failingSince: null, failingTold: false }),
        });
      });
      return shown(row);
    },
    /** What waits for it is cancelled. Throws notifications.webhook_not_found. */
    async delete(userId: string, id: string): Promise<void> {
      await inTransaction(db, async (tx) => {
        await lock(tx, userId, id);
        await deliveries.cancelFor(tx, id, { at: clock.now(), why: 'The webhook was deleted.' });
        await store.delete(tx, userId, id);
      });
    },
    /** The present secret signs for a day more. Throws notifications.webhook_not_found. */
    async rotateSecret(userId: string, id: string): Promise<WebhookWithSecret> {
      const now = clock.now();
      const { row, secret } = await inTransaction(db, async (tx) => {
        await lock(tx, userId, id);
        await store.retireSecret(tx, id, new Date(now.getTime() + formerSecretMs));
        return { secret: await giveSecret(tx, id), row: await store.update(tx, id, { updatedAt: now }) };
      });
      return { ...(await shown(row)), secret };
    },
  };
}

const viewOf = ({ userId: _owner, ...row }: WebhookRow, formerSignsUntil: Date | null): Webhook => ({
  ...row,
  host: new URL(row.url).host,
  formerSignsUntil,
});

/** Without what was left out. */
const given = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
