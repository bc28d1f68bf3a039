// A page of a user's trading events for those who ask and do not listen: cron, a shell. Following them live is realtime/follow.ts.
import type { EventList, ListEvents } from '../../../shared/trading-reads.ts';
import { hasHole, type EventSource } from './ports.ts';

/**
 * The events after `after`, as many as `limit`, each once and in order: by asking for `next` again and again nothing is missed, however
 * long it takes. Where there is no way on from `after`, and without one, it says so and `next` is the head, as a subscription would begin.
 */
export async function listEvents(
  source: EventSource,
  userId: string,
  { after, limit }: ListEvents,
): Promise<EventList> {
  const key = { userId, stream: 'trading' as const };
  const from = after === undefined ? undefined : Number(after);
  const page =
    from === undefined
      ? { head: (await source.heads([key]))[0] ?? 0, events: [] }
      : await source.read(key, from, limit);
  const head = String(page.head);
  if (from === undefined || hasHole(page, from)) return { events: [], next: head, head, recovered: false };
  return { events: page.events, next: page.events.at(-1)?.id ?? String(from), head, recovered: true };
}
