// How much of one currency another is, by the markets of its pairs; read when it is first needed. An estimate before a deal: the server counts by its own.
import { useEffect, useState } from 'react';
import { rateBetween, rateEpics } from '../../../shared/worth.ts';
import { errorOf, type FTraderClient, type Market } from '../../../client/index.ts';

/** Null while it is not known, or where no market leads from one to the other. */
export function useRate(
  api: FTraderClient['api'],
  feed: string | undefined,
  from: string | undefined,
  to: string,
): string | null {
  const [pairs, setPairs] = useState<ReadonlyMap<string, Market>>(new Map());
  const rate = from === undefined ? null : rateBetween(from, to, (epic) => pairs.get(epic));
  useEffect(() => {
    if (from === undefined || from === to) return;
    let stopped = false;
    const read = async () => {
      const known = new Map<string, Market>();
      // The straight pair comes first, so that most rates cost one question.
      for (const epic of rateEpics(from, to)) {
        try {
          known.set(epic, await api.marketData.get.query({ epic, feed }));
        } catch (error) {
          if (!errorOf(error)) return; // no answer at all: the ticket says that its prices are not live
          continue; // no such market here
        }
        if (stopped) return;
        if (rateBetween(from, to, (each) => known.get(each)) !== null) return setPairs(known);
      }
    };
    void read();
    return () => {
      stopped = true;
    };
  }, [api, feed, from, to]);
  return rate;
}
