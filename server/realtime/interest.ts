// What the hub of this process watches, told to the bus (which ticks to deliver) and to the gateways (what to stream). Counts nothing itself.
import type { Logger } from '../lib/logger.ts';
import type { Bus, KeyedSubscription } from '../messaging/bus.ts';
import { createShownInterest } from './shown-interest.ts';

export interface Interest {
  /** The set has changed: told once, however many changes this turn brings. */
  changed(): void;
  /** Tells every gateway the whole set again, as from someone new, so that it publishes its last ticks again. */
  renew(): void;
  /** The periodic repetition. */
  repeat(): void;
  /** Tells the gateways that nothing is watched here any more. */
  withdraw(): void;
}

export function createInterest({
  bus,
  logger,
  source,
  ticks,
  wanted,
}: {
  bus: Bus;
  logger: Logger;
  source: string;
  /** The subscription to `prices` whose keys follow the set. */
  ticks: KeyedSubscription;
  /** The epics watched now, by feed. */
  wanted: () => ReadonlyMap<string, readonly string[]>;
}): Interest {
  const shown = createShownInterest({ bus, source, wanted });
  let dirty = false;
  let running = false;

  async function follow() {
    if (running) return;
    running = true;
    try {
      await null; // whoever else changes something in this turn is in the same set
      while (dirty) {
        dirty = false;
        // Bound first: the gateway answers new interest at once with its last tick.
        await ticks.setKeys([...wanted()].flatMap(([feed, epics]) => epics.map((epic) => `${feed}.${epic}`)));
        shown.show();
      }
    } catch (err) {
      dirty = true; // tried again with the next repetition
      logger.error({ err }, 'the bus did not take the set of watched prices');
    } finally {
      running = false;
    }
  }
  const changed = () => {
    dirty = true;
    void follow();
  };
  return {
    changed,
    renew: () => shown.renew(),
    repeat() {
      if (dirty) void follow();
      shown.show();
    },
    withdraw: () => shown.withdraw(),
  };
}
