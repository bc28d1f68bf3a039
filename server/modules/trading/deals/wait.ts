// Waiting for a deal to be decided: woken by what this process commits, and by the user's events for what others do.
import { isDealEvent, isDecided } from '../../../../shared/deal-words.ts';
import type { NewEvent } from '../../../../shared/events.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { UserEvents } from '../ports.ts';
import type { DealRow } from './life.ts';
import type { DealStore } from './store.ts';

export type Decisions = ReturnType<typeof createDecisions>;

export function createDecisions({
  dealStore,
  events,
  clock,
  logger,
}: {
  dealStore: DealStore;
  events: UserEvents;
  clock: Clock;
  logger: Logger;
}) {
  const waiting = new Map<string, Set<() => void>>();
  /** Calls `decided` when a verdict on the deal is committed here. Returns how to stop waiting. */
  function listen(dealId: string, decided: () => void): () => void {
    const listeners = waiting.get(dealId) ?? new Set();
    waiting.set(dealId, listeners.add(decided));
    return () => {
      listeners.delete(decided);
      if (listeners.size === 0) waiting.delete(dealId);
    };
  }
  return {
    /** For the account's transactions: what one of this process has told. */
    committed(told: readonly NewEvent<'trading'>[]): void {
      for (const event of told)
        if (isDealEvent(event) && isDecided(event.data.status))
          waiting.get(event.data.id)?.forEach((decided) => decided());
    },
    /** The deal once it is decided, or as it is after `waitMs` or when `enough` aborts; at once when it is decided already. It never polls. */
    async untilDecided(deal: DealRow, waitMs: number, enough?: AbortSignal): Promise<DealRow> {
      if (isDecided(deal.status) || waitMs === 0) return deal;
      const stop = new AbortController();
      enough?.addEventListener('abort', () => stop.abort(), { once: true });
      const cancel = clock.after(waitMs, () => stop.abort());
      const forget = listen(deal.id, () => stop.abort());
      try {
        const after = await events.head(deal.userId, 'trading'); // before the row: what is decided after this look is an event after it
        const now = await dealStore.find(deal.id);
        if (now && isDecided(now.status)) return now;
        for await (const message of events.follow(deal.userId, 'trading', { after, signal: stop.signal })) {
          if (isDealEvent(message) && message.data.id === deal.id && isDecided(message.data.status)) break;
        }
      } catch (err) {
        logger.warn({ err, deal: deal.id }, 'waiting for a verdict ended early'); // the deal goes on; the caller gets its newest state
      } finally {
        cancel();
        forget();
        stop.abort();
      }
      return (await dealStore.find(deal.id)) ?? deal;
    },
  };
}
