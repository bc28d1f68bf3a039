// The door of notifications: what a user is told in the app, and what of it leaves by e-mail and webhooks.
import type { ChannelName } from '../../../shared/notification-preferences.ts';
import type { Database } from '../../db/client.ts';
import { createNetworks } from '../../lib/addresses.ts';
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Sealer } from '../../lib/seal.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { UserEvents } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import { createChannels, leavingOf } from './channels.ts';
import { createDispatch } from './deliveries/dispatch.ts';
import { createDeliveryRetention } from './deliveries/retention.ts';
import { createSender, lookEveryMs, type Sender } from './deliveries/sender.ts';
import { createDeliveryService } from './deliveries/service.ts';
import { createDeliveryStore } from './deliveries/store.ts';
import type { Letters } from './ports.ts';
import { createPreferencesService } from './preferences/service.ts';
import { createPreferencesStore } from './preferences/store.ts';
import { notificationsRest } from './rest.ts';
import { createNotificationsRouter } from './router.ts';
import { createNotificationService } from './service.ts';
import { createNotificationStore } from './store.ts';
import { createGuard, createResolve, type Resolve } from './webhooks/guard.ts';
import { createPost } from './webhooks/post.ts';
import { createWebhookService } from './webhooks/service.ts';
import { createWebhookStore } from './webhooks/store.ts';

export { noticeOfDeal, type Notice } from './kinds.ts';
export type { Addressed } from './service.ts';
export { sealedWebhookSecrets } from './webhooks/store.ts';

export const notificationsFace = {
  about: 'What the user is told, and by which channels.',
  createRouter: createNotificationsRouter,
  rest: notificationsRest,
};

/** What leaves the installation needs. */
export interface ChannelDeps {
  logger: Logger;
  /** Of the secrets of webhooks. */
  sealer: Sealer;
  letters: Letters;
  /** Internal networks that webhooks may go to all the same. */
  webhookNetworks: readonly string[];
  metrics?: Metrics;
  /** How names become addresses, instead of asking name servers. */
  resolve?: Resolve;
  /** Authorities that webhooks trust, instead of the usual ones. */
  ca?: string;
  random?: () => number;
}

export function createNotificationsModule(
  deps: {
    database: Database;
    events: UserEvents;
    follower: EventFollower;
    ids: Ids;
    clock: Clock;
  } & ChannelDeps,
) {
  const { database, events, follower, ids, clock, sealer, letters, logger, metrics } = deps;
  const { db } = database;
  const store = createNotificationStore(db);
  const service = createNotificationService({ database, store, events, ids, clock });
  const { notify } = service;

  const webhookStore = createWebhookStore(db, sealer);
  const preferencesStore = createPreferencesStore(db);
  const deliveryStore = createDeliveryStore(db);
  const guard = createGuard({
    networks: createNetworks(deps.webhookNetworks),
    resolve: deps.resolve ?? createResolve(),
  });
  const post = createPost({ guard, clock, ...(deps.ca !== undefined && { ca: deps.ca }) });
  const channels = createChannels({ db, notifications: store, webhooks: webhookStore, letters, post, clock });
  const common = { database, channels, ids, clock, events };
  const preferences = createPreferencesService({
    ...common,
    store: preferencesStore,
    deliveries: deliveryStore,
  });
  const webhooks = createWebhookService({ ...common, store: webhookStore, deliveries: deliveryStore, guard });
  const deliveries = createDeliveryService({
    ...common,
    store: deliveryStore,
    webhooks: webhookStore,
    notify,
  });
  const dispatch = createDispatch({
    ...common,
    store: deliveryStore,
    preferences: preferencesStore,
    notifications: service,
  });
  const attempts = metrics?.counter(
    'ftrader_notification_attempts_total',
    'Attempts of this process to deliver a notification, by channel and outcome',
    ['channel', 'outcome'],
  );
  const onAttempt = (channel: ChannelName, outcome: string) => attempts?.inc({ channel, outcome });
  const makeSenders = (): Sender[] =>
    leavingOf(channels).map((channel) =>
      createSender({
        ...common,
        channel,
        store: deliveryStore,
        preferences: preferencesStore,
        notify,
        logger,
        onAttempt,
        ...(deps.random && { random: deps.random }),
      }),
    );

  return {
    router: createNotificationsRouter({ service, preferences, webhooks, deliveries, follower }),
    notify,
    /**
     * For workers: makes deliveries of what users were told, and sends them, now and every second. It does not wait for wake-ups: a
     * notification is in the app already, and what leaves may take its second. Returns how to stop.
     */
    startDelivering(): () => Promise<void> {
      metrics?.gauge(
        'ftrader_notification_deliveries_waiting',
        'Deliveries that are to be sent, or sent again, in the whole installation',
        ['channel'],
        async () =>
          (await deliveryStore.countWaiting()).map(({ channel, waiting }) => ({
            labels: { channel },
            value: waiting,
          })),
      );
      const senders = makeSenders();
      const stopSenders = senders.map((sender) => sender.start());
      const trouble = createTrouble(
        logger,
        'deliveries cannot be made of notifications',
        'deliveries are made of notifications again',
      );
      const look = again(async () => {
        try {
          let failed = false;
          await dispatch.run((error, userId) => {
            failed = true;
            trouble.failed(error, { userId });
          });
          if (!failed) trouble.worked();
          for (const sender of senders) sender.look();
        } catch (error) {
          trouble.failed(error);
        }
      });
      look();
      const stopLooking = clock.every(lookEveryMs, look);
      return async () => {
        stopLooking();
        await look.idle();
        await Promise.all(stopSenders.map((stop) => stop()));
      };
    },
    /** Removes what is past its time; a job. */
    deleteOldDeliveries: createDeliveryRetention({ store: deliveryStore, clock }),
  };
}
