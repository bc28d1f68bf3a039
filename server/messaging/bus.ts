// What travels between processes, and the promises of the bus that carries it. How it travels is in memory.ts and rabbit.ts.
import type { DurableKinds, DurableMessage, DurableMessages } from './channels.ts';
import type { WakeupKind } from './wakeup-kinds.ts';

/** A quote of one epic on one feed, as plain JSON. Key `${feed}.${epic}`. Prices are decimal strings, untouched from the venue. */
export interface TickMessage {
  feed: string;
  epic: string;
  /** Rises per feed and epic; carries the lease epoch of the gateway that holds the stream. */
  seq: number;
  bid: string | null;
  offer: string | null;
  high: string | null;
  low: string | null;
  netChange: string | null;
  netChangePct: string | null;
  marketState: string;
  /** The venue's time, RFC 3339 UTC. */
  at: string;
  receivedAt: string;
  /** Read over REST in place of an item that is silent: to be shown, not to be acted on. */
  stale?: true;
}

/** What epics are wanted for, the most important first: where a connection has no room for all, the last of these wait. */
export const interestClasses = ['positions', 'orders', 'alerts', 'watchers'] as const;
export type InterestClass = (typeof interestClasses)[number];

/** The whole set of epics one source wants on a feed; sent again every 2 s, lapses after 6 s. Key: feed. */
export interface InterestMessage {
  source: string;
  feed: string;
  epics: string[];
  /** Left out by those who merely watch, and by releases without classes; one that the reader does not know counts as watching. */
  class?: InterestClass;
}

/** Epics that are wanted and not streamed, for one reason. */
export interface MissingEpics {
  /** A code of `StaleReason`. */
  code: string;
  /** The reason as a sentence, safe to show. */
  message: string;
  epics: string[];
}

/** A feed came up or went down; said again every second. Key: feed. */
export interface FeedStatusMessage {
  feed: string;
  epoch: number;
  state: 'up' | 'down';
  at: string;
  reason?: string;
  items?: number;
  /** Left out: every epic that is wanted is streamed. */
  missing?: MissingEpics[];
}

/** Says only "read your rows". Key: the kind, or `${stream}.${userId}` for the events of a user. */
export interface WakeupMessage {
  kind: WakeupKind;
  id: string;
}

/** The price plane and wake-ups: many, lossy, latest wins. */
export interface TransientMessages {
  prices: TickMessage;
  interest: InterestMessage;
  feeds: FeedStatusMessage;
  wakeups: WakeupMessage;
}
export type TransientChannel = keyof TransientMessages;

export interface Subscription {
  /** Resolves when no handler of it runs any more. Safe to call twice. */
  close(): Promise<void>;
}

export interface KeyedSubscription extends Subscription {
  /**
   * Replaces the whole set of keys; a key matches only itself, `#` alone means everything. Resolves when the set is in force:
   * what is published from then on arrives, and nothing of a removed key does. While disconnected it resolves at once and is
   * in force from the reconnection. Throws InvalidKey before it changes anything.
   */
  setKeys(keys: Iterable<string>): Promise<void>;
}

export interface ConsumeOptions {
  /**
   * Whether an error of the handler counts towards `maxDeliveries` (default: every one does). Answer false for what is not the
   * message's fault, such as an unreachable database: it is then tried until it succeeds, so that an outage buries no message.
   */
  countsAsFailure?: (error: unknown) => boolean;
  /** Awaited before a message becomes a dead letter; `message` is undefined for a body that is none. What it throws is logged and changes nothing. */
  onDead?: (dead: { message: DurableMessage | undefined; error: unknown }) => Promise<void>;
}

/** `Durable` are the durable channels and their messages. */
export interface Bus<Durable extends DurableKinds = DurableMessages> {
  /**
   * Fire and forget: never blocks, never throws. Lost while disconnected. While the connection cannot take more, only the
   * latest message of each channel and key is kept, so the last value still arrives.
   */
  publish<C extends TransientChannel>(channel: C, key: string, message: TransientMessages[C]): void;
  /**
   * Receives nothing until `setKeys`. Messages of one publisher and key arrive in order, never inside the publisher's call.
   * A subscriber that lags loses the oldest. Messages are shared between subscribers: do not change them.
   */
  subscribe<C extends TransientChannel>(
    channel: C,
    handler: (message: TransientMessages[C], key: string) => void,
  ): Promise<KeyedSubscription>;
  /**
   * Resolves when the message is safe with the broker; else throws SendFailed, which says whether it may have been stored.
   * Order holds per key of the channel for sends that resolved one after another, or were made in a row and all resolved.
   */
  send<C extends keyof Durable & string>(channel: C, message: Durable[C]): Promise<void>;
  /**
   * One consumer at a time per shard over all processes; the others stand by. A message is acked after the handler resolves;
   * a failure is tried again after a growing pause, in place (its successors wait); after `maxDeliveries` failures it becomes
   * a dead letter. A handler may see a message twice: it must recognise the `eventId`.
   */
  consume<C extends keyof Durable & string>(
    channel: C,
    handler: (message: Durable[C]) => Promise<void>,
    options?: ConsumeOptions,
  ): Promise<Subscription>;
  /**
   * Hands over the bodies of dead letters (JSON text, or whatever could not be parsed), each removed once the handler
   * resolves; stops at the first rejection, which it throws. Returns how many were taken.
   */
  takeDeadLetters(channel: keyof Durable & string, handler: (body: string) => Promise<void>): Promise<number>;
  readonly connected: boolean;
  /** Resolves at the first connection; rejects when closed before. */
  ready(): Promise<void>;
  /**
   * Returns how to stop listening. After a reconnection, transient messages may have been missed: ask again for what you need.
   * Called with true also when wake-ups may have been missed that do not travel by the bus alone.
   */
  onConnectionChange(listener: (connected: boolean) => void): () => void;
  stats(): Readonly<BusStats>;
  /** Lets running handlers and unconfirmed sends end (bounded), then disconnects. Safe to call twice; never rejects. */
  close(): Promise<void>;
}

/** Counts since the bus was made. */
export interface BusStats {
  published: number;
  /** Transient messages that never left: disconnected, superseded while the connection was full, or not JSON. */
  dropped: number;
  /** Transient messages a lagging subscriber in this process lost (in memory; RabbitMQ drops at its own end, uncounted here). */
  overflowed: number;
  /** Bodies that were not a JSON object, or not a message of their channel. */
  malformed: number;
  /** Handlers that threw or rejected. */
  failed: number;
  deadLettered: number;
  disconnects: number;
}

export const emptyStats = (): BusStats => ({
  published: 0,
  dropped: 0,
  overflowed: 0,
  malformed: 0,
  failed: 0,
  deadLettered: 0,
  disconnects: 0,
});

/** A durable message was not confirmed. `unknown`: it may be stored; send it again, the consumer recognises its `eventId`. */
export class SendFailed extends Error {
  override readonly name = 'SendFailed';
  readonly stored: 'no' | 'unknown';
  constructor(message: string, stored: 'no' | 'unknown', options?: ErrorOptions) {
    super(message, options);
    this.stored = stored;
  }
}

/** The bus was closed before. */
export class BusClosed extends Error {
  override readonly name = 'BusClosed';
}

export class InvalidKey extends Error {
  override readonly name = 'InvalidKey';
}

/** AMQP's limit for a routing key. */
const maxKeyBytes = 255;

/**
 * The keys as a set. Throws InvalidKey for wildcards other than `#` alone (an epic that a user typed as `#` must not open a
 * whole feed) and for keys longer than 255 bytes.
 */
export function parseKeys(keys: Iterable<string>): Set<string> {
  const set = new Set(keys);
  for (const key of set) {
    const wild = key !== '#' && key.split('.').some((word) => word === '#' || word === '*');
    if (wild || key === '' || Buffer.byteLength(key) > maxKeyBytes)
      throw new InvalidKey(`not a key: ${JSON.stringify(key.slice(0, 80))}`);
  }
  return set;
}
