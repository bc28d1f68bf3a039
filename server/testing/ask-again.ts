// What a client does whom the server could not answer in time, for tests on machines that are busy: it asks again with the same key.
import { errorOf } from '../../client/index.ts';
import { isDecided } from '../../shared/deal-words.ts';
import type { DealOutcome } from '../../shared/trading.ts';

/** How often a client asks again under the same key. */
const repeats = 5;
/**
 * What a client does: asks again, with the same key, while it is told that the server could not say in time what became of the request,
 * or, where it waits at all, that the deal is not decided. On a machine that is not busy nothing is asked twice.
 */
export async function decided(waitMs: number, ask: () => Promise<DealOutcome>): Promise<DealOutcome> {
  let replayed: boolean | undefined;
  for (let left = repeats; ; left--) {
    const outcome = await ask().catch((error: unknown) => {
      if (left > 0 && errorOf(error)?.code === 'server.unavailable') return null;
      throw error;
    });
    replayed ??= outcome?.replayed;
    if (outcome && (waitMs === 0 || left === 0 || isDecided(outcome.status)))
      return { ...outcome, replayed: replayed! };
  }
}
