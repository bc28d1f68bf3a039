// What somebody is told of trading, collected as it comes: for tests that wait for an event, or count them.
import type { StreamMessage, TradingEvent } from '../../client/index.ts';
import type { EventData } from '../../shared/events.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import { createInbox } from './inbox.ts';
import type { Caller } from './kit.ts';

/** Generous to a busy machine; nothing else would end a wait. */
const patienceMs = 40_000;
type Type = TradingEvent['type'];
type Told<T extends Type> = Extract<TradingEvent, { type: T }>;
/** Fields of an event's data, each as it must be. */
type Fields<T extends Type> = Partial<EventData['trading'][T]>;

export interface ToldEvents extends Disposable {
  /** All but heartbeats, in the order in which they came. */
  readonly all: StreamMessage<TradingEvent>[];
  /** Those of a type whose data has these fields. */
  of<T extends Type>(type: T, fields?: Fields<T>): Told<T>[];
  /** The first of them, past or to come. Rejects with all that came when it does not come in time. */
  event<T extends Type>(type: T, fields?: Fields<T>): Promise<Told<T>>;
  /** Resolves once the event of this id has come. */
  reach(id: string): Promise<void>;
}

/** Follows from behind `after`; from the first event on unless told. Disposing ends it. */
export function followTold({ api }: Pick<Caller, 'api'>, after = '0'): ToldEvents {
  const { items, put, until } = createInbox<StreamMessage<TradingEvent>>();
  const { unsubscribe } = api.trading.onEvents.subscribe(
    { lastEventId: after },
    { onData: ({ data }) => data.type !== 'heartbeat' && put(data) },
  );
  const of: ToldEvents['of'] = (type, fields = {}) =>
    items.filter(
      (event): event is never =>
        event.type === type &&
        Object.entries(fields).every(
          ([name, value]) => (event as { data?: Record<string, unknown> }).data?.[name] === value,
        ),
    );
  const soon = (enough: () => boolean, what: string) =>
    within(systemClock, patienceMs, () => until(enough)).catch(() => {
      const came = items.map(({ id, type }) => `${id} ${type}`).join(', ');
      throw new Error(`not told within ${patienceMs} ms: ${what}; but: ${came}`);
    });
  return {
    all: items,
    of,
    async event(type, fields) {
      await soon(() => of(type, fields).length > 0, `${type} ${JSON.stringify(fields ?? {})}`);
      return of(type, fields)[0]!;
    },
    reach: (id) => soon(() => items.some((event) => event.id === id), `event ${id}`),
    [Symbol.dispose]: unsubscribe,
  };
}
