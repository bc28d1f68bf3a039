// What the hub of this process watches, told to the bus (which ticks to deliver) and to the gateways (what to stream). Counts nothing itself.
import { again } from '../lib/again.ts';
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
  /** The bus did not take the present set: tried again with the next repetition. */
  let behind = false;
  const follow = again(async () => {
    try {
      // Bound first: the gateway answers new interest at once with its last tick.
      await ticks.setKeys([...wanted()].flatMap(([feed, epics]) => epics.map((epic) => `${feed}.${epic}`)));
      behind = false;
      shown.show();
    } catch (err) {
      behind = true;
      logger.error({ err }, 'the bus did not take the set of watched prices');
    }
  });
  return {
    changed: () => follow(),
    renew: () => shown.renew(),
    repeat() {
      if (behind) follow();
      shown.show();
    },
    withdraw: () => shown.withdraw(),
  };
}
