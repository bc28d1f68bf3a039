// Items and their updates: events as values of a schema and as TLCP text, made once however many subscriptions get them. Knows no field of IG's.
import { encodeValues } from './codec.ts';

export type Values = readonly (string | null)[];
/** One event: `text` tells what differs from `before`, and serves everybody whose last update was that one. */
export interface Update {
  values: Values;
  before: Values | undefined;
  text: string;
}
export const updateOf = (values: Values, before?: Values): Update => ({
  values,
  before,
  text: encodeValues(values, before),
});

/** The text of `update` for a subscription whose last update was `last`. */
export const textAfter = ({ values, before, text }: Update, last: Values | undefined): string =>
  before === last ? text : encodeValues(values, last);

export type Fields<Event> = Record<string, (event: Event) => string | null>;
interface Encoder<Event> {
  /** The update of an event; the same one for every caller until the next event. */
  encode(event: Event): Update;
  close(): void;
}

/** Encoders of one item, shared by the subscriptions that ask for the same fields in the same order. */
function createEncoders<Event extends object>(
  fields: Fields<Event>,
): (schema: readonly string[]) => Encoder<Event> {
  const open = new Map<string, { users: number; last?: { event: Event; update: Update } }>();
  return (schema) => {
    const key = schema.join(' ');
    const shared = open.get(key) ?? { users: 0 };
    open.set(key, shared);
    shared.users++;
    const getters = schema.map((name) => (Object.hasOwn(fields, name) ? fields[name]! : () => null));
    return {
      encode(event) {
        if (shared.last?.event !== event)
          shared.last = {
            event,
            update: updateOf(
              getters.map((get) => get(event)),
              shared.last?.update.values,
            ),
          };
        return shared.last.update;
      },
      close: () => void (--shared.users === 0 && open.delete(key)),
    };
  };
}

export interface Subscriber {
  /** Events wanted of before; a MERGE item has at most one. */
  snapshot: number;
  push(update: Update): void;
  /** Its back-pressure. */
  busy(): Promise<void> | undefined;
}
export interface Item {
  mode: 'MERGE' | 'DISTINCT';
  /** Starts delivery, the snapshot first; returns what ends it. A field that the item does not know is null, as at IG. */
  start(schema: readonly string[], subscriber: Subscriber): () => void;
}
/** An item whose events have `fields`, encoded once for all subscriptions; `listen` delivers to one subscriber and returns what ends it. */
export function createItem<Event extends object>(
  mode: Item['mode'],
  fields: Fields<Event>,
  listen: (deliver: (event: Event) => void, subscriber: Subscriber) => () => void,
): Item {
  const encoders = createEncoders(fields);
  return {
    mode,
    start(schema, subscriber) {
      const { encode, close } = encoders(schema);
      const stop = listen((event) => subscriber.push(encode(event)), subscriber);
      return () => {
        stop();
        close();
      };
    },
  };
}
