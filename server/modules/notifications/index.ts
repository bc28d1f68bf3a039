// The door of notifications: what a user is told in the app, and what of it leaves by e-mail and webhooks.
import type { Database } from '../../db/client.ts';
import { createNetworks } from '../../lib/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { AlertService } from '../alerts/index.ts';
import type { UserEvents } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import { createChannels } from './channels.ts';
import { createDelivering } from './deliveries/delivering.ts';
import { createDeliveryRetention } from './deliveries/retention.ts';
import { createDeliveryService } from './deliveries/service.ts';
import { createDeliveryStore } from './deliveries/store.ts';
import type { Letters, Notify } from './ports.ts';
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
export type { Addressed, Notify } from './ports.ts';
export { sealedWebhookSecrets } from './webhooks/store.ts';

export const notificationsFace = {
  about: 'What the user is told, and by which channels.',
  createRouter: createNotificationsRouter,
  rest: notificationsRest,
};

interface Written {
  database: Database;
  events: UserEvents;
  ids: Ids;
  clock: Clock;
}

/** Telling alone, for who lists and follows nothing. */
export const createNotify = ({ database, events, ids, clock }: Written): Notify =>
  createNotificationService({ database, store: createNotificationStore(database.db), events, ids, clock })
    .notify;

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

export function createNotificationsModule(deps: Written & { follower: EventFollower } & ChannelDeps) {
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
  const channels = createChannels({
    db,
    notifications: store,
    webhooks: webhookStore,
    letters,
    logger,
    post,
    clock,
  });
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
  const delivering = createDelivering({
    ...common,
    store: deliveryStore,
    preferences: preferencesStore,
    notifications: service,
    logger,
    ...(metrics && { metrics }),
    ...(deps.random && { random: deps.random }),
  });

  return {
    /** `alerts` rest on what is built later. */
    routerWith: (alerts: AlertService) =>
      createNotificationsRouter({ service, events, preferences, webhooks, deliveries, alerts, follower }),
    notify,
    /** For workers: makes deliveries of what users were told, and sends them. */
    delivering,
    /** Removes what was read or archived so many days ago, and events that are as old; a job. */
    async deleteOld(days: number): Promise<void> {
      const before = new Date(clock.now().getTime() - days * 86_400_000);
      while ((await store.deleteSomeDoneBefore(before)).length > 0);
      await events.deleteBefore('notifications', before);
    },
    /** Removes what is past its time; a job. */
    deleteOldDeliveries: createDeliveryRetention({ store: deliveryStore, clock }),
  };
}
