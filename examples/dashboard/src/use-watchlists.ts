// The watchlists of whoever is signed in, and the one of them that is shown: a choice for each kind of account, kept in this browser.
import { useEffect, useState } from 'react';
import type { AccountType, FTraderClient, Watchlist } from '../../../client/index.ts';
import { readOnce, type OnProblem } from './follow.ts';
import { keep, readKept } from './kept.ts';
import { listToShow } from './watchlist.ts';
import { createWatchlistKeeper, type KnownWatchlists, type WatchlistKeeper } from './watchlist-keeper.ts';
import { whileVisible } from './while-visible.ts';

/** What another tab changed is seen so late at most while this one can be seen too. */
const readEveryMs = 60_000;

const storageKey = (type: AccountType) => `ftrader.watchlist.${type}`;

export interface Watchlists extends KnownWatchlists {
  keeper: WatchlistKeeper;
  /** The one that is shown. */
  list: Watchlist | undefined;
  choose(id: string): void;
}

/** `feed` and `type` are of the account that the page is about, and stay as they are. */
export function useWatchlists(
  api: FTraderClient['api'],
  { feed, type, onProblem }: { feed: string | undefined; type: AccountType; onProblem: OnProblem },
): Watchlists {
  const [known, setKnown] = useState<KnownWatchlists>({
    lists: undefined,
    said: undefined,
    problem: undefined,
  });
  const [keeper] = useState(() => createWatchlistKeeper({ api, feed, onChange: setKnown }));
  const [chosen, setChosen] = useState(() => readKept(storageKey(type)));
  useEffect(() => {
    let stopReading = () => {};
    const stop = whileVisible(() => {
      stopReading();
      stopReading = readOnce(keeper.read, () => {}, onProblem);
    }, readEveryMs);
    return () => {
      stop();
      stopReading();
    };
  }, [keeper, onProblem]);
  return {
    ...known,
    keeper,
    list: listToShow(known.lists, chosen, type),
    choose(id) {
      setChosen(id);
      keep(storageKey(type), id);
    },
  };
}
