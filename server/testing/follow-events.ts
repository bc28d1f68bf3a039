// The trading events of a user as a stock client is told them, for tests of whole installations.
import { onTestFinished } from 'vitest';
import type { StreamMessage, TradingEvent } from '../../client/index.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import type { signIn } from './kit.ts';

/** Every event of a user from the first on, as they come; `has` resolves once one fits. */
export function followEvents({ api }: ReturnType<typeof signIn>, patienceMs: number) {
  const events: StreamMessage<TradingEvent>[] = [];
  const waiting = new Set<() => void>();
  const { unsubscribe } = api.trading.onEvents.subscribe(
    { lastEventId: '0' },
    {
      onData({ data }) {
        if (data.type !== 'heartbeat') events.push(data);
        for (const look of waiting) look();
      },
    },
  );
  onTestFinished(unsubscribe);
  return {
    events,
    has: (fits: (event: StreamMessage<TradingEvent>) => boolean, what: string) =>
      within(
        systemClock,
        patienceMs,
        () =>
          new Promise<void>((resolve) => {
            const look = () => events.some(fits) && resolve();
            waiting.add(look);
            look();
          }),
        `${what}: ${events.map(({ type }) => type).join()}`,
      ),
  };
}
export const is = (type: string, id: string) => (event: StreamMessage<TradingEvent>) =>
  'data' in event && event.type === type && 'id' in event.data && event.data.id === id;
export const opened = (dealId: string) => (event: StreamMessage<TradingEvent>) =>
  'data' in event && event.type === 'position.opened' && event.data.dealId === dealId;
