// Notifications in a reader’s words: how much one matters, what a kind and a channel are called, what became of a delivery. Pure.
import type { ChannelName, Delivery, DeliveryState, Severity, WebhookState } from '../../../client/index.ts';

export const severityName: Record<Severity, string> = {
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
};

/** `deal.accepted` → `Deal accepted`. */
export const kindTitle = (kind: string): string => {
  const words = kind.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const channels = ['in_app', 'email', 'webhook'] as const satisfies readonly ChannelName[];
export const channelName: Record<ChannelName, string> = {
  in_app: 'Here',
  email: 'E-mail',
  webhook: 'Webhooks',
};

export const deliveryName: Record<DeliveryState, string> = {
  waiting: 'Waiting',
  delivered: 'Delivered',
  dead: 'Given up',
  cancelled: 'Cancelled',
};
/** What became of a test, as a sentence. */
export function testOutcome({ state, lastError }: Pick<Delivery, 'state' | 'lastError'>): string {
  if (state === 'delivered') return 'The test was delivered.';
  if (state === 'waiting') return 'The test is still under way.';
  return `The test was not delivered${lastError === null ? '.' : `: ${lastError}`}`;
}

export const webhookStateName: Record<WebhookState, string> = {
  active: 'Active',
  paused: 'Paused',
  disabled: 'Disabled',
};
