// The door of notifications: what a user is told in the app. E-mail and webhooks are jobs elsewhere.
import type { Database } from '../../db/client.ts';
import type { Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { UserEvents } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import { notificationsRest } from './rest.ts';
import { createNotificationsRouter } from './router.ts';
import type { Notice } from './kinds.ts';
import { createNotificationService, type Addressed } from './service.ts';
import { createNotificationStore } from './store.ts';

export { noticeOfDeal, type Notice } from './kinds.ts';
export type { Addressed } from './service.ts';

/** Tells a user something in the transaction that caused it. It locks the notifications counter: after `append`, last of all. */
export type Notify = (tx: Tx, notice: Notice & Addressed) => Promise<void>;

export const notificationsFace = {
  about: 'What the user is told.',
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

export function createNotificationsModule({
  database,
  events,
  follower,
  ids,
  clock,
}: Written & { follower: EventFollower }) {
  const service = createNotificationService({
    database,
    store: createNotificationStore(database.db),
    events,
    ids,
    clock,
  });
  return { router: createNotificationsRouter({ service, events, follower }), notify: service.notify };
}
