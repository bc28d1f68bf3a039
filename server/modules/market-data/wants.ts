// Prices that are needed whoever watches: which epics of which feeds, looked at now and then. What is streamed for it is the gateways' affair.
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { Logger } from '../../lib/logger.ts';
import type { PriceInterest } from './ports.ts';

/** How soon what another process has made need of is wanted here. */
export const lookEveryMs = 2_000;

/** `read` gives the epics by feed; `of` says for the log whose they are. Wants them from now until the returned function is called and has resolved. While the database is away, what was wanted last. */
export function createStandingWants({
  read,
  of,
  clock,
  logger,
}: {
  read: () => Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  of: string;
  clock: Clock;
  logger: Logger;
}) {
  return function want(interest: PriceInterest): () => Promise<void> {
    const wanted = new Map<string, { epics: string; release: () => void }>();
    async function lookOnce() {
      const byFeed = await read();
      for (const feed of new Set([...wanted.keys(), ...byFeed.keys()])) {
        const [before, now] = [wanted.get(feed), [...(byFeed.get(feed) ?? [])].sort()];
        if (before?.epics === now.join()) continue;
        // Wanted anew before it is released: nothing is let go in between.
        if (now.length > 0) wanted.set(feed, { epics: now.join(), release: interest.want(feed, now) });
        else wanted.delete(feed);
        before?.release();
      }
    }
    const looking = createTrouble(
      logger,
      `the prices that ${of} need could not be looked at`,
      `the prices that ${of} need can be looked at again`,
    );
    const look = again(() => lookOnce().then(looking.worked, looking.failed));
    look();
    const cancel = clock.every(lookEveryMs, look);
    return async () => {
      cancel();
      await look.idle();
      for (const { release } of wanted.values()) release();
      wanted.clear();
    };
  };
}
