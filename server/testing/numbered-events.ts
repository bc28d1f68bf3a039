// Events of `trading` that hold a number, for tests that count and order them.
import type { NewEvent, StreamMessage, TradingEvent } from '../../shared/events.ts';

/** An event whose cash is the number. */
export const numbered = (n: number): NewEvent<'trading'> => ({
  type: 'cash.changed',
  at: new Date('2026-01-05T09:00:00Z'),
  accountId: 'acct_1',
  environment: 'simulated',
  data: { cash: String(n), previousCash: '0', change: String(n), currency: 'GBP' },
});

/** The number such an event holds. */
export function numberIn(event: StreamMessage<TradingEvent>): number {
  if (event.type !== 'cash.changed') throw new Error(`${event.type} holds no number`);
  return Number(event.data.cash);
}
