// Where REST has the procedures of webhooks.
import type { RestRow, Success } from '../../../trpc/rest.ts';
import type { webhookProcedures } from './procedures.ts';

const created: Success<{ id: string }> = {
  statuses: { 201: { description: 'Made.' } },
  of: () => ({ status: 201 }),
};
const convention =
  'Each notification is a POST of `{ type, timestamp, data }`, signed by the Standard Webhooks convention (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`): any of its libraries verifies it. An answer of 2xx within 15 s is a success; anything else is tried again for 24 h, after 5 s, 30 s, 2, 10 and 30 minutes, 1, 2, 4 and 8 hours; 410 disables the webhook. A message may come more than once and in any order: `webhook-id` tells repeats.';
const places =
  'It must be https and lead to a public address, which is checked again at each attempt; redirects are not followed. Networks that the operator names in WEBHOOK_NETWORKS are allowed too, and there http.';
const ofOne = ['notifications.webhook_not_found'] as const;

export const webhooksRest: Record<keyof ReturnType<typeof webhookProcedures>, RestRow<any>> = {
  listWebhooks: {
    method: 'GET',
    path: '/notifications/webhooks',
    summary: 'Your webhooks, oldest first',
    revalidates: true,
  },
  createWebhook: {
    method: 'POST',
    path: '/notifications/webhooks',
    summary: 'Make a webhook',
    description: `${convention} ${places}`,
    errors: ['notifications.too_many_webhooks'],
    success: created,
    example: {
      name: 'bot',
      url: 'https://bot.example.com/ftrader',
      kinds: ['deal.accepted', 'deal.rejected'],
    },
  },
  updateWebhook: {
    method: 'PATCH',
    path: '/notifications/webhooks/{id}',
    summary: 'Change, pause or switch on a webhook',
    description: `What waits for one that is paused is cancelled; with another URL, or on again, what waits is sent at once. ${places}`,
    errors: ofOne,
    example: { id: 'whk_…', state: 'active' },
  },
  deleteWebhook: {
    method: 'DELETE',
    path: '/notifications/webhooks/{id}',
    summary: 'Delete a webhook',
    description: 'What waits for it is cancelled; the log of its deliveries stays for 30 days.',
    errors: ofOne,
    example: { id: 'whk_…' },
  },
  rotateWebhookSecret: {
    method: 'POST',
    path: '/notifications/webhooks/{id}/rotate-secret',
    summary: 'Give a webhook another secret',
    description:
      'For 24 hours each message bears two signatures, by the former secret and by the new one: a receiver that knows either verifies it.',
    errors: ofOne,
    example: { id: 'whk_…' },
  },
};
