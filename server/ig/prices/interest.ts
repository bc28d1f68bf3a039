// Which epics of one feed are wanted, and for what: sets per source, lapsing, the most important first. What is done about it is in runner.ts.
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { interestClasses, type InterestMessage } from '../../messaging/bus.ts';
import { Epic } from '../../../shared/primitives.ts';
import type { GatewayLimits } from '../limits.ts';

interface InterestTable {
  /** Takes a source's whole set. Returns the epics it did not want before. */
  update(message: InterestMessage): string[];
  /** All wanted epics by class, in each the longest wanted first, then those that linger. Forgets what has lapsed. */
  wanted(): string[];
}

const Message = z.object({
  source: z.string(),
  feed: z.string(),
  epics: z.array(z.string()),
  class: z.enum(interestClasses).catch('watchers'),
});
/** What any release has sent; undefined when nothing of it can be used. */
export const readInterest = (raw: unknown): InterestMessage | undefined => Message.safeParse(raw).data;

export function createInterestTable({
  clock,
  limits,
}: {
  clock: Clock;
  limits: GatewayLimits;
}): InterestTable {
  /** `rank`: the place of its class, 0 the most important. */
  const sources = new Map<string, { epics: Set<string>; rank: number; heardAt: number }>();
  /** In the order in which they were first wanted; `lastAt` is when somebody last did. */
  const known = new Map<string, { lastAt: number }>();
  return {
    update({ source, epics, class: name = 'watchers' }) {
      const before = sources.get(source)?.epics ?? new Set();
      const after = new Set(
        epics.slice(0, limits.maxEpicsPerSource).filter((epic) => Epic.safeParse(epic).success),
      );
      const rank = interestClasses.indexOf(name);
      if (after.size === 0) sources.delete(source);
      else if (sources.has(source) || sources.size < limits.maxSources)
        sources.set(source, { epics: after, rank, heardAt: clock.monotonicMs() });
      else return [];
      return [...after].filter((epic) => !before.has(epic));
    },
    wanted() {
      const now = clock.monotonicMs();
      /** The rank of the most important that wants it. */
      const ranks = new Map<string, number>();
      for (const [source, { epics, rank, heardAt }] of sources) {
        if (now - heardAt >= limits.interestLapseMs) sources.delete(source);
        else for (const epic of epics) ranks.set(epic, Math.min(rank, ranks.get(epic) ?? rank));
      }
      for (const epic of ranks.keys()) {
        const entry = known.get(epic);
        if (entry) entry.lastAt = now;
        else known.set(epic, { lastAt: now });
      }
      const lingering: string[] = [];
      for (const [epic, { lastAt }] of known) {
        if (ranks.has(epic)) continue;
        if (now - lastAt < limits.interestLingerMs) lingering.push(epic);
        else known.delete(epic);
      }
      const present = [...known.keys()].filter((epic) => ranks.has(epic));
      return [...present.sort((a, b) => ranks.get(a)! - ranks.get(b)!), ...lingering];
    },
  };
}
