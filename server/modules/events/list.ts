// A page of a user's events for those who ask and do not listen: cron, a shell. Following them live is realtime/follow.ts.
import type { ListEvents } from '../../../shared/event-lists.ts';
import type { EventStream } from '../../../shared/events.ts';
import { hasHole, type EventOrGap, type EventSource, type StreamKey } from './ports.ts';

/** What REST's documents say of such a call. */
export const listEventsWords =
  'For who asks from time to time and does not listen: keep `next` and send it as `after`. Each event comes once and in order, as over the subscription. `recovered: false` says that there is no way on from `after`: read the lists, then go on from `next`.';

/**
 * The events after `after`, as many as `limit`, each once and in order: by asking for `next` again and again nothing is missed, however
 * long it takes. Where there is no way on from `after`, and without one, it says so and `next` is the head, as a subscription would begin.
 */
export async function listEvents<S extends EventStream>(
  source: EventSource,
  key: StreamKey<S>,
  { after, limit }: ListEvents,
): Promise<{ events: EventOrGap<S>[]; next: string; head: string; recovered: boolean }> {
  const from = after === undefined ? undefined : Number(after);
  const page =
    from === undefined
      ? { head: (await source.heads([key]))[0] ?? 0, events: [] }
      : await source.read(key, from, limit);
  const head = String(page.head);
  if (from === undefined || hasHole(page, from)) return { events: [], next: head, head, recovered: false };
  return { events: page.events, next: page.events.at(-1)?.id ?? String(from), head, recovered: true };
}
