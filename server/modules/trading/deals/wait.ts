// Waiting for a deal to be decided: woken by what this process commits, and by the user's events for what others do.
import { isDealEvent, isDecided } from '../../../../shared/deal-words.ts';
import type { NewEvent } from '../../../../shared/events.ts';
import type { Deal } from '../../../../shared/trading.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import { TooLate, within } from '../../../lib/within.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { UserEvents } from '../ports.ts';
import type { DealRow } from './life.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';

/**
 * Where the broker's events are applied in this very process, a verdict is nearly always committed here: the user's events are looked
 * at only after this, for one that another process has committed.
 */
const othersAfterMs = 50;
/** For the look at the row when the wait is over: a database that stands still must not lengthen it. */
const lastLookMs = 200;

/** Given as the reason: without one, each abort makes an error with a stack that nobody reads. */
const over = 'the wait is over';

export type Decisions = ReturnType<typeof createDecisions>;

interface WaitOptions {
  /** The id of an event of the user's trading stream that was committed before anybody could decide the deal. Left out, the deal is read first. */
  after?: string | undefined;
  /** Ends the wait early. */
  enough?: AbortSignal;
}

export function createDecisions({
  dealStore,
  events,
  appliesEvents = false,
  clock,
  logger,
}: {
  dealStore: DealStore;
  events: UserEvents;
  /** Whether this process applies the broker's account events. */
  appliesEvents?: boolean | undefined;
  clock: Clock;
  logger: Logger;
}) {
  const waiting = new Map<string, Set<(decided: Deal) => void>>();
  /** Calls `onDecided` when a verdict on the deal is committed here. Returns how to stop waiting. */
  function listen(dealId: string, onDecided: (decided: Deal) => void): () => void {
    const listeners = waiting.get(dealId) ?? new Set();
    waiting.set(dealId, listeners.add(onDecided));
    return () => {
      listeners.delete(onDecided);
      if (listeners.size === 0) waiting.delete(dealId);
    };
  }
  async function waitFor(deal: DealRow, waitMs: number, { after, enough }: WaitOptions): Promise<Deal> {
    const stop = new AbortController();
    let verdict: Deal | undefined;
    const onDecided = (decided: Deal) => {
      verdict ??= decided;
      stop.abort(over);
    };
    enough?.addEventListener('abort', () => stop.abort(over), { once: true });
    const cancel = clock.after(waitMs, () => stop.abort(over));
    const forget = listen(deal.id, onDecided);
    const { userId } = deal;
    const follow = async (from: string) => {
      for await (const message of events.follow(userId, 'trading', { after: from, signal: stop.signal })) {
        if (!isDealEvent(message) || message.data.id !== deal.id || !isDecided(message.data.status)) continue;
        return onDecided(message.data);
      }
    };
    try {
      // Before the row is read: what is decided after this look is an event after it.
      const from = after ?? (await events.head(userId, 'trading'));
      if (after === undefined) {
        const now = await dealStore.find(deal.id);
        if (now && isDecided(now.status)) return toDeal(now);
      }
      // Nothing is passed over meanwhile: what is read is all after `from`.
      if (appliesEvents) await pause(clock, othersAfterMs, stop.signal);
      if (!stop.signal.aborted) await follow(from);
    } catch (err) {
      logger.warn({ err, deal: deal.id }, 'waiting for a verdict ended early'); // the deal goes on; the caller gets its newest state
    } finally {
      cancel();
      forget();
      stop.abort(over);
    }
    return verdict ?? toDeal((enough?.aborted ? undefined : await dealStore.find(deal.id)) ?? deal);
  }
  return {
    /** For the account's transactions: what one of this process has told. */
    committed(told: readonly NewEvent<'trading'>[]): void {
      for (const event of told)
        if (isDealEvent(event) && isDecided(event.data.status))
          waiting.get(event.data.id)?.forEach((onDecided) => onDecided(event.data));
    },
    /** The deal once it is decided, or as it is after `waitMs`; at once when it is decided already. It never polls. */
    async untilDecided(deal: DealRow, waitMs: number, options: WaitOptions = {}): Promise<Deal> {
      if (isDecided(deal.status) || waitMs === 0) return toDeal(deal);
      return within(clock, waitMs + lastLookMs, () => waitFor(deal, waitMs, options)).catch(
        (error: unknown) => {
          if (error instanceof TooLate) return toDeal(deal); // as it was admitted
          throw error;
        },
      );
    },
  };
}
