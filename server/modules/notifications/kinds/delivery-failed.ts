// Notifications do not reach their user by e-mail or webhook. It tells of a channel, so it leaves by none.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const deliveryFailed = notificationKind({
  schema: z.object({
    name: z.string().describe('what failed, such as `e-mail` or `the webhook bot`'),
    error: z.string().describe('why, as a sentence'),
    state: z
      .enum(['failing', 'given_up', 'gone'])
      .describe('tried again and again; tried no more; disabled, because its server says that it is gone'),
  }),
  severity: 'warning',
  inAppOnly: true,
  title: ({ name, state }) => titles[state](name),
  body: ({ error, state }) => bodies[state](error),
});

type Words = Record<'failing' | 'given_up' | 'gone', (about: string) => string>;
const titles: Words = {
  failing: (name) => `Nothing was delivered by ${name} for an hour`,
  given_up: (name) => `Not delivered by ${name}`,
  gone: (name) => `Disabled: ${name}`,
};
const bodies: Words = {
  failing: (error) =>
    `The last error: ${error} What waits is tried again for a day; notifications.listDeliveries shows it.`,
  given_up: (error) =>
    `It was tried for a day and given up. The last error: ${error} notifications.listDeliveries shows what failed, notifications.redeliver sends it again.`,
  gone: (error) =>
    `${error} What waited for it is cancelled. notifications.updateWebhook switches it on again.`,
};
