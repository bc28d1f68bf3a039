// The use cases of deliveries: what was sent and what was not, sending one again, and trying a channel.
import type { Delivery, ListDeliveries, TestChannel } from '../../../../shared/webhooks.ts';
import type { Database } from '../../../db/client.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { UserEvents } from '../../events/index.ts';
import { textsOf } from '../kinds.ts';
import type { Channels } from '../channels.ts';
import type { DeliveryRow } from '../channels/channel.ts';
import type { NotificationService } from '../service.ts';
import type { StoredNotification } from '../store.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import { newDelivery } from './dispatch.ts';
import type { AttemptRow, DeliveryStore } from './store.ts';

/** What a test is called where a kind stands. */
const testKind = 'channel.test';
/** A test is waited for so long, and looked at so often; what comes later stands in the list. */
const testWaitMs = 10_000;
const testLookMs = 200;
/** Attempts that are shown of one delivery. */
const mostAttempts = 20;

export type DeliveryService = ReturnType<typeof createDeliveryService>;

export function createDeliveryService({
  database: { db },
  store,
  webhooks,
  channels,
  notify,
  events,
  ids,
  clock,
}: {
  database: Database;
  store: DeliveryStore;
  webhooks: Pick<WebhookStore, 'find' | 'lock'>;
  channels: Channels;
  notify: NotificationService['notify'];
  events: Pick<UserEvents, 'wake'>;
  ids: Ids;
  clock: Clock;
}) {
  async function shown(rows: readonly DeliveryRow[]): Promise<Delivery[]> {
    const attempts = rows.length === 0 ? [] : await store.attemptsOf(rows.map(({ id }) => id));
    const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
    return rows.map((row) => viewOf(row, byDelivery.get(row.id) ?? []));
  }
  async function get(userId: string, id: string): Promise<Delivery> {
    const row = await store.find(userId, id);
    if (!row) throw new AppError('notifications.delivery_not_found');
    return (await shown([row]))[0]!;
  }
  /** Throws notifications.webhook_not_found, notifications.webhook_not_active. */
  async function requireActive(webhook: { state: string } | undefined): Promise<void> {
    if (!webhook) throw new AppError('notifications.webhook_not_found');
    if (webhook.state !== 'active') throw new AppError('notifications.webhook_not_active');
  }
  /** To which webhook a test goes. Throws request.invalid and what `requireActive` throws. */
  async function webhookOf(userId: string, { channel, webhookId }: TestChannel): Promise<string | null> {
    if (channel === 'webhook' && webhookId === undefined)
      throw new AppError('request.invalid', {
        fields: { webhookId: 'is needed: GET /api/notifications/webhooks lists yours' },
      });
    if (channel !== 'webhook' && webhookId !== undefined)
      throw new AppError('request.invalid', { fields: { webhookId: 'is for the channel webhook only' } });
    if (webhookId === undefined) return null;
    await requireActive(await webhooks.find(userId, webhookId));
    return webhookId;
  }

  return {
    /** Newest first. Throws request.invalid for a cursor that is none. */
    async list(userId: string, asked: ListDeliveries) {
      const { rows, nextCursor } = await store.list(userId, asked);
      return { deliveries: await shown(rows), nextCursor };
    },
    get,
    /**
     * Sends it again, whatever became of it, with the same message id. Throws notifications.delivery_not_found,
     * notifications.webhook_not_found, notifications.webhook_not_active.
     */
    async redeliver(userId: string, id: string): Promise<Delivery> {
      await inTransaction(db, async (tx) => {
        const { webhookId } = (await store.find(userId, id)) ?? {};
        if (webhookId) await requireActive(await webhooks.lock(tx, userId, webhookId)); // before its deliveries
        const row = await store.lock(tx, userId, id);
        if (!row) throw new AppError('notifications.delivery_not_found');
        if (!channels[row.channel].leaving) return; // it is in the inbox still
        const isUnderWay = row.claimedUntil !== null && row.claimedUntil > clock.now();
        if (row.state !== 'waiting' || !isUnderWay) await store.makeDue(tx, id, clock.now());
      });
      return get(userId, id);
    },
    /**
     * Sends a message that says so, whatever the preferences are, and waits a while for what becomes of it. Throws request.invalid,
     * notifications.channel_unavailable, notifications.webhook_not_found, notifications.webhook_not_active.
     */
    async test(userId: string, asked: TestChannel, signal?: AbortSignal): Promise<Delivery> {
      const { leaving } = channels[asked.channel];
      const webhookId = await webhookOf(userId, asked);
      const problem = await leaving?.problemOf(userId);
      if (problem) throw new AppError('notifications.channel_unavailable', { message: problem });
      const now = clock.now();
      const id = ids.next('dlv');
      const notice = { kind: testKind, data: {} } as const;
      const message: StoredNotification = {
        id: ids.next('test'),
        at: now,
        ...textsOf(notice),
        kind: testKind,
        accountId: null,
        environment: null,
        readAt: null,
        archivedAt: null,
      };
      const made = newDelivery({
        id,
        webhookId,
        lane: id, // of its own: it waits for nothing that came before
        userId,
        channel: asked.channel,
        kind: testKind,
        notificationIds: [],
        messageId: message.id,
        body: leaving?.bodyOf?.(message) ?? null,
        dueAt: now,
        createdAt: now,
      });
      await inTransaction(db, async (tx) => {
        await store.insert(tx, [leaving ? made : { ...made, state: 'delivered', endedAt: now }]);
        if (!leaving) await notify(tx, { ...notice, userId, at: now, accountId: null });
      });
      if (!leaving) events.wake(userId, 'notifications');
      for (let waitedMs = 0; ; waitedMs += testLookMs) {
        const delivery = await get(userId, id);
        if (delivery.state !== 'waiting' || waitedMs >= testWaitMs || signal?.aborted) return delivery;
        await pause(clock, testLookMs, signal);
      }
    },
  };
}

function viewOf(row: DeliveryRow, attempts: readonly AttemptRow[]): Delivery {
  const { id, channel, webhookId, kind, notificationIds, messageId, state, dueAt } = row;
  return {
    id,
    channel,
    webhookId,
    kind,
    notificationIds,
    messageId,
    state,
    dueAt,
    lastStatus: row.lastStatus,
    lastError: row.lastError,
    createdAt: row.createdAt,
    endedAt: row.endedAt,
    attempts: attempts.slice(0, mostAttempts).map(({ deliveryId: _its, ...attempt }) => attempt),
  };
}
