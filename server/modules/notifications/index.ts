// The door of notifications: what a user is told in the app. E-mail and webhooks are jobs elsewhere.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { AlertService } from '../alerts/index.ts';
import type { UserEvents } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import { notificationsRest } from './rest.ts';
import { createNotificationsRouter } from './router.ts';
import { createNotificationService } from './service.ts';
import { createNotificationStore } from './store.ts';

export { noticeOfDeal, type Notice } from './kinds.ts';
export type { Addressed } from './service.ts';

export const notificationsFace = {
  about: 'What the user is told.',
  createRouter: createNotificationsRouter,
  rest: notificationsRest,
};

export function createNotificationsModule({
  database,
  events,
  follower,
  ids,
  clock,
}: {
  database: Database;
  events: UserEvents;
  follower: EventFollower;
  ids: Ids;
  clock: Clock;
}) {
  const service = createNotificationService({
    database,
    store: createNotificationStore(database.db),
    events,
    ids,
    clock,
  });
  return {
    /** `alerts` rest on what is built later. */
    routerWith: (alerts: AlertService) => createNotificationsRouter({ service, alerts, follower }),
    notify: service.notify,
  };
}
