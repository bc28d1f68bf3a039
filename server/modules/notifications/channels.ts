// The table of channels: a new one is a file and a row here, and its name in shared/notification-preferences.ts.
import type { ChannelName } from '../../../shared/notification-preferences.ts';
import type { Db } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Channel, Leaving } from './channels/channel.ts';
import { createEmailChannel } from './channels/email.ts';
import { inApp } from './channels/in-app.ts';
import { createWebhookChannel } from './channels/webhook.ts';
import type { Letters } from './ports.ts';
import type { NotificationStore } from './store.ts';
import type { Post } from './webhooks/post.ts';
import type { WebhookStore } from './webhooks/store.ts';

export type Channels = Readonly<Record<ChannelName, Channel>>;

export const createChannels = (deps: {
  db: Db;
  notifications: NotificationStore;
  webhooks: WebhookStore;
  letters: Letters;
  logger: Logger;
  post: Post;
  clock: Clock;
}): Channels => ({
  in_app: inApp,
  email: createEmailChannel(deps),
  webhook: createWebhookChannel({ ...deps, store: deps.webhooks }),
});

export type LeavingChannel = Channel & { leaving: Leaving };
/** Those by which something leaves. */
export const leavingOf = (channels: Channels): LeavingChannel[] =>
  Object.values(channels).filter((each): each is LeavingChannel => each.leaving !== null);
