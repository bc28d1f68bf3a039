// That alerts were changed, told between processes: what changed is read from the rows.
import type { AlertCondition } from '../../../shared/alerts.ts';
import type { Bus } from '../../messaging/index.ts';

/** Beside feeds: those on accounts. */
const ofAccounts = 'accounts';
const key = 'alerts';

export const wakeAlerts = (bus: Pick<Bus, 'publish'>, condition: AlertCondition): void =>
  bus.publish('wakeups', key, {
    kind: 'alerts',
    id: 'feed' in condition ? (condition.feed ?? ofAccounts) : ofAccounts,
  });

/** Subscribes at once; what is told before that is looked for every few seconds. */
export function listenForAlerts(
  bus: Pick<Bus, 'subscribe'>,
  { onFeed, onAccounts }: { onFeed?: (feed: string) => void; onAccounts?: () => void },
): { close(): Promise<void> } {
  const subscription = bus.subscribe('wakeups', ({ id }) => {
    if (id === ofAccounts) onAccounts?.();
    else onFeed?.(id);
  });
  const listening = subscription.then((keyed) => keyed.setKeys([key]));
  listening.catch(() => undefined);
  return { close: async () => void (await (await subscription).close()) };
}
