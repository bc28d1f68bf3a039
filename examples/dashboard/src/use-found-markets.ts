// What the broker has of what is typed: asked for once a pause in typing says that it is a word. And stepping through what was found.
import { useEffect, useState } from 'react';
import type { FTraderClient, MarketSummary } from '../../../client/index.ts';
import { problemOf, type ProblemText } from './problem.tsx';

/** A pause in typing this long sends the search. */
const debounceMs = 250;
/** Rows of the list. */
const maxShown = 8;

export interface FoundMarkets {
  markets: readonly MarketSummary[];
  problem: ProblemText | undefined;
  /** An answer is awaited. */
  busy: boolean;
}

/** Nothing is asked for without a query. */
export function useFoundMarkets(
  api: FTraderClient['api'],
  feed: string | undefined,
  query: string,
): FoundMarkets {
  const [found, setFound] = useState<FoundMarkets>(nothing);
  useEffect(() => {
    setFound(query ? { ...nothing, busy: true } : nothing);
    if (!query) return;
    const abort = new AbortController();
    const say = (next: Partial<FoundMarkets>) => abort.signal.aborted || setFound({ ...nothing, ...next });
    const timer = setTimeout(() => {
      api.marketData.search.query({ query, feed }, { signal: abort.signal }).then(
        ({ markets }) => say({ markets: markets.slice(0, maxShown) }),
        (error: unknown) => say({ problem: problemOf(error) }),
      );
    }, debounceMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, feed, query]);
  return found;
}
const nothing: FoundMarkets = { markets: [], problem: undefined, busy: false };

/** Where a key leads in a list of `count` that goes round; undefined: it is no key of a list. */
export function steppedTo(key: string, active: number, count: number): number | undefined {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  return step === undefined || count === 0 ? undefined : (active + step + count) % count;
}
