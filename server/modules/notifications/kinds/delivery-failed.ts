// A notification did not reach its user by e-mail or webhook, and is not tried again by itself. It tells of a channel, so it leaves by none.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const deliveryFailed = notificationKind({
  schema: z.object({
    name: z.string().describe('what failed, such as `e-mail` or `the webhook bot`'),
    error: z.string().describe('why, as a sentence'),
    gone: z.boolean().describe('whether the webhook is disabled, because its server says that it is gone'),
  }),
  severity: 'warning',
  inAppOnly: true,
  title: ({ name, gone }) => (gone ? `Disabled: ${name}` : `Not delivered by ${name}`),
  body: ({ error, gone }) =>
    gone
      ? `${error} What waited for it is cancelled. notifications.updateWebhook switches it on again.`
      : `It was tried for a day and given up. The last error: ${error} notifications.listDeliveries shows what failed, notifications.redeliver sends it again.`,
});
