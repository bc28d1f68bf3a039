// The PRICE items of one feed: which epics are streamed, which have to wait, which the venue does not know. One subscription per epic.
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { MissingEpics } from '../../messaging/bus.ts';
import type { StaleReason } from '../../../shared/market-data.ts';
import type { GatewayLimits } from '../limits.ts';
import { priceFields, samePrice, type PriceValues } from './translate.ts';
import type { SdkSubscription, SdkUpdate } from '../stream/sdk.ts';
import type { StreamConnection } from '../stream/session.ts';
import { itemRefusal } from '../stream/refusals.ts';
import { valuesOf } from '../stream/values.ts';

interface Item {
  epic: string;
  /** Set while a connection carries it. */
  subscription: SdkSubscription | undefined;
  /** The venue has sent a value on this subscription. */
  answered: boolean;
  /** Asked again only to see whether the venue still answers: the same values once more are then no news. */
  confirming: boolean;
  last: PriceValues | undefined;
}

interface PriceItems {
  /** Makes `epics`, the most important first, the wanted ones. Unsubscribes what is not, subscribes what fits. */
  want(epics: readonly string[]): void;
  attach(connection: StreamConnection): void;
  /** The connection is gone; values stay known. */
  detach(): void;
  /** Takes every item off the connection and puts it on again; with `epic` only that one. */
  resubscribe(epic?: string): void;
  /** What an item last said. */
  lastOf(epic: string): PriceValues | undefined;
  isStreamed(epic: string): boolean;
  /** Some item should be speaking: it has no value yet, or its market is open by `isOpen`. */
  expectsUpdates(isOpen: (values: PriceValues) => boolean): boolean;
  status(): { streamed: number; waiting: string[]; unknown: string[] };
  /** What is wanted and not streamed, by the reason; names a bounded number of epics. */
  missing(): MissingEpics[];
}

interface PriceItemsDeps {
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
  onPrice: (epic: string, values: PriceValues) => void;
  /** Once for each update, before `onPrice`; one that was asked for again may be no news. */
  onUpdate: (epic: string, isNews: boolean) => void;
  onDropped: (epic: string) => void;
  /** After the venue refused one. */
  onRefused: () => void;
}

/** More are refused than are remembered. */
const forgotten = itemRefusal(0, '');

/**
 * One subscription per epic: an unknown epic takes a whole subscription down, all its items (IG streaming, error 21), and
 * forty subscriptions of one item cost what one of forty does.
 */
export function createPriceItems({
  clock,
  logger,
  limits,
  onPrice,
  onUpdate,
  onDropped,
  onRefused,
}: PriceItemsDeps): PriceItems {
  const { maxStreamedEpics, maxNamedMissing, retryRefusedMs, retryRefusedMaxMs, maxRefusals } = limits;
  const items = new Map<string, Item>();
  /** Refused epics, why, how often in a row, and when they are tried again. */
  const refused = new Map<string, { reason: StaleReason; times: number; untilMs: number }>();
  let waiting: string[] = [];
  let unknown: string[] = [];
  let connection: StreamConnection | undefined;

  function put(item: Item) {
    if (!connection) return;
    const { sdk, client, accountId } = connection;
    const subscription = sdk.createSubscription('MERGE', [`PRICE:${accountId}:${item.epic}`], priceFields);
    subscription.setDataAdapter('Pricing');
    subscription.setRequestedSnapshot('yes');
    /** Callbacks outlive an unsubscription: only those of the present one count. What they throw the SDK would swallow. */
    const mine = (run: () => void) => {
      if (item.subscription !== subscription) return;
      try {
        run();
      } catch (err) {
        logger.error({ err, epic: item.epic }, 'an update could not be used');
      }
    };
    subscription.addListener({
      onItemUpdate: (update) => mine(() => received(item, update)),
      onSubscriptionError: (code, message) => mine(() => refuse(item, code, message)),
    });
    item.subscription = subscription;
    item.answered = false;
    client.subscribe(subscription);
  }
  function take(item: Item) {
    const { subscription } = item;
    item.subscription = undefined;
    if (subscription && connection) connection.client.unsubscribe(subscription);
  }
  function received(item: Item, update: SdkUpdate) {
    const values = valuesOf(priceFields, update);
    const known = item.confirming && item.last !== undefined && samePrice(item.last, values);
    item.answered = true;
    refused.delete(item.epic);
    item.confirming = false;
    item.last = values;
    onUpdate(item.epic, !known);
    if (!known) onPrice(item.epic, values);
  }
  function refuse(item: Item, code: number, message: string) {
    item.subscription = undefined; // the SDK has taken it off by itself
    items.delete(item.epic);
    const times = refused.get(item.epic)?.times ?? 0;
    const waitMs = backoffMs(times, { firstMs: retryRefusedMs, maxMs: retryRefusedMaxMs });
    const untilMs = clock.monotonicMs() + waitMs;
    putNewest(
      refused,
      item.epic,
      { reason: itemRefusal(code, message), times: times + 1, untilMs },
      maxRefusals,
    );
    unknown = [...new Set([...unknown, item.epic])];
    logger.warn(
      { epic: item.epic, code, reason: message, retryInMs: waitMs },
      'IG refused to stream an epic',
    );
    onDropped(item.epic);
    onRefused();
  }
  return {
    want(epics) {
      const now = clock.monotonicMs();
      const isRefused = (epic: string) => (refused.get(epic)?.untilMs ?? Number.NEGATIVE_INFINITY) > now;
      const possible = epics.filter((epic) => !isRefused(epic));
      const chosen = new Set(possible.slice(0, maxStreamedEpics));
      const late = possible.slice(maxStreamedEpics);
      if (late.some((epic) => !waiting.includes(epic)))
        logger.warn(
          { streamed: chosen.size, waiting: late.length },
          `more epics are wanted than the ${maxStreamedEpics} a connection carries`,
        );
      waiting = late;
      unknown = epics.filter(isRefused);
      for (const item of [...items.values()]) {
        if (chosen.has(item.epic)) continue;
        items.delete(item.epic);
        take(item);
        onDropped(item.epic);
      }
      for (const epic of chosen) {
        if (items.has(epic)) continue;
        const item: Item = {
          epic,
          subscription: undefined,
          answered: false,
          confirming: false,
          last: undefined,
        };
        items.set(epic, item);
        put(item);
      }
    },
    attach(next) {
      connection = next;
      for (const item of items.values()) put(item);
    },
    detach() {
      connection = undefined;
      for (const item of items.values()) {
        item.subscription = undefined;
        item.confirming = false;
      }
    },
    lastOf: (epic) => items.get(epic)?.last,
    resubscribe(epic) {
      for (const item of items.values()) {
        if (epic !== undefined && item.epic !== epic) continue;
        take(item);
        item.confirming = true;
        put(item);
      }
    },
    isStreamed: (epic) => items.has(epic),
    expectsUpdates: (isOpen) =>
      [...items.values()].some(({ answered, last }) => !answered || last === undefined || isOpen(last)),
    status: () => ({ streamed: items.size, waiting, unknown }),
    missing() {
      const full: StaleReason = {
        code: 'no_room',
        message: `The broker streams ${maxStreamedEpics} markets at once, and this one waits: open positions, working orders and alerts come first, then what has been watched longest.`,
      };
      const reasons = [
        ...unknown.map((epic) => ({ epic, reason: refused.get(epic)?.reason ?? forgotten })),
        ...waiting.map((epic) => ({ epic, reason: full })),
      ].slice(0, maxNamedMissing);
      return [...Map.groupBy(reasons, ({ reason }) => reason.message)].map(([message, some]) => ({
        code: some[0]!.reason.code,
        message,
        epics: some.map(({ epic }) => epic),
      }));
    },
  };
}
