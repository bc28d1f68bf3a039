// A set of wanted epics, shown to the gateways under a name of its own. Who wants them is told by interest.ts (the hub) and standing-interest.ts.
import type { Bus, InterestClass } from '../messaging/bus.ts';

interface ShownInterest {
  /** Shows the whole set: after a change at once, and again before it lapses at the gateways (6 s). */
  show(): void;
  /** The same as from someone new, so that the gateways publish their last ticks again. */
  renew(): void;
  /** Tells the gateways that nothing of it is watched any more. */
  withdraw(): void;
}

export function createShownInterest({
  bus,
  source,
  class: of,
  wanted,
}: {
  bus: Bus;
  /** Unique among all that show interest. */
  source: string;
  /** What they are wanted for; left out: somebody watches them. */
  class?: InterestClass | undefined;
  /** The epics wanted now, by feed. */
  wanted: () => ReadonlyMap<string, Iterable<string>>;
}): ShownInterest {
  let generation = 1;
  /** Feeds a gateway still counts epics of ours for. */
  let shown = new Set<string>();
  const name = () => `${source}.${generation}`;
  const publish = (from: string, feed: string, epics: Iterable<string> = []) =>
    bus.publish('interest', feed, { source: from, feed, epics: [...epics], ...(of && { class: of }) });

  function show() {
    const now = wanted();
    for (const feed of shown) if (!now.has(feed)) publish(name(), feed);
    for (const [feed, epics] of now) publish(name(), feed, epics);
    shown = new Set(now.keys());
  }
  return {
    show,
    renew() {
      const before = name();
      generation++;
      show();
      for (const feed of shown) publish(before, feed);
    },
    withdraw() {
      for (const feed of shown) publish(name(), feed);
      shown.clear();
    },
  };
}
