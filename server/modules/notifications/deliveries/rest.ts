// Where REST has the procedures of deliveries.
import type { RestRow } from '../../../trpc/rest.ts';
import type { deliveryProcedures } from './procedures.ts';

const ofWebhook = ['notifications.webhook_not_found', 'notifications.webhook_not_active'] as const;

export const deliveriesRest: Record<keyof ReturnType<typeof deliveryProcedures>, RestRow> = {
  testChannel: {
    method: 'POST',
    path: '/notifications/test',
    summary: 'Send a test by a channel',
    description:
      'It is sent at once, whatever the preferences are, and tried once. The answer is its delivery, with what became of it within 10 s.',
    errors: ['notifications.channel_unavailable', ...ofWebhook],
    example: { channel: 'email' },
  },
  listDeliveries: {
    method: 'GET',
    path: '/notifications/webhooks/deliveries',
    summary: 'What was sent by webhooks and e-mail, with each attempt, newest first',
    description: 'Those that ended are kept for 30 days.',
    example: { state: 'dead', limit: 20 },
    revalidates: true,
  },
  redeliver: {
    method: 'POST',
    path: '/notifications/webhooks/deliveries/{id}/redeliver',
    summary: 'Send a delivery again',
    description:
      'Whatever became of it: it is due at once, with the same message id, and is tried as if it were new.',
    errors: ['notifications.delivery_not_found', ...ofWebhook],
    example: { id: 'dlv_…' },
  },
};
