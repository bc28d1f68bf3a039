// Who watches what on one feed: sets per source, lapsing, longest watched first. What is done about it is in runner.ts.
import type { Clock } from '../../lib/clock.ts';
import type { InterestMessage } from '../../messaging/bus.ts';
import { Epic } from '../../../shared/primitives.ts';
import type { GatewayLimits } from '../limits.ts';

interface InterestTable {
  /** Takes a source's whole set. Returns the epics it did not watch before. */
  update(message: InterestMessage): string[];
  /** All watched epics, the longest watched first, then those that linger. Forgets what has lapsed. */
  wanted(): string[];
}

export function createInterestTable({
  clock,
  limits,
}: {
  clock: Clock;
  limits: GatewayLimits;
}): InterestTable {
  const sources = new Map<string, { epics: Set<string>; heardAt: number }>();
  /** In the order in which they were first watched; `lastAt` is when someone last did. */
  const watched = new Map<string, { lastAt: number }>();
  return {
    update({ source, epics }) {
      const before = sources.get(source)?.epics ?? new Set();
      const after = new Set(
        epics.slice(0, limits.maxEpicsPerSource).filter((epic) => Epic.safeParse(epic).success),
      );
      if (after.size === 0) sources.delete(source);
      else if (sources.has(source) || sources.size < limits.maxSources)
        sources.set(source, { epics: after, heardAt: clock.monotonicMs() });
      else return [];
      return [...after].filter((epic) => !before.has(epic));
    },
    wanted() {
      const now = clock.monotonicMs();
      const present = new Set<string>();
      for (const [source, { epics, heardAt }] of sources) {
        if (now - heardAt >= limits.interestLapseMs) sources.delete(source);
        else for (const epic of epics) present.add(epic);
      }
      for (const epic of present) {
        const known = watched.get(epic);
        if (known) known.lastAt = now;
        else watched.set(epic, { lastAt: now });
      }
      const lingering: string[] = [];
      for (const [epic, { lastAt }] of watched) {
        if (present.has(epic)) continue;
        if (now - lastAt < limits.interestLingerMs) lingering.push(epic);
        else watched.delete(epic);
      }
      return [...[...watched.keys()].filter((epic) => present.has(epic)), ...lingering];
    },
  };
}
