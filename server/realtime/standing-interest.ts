// Interest in prices that lasts until it is released, for what needs them without a subscriber: open positions, taps of raw ticks.
import type { Clock } from '../lib/clock.ts';
import type { Bus, InterestClass } from '../messaging/bus.ts';
import type { PriceInterest } from '../modules/market-data/ports.ts';
import { defaultHubLimits } from './limits.ts';
import { createShownInterest } from './shown-interest.ts';

interface StandingInterest extends PriceInterest {
  /** Releases all, and shows it no more. */
  close(): void;
}

/** `source` is unique among all that show interest. */
export function createStandingInterest({
  bus,
  clock,
  source,
  class: of,
}: {
  bus: Bus;
  clock: Clock;
  source: string;
  class: InterestClass;
}): StandingInterest {
  const wants = new Set<{ feed: string; epics: readonly string[] }>();
  const shown = createShownInterest({ bus, source, class: of, wanted });
  const stops = [
    clock.every(defaultHubLimits.interestEveryMs, () => shown.show()),
    bus.onConnectionChange((connected) => connected && shown.show()),
  ];
  function wanted() {
    const byFeed = new Map<string, Set<string>>();
    for (const { feed, epics } of wants) byFeed.set(feed, new Set([...(byFeed.get(feed) ?? []), ...epics]));
    return byFeed;
  }
  return {
    want(feed, epics) {
      const want = { feed, epics: [...epics] };
      wants.add(want);
      shown.show();
      return () => {
        if (wants.delete(want)) shown.show();
      };
    },
    close() {
      for (const stop of stops) stop();
      wants.clear();
      shown.withdraw();
    },
  };
}
