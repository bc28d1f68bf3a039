// The watchlists of whoever is signed in, and the one of them that is shown: a choice for each kind of account, kept in this browser.
import { useEffect, useState } from 'react';
import type { AccountType, FTraderClient, Watchlist } from '../../../client/index.ts';
import { readOnce, type OnProblem } from './follow.ts';
import { go } from './go.ts';
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
  /** The address asks for one that is not among them. */
  isStrange: boolean;
  choose(id: string): void;
}

/** `feed` and `type` are of the account that the page is about, and stay as they are; `asked` is the list of the address. */
export function useWatchlists(
  api: FTraderClient['api'],
  {
    feed,
    type,
    asked,
    onProblem,
  }: { feed: string | undefined; type: AccountType; asked: string | undefined; onProblem: OnProblem },
): Watchlists {
  const [known, setKnown] = useState<KnownWatchlists>({
    lists: undefined,
    said: undefined,
    problem: undefined,
  });
  const [keeper] = useState(() => createWatchlistKeeper({ api, feed, onChange: setKnown }));
  const [chosen, setChosen] = useState(() => readKept(storageKey(type)));
  if (asked !== undefined && asked !== chosen && known.lists?.some(({ id }) => id === asked))
    setChosen(asked);
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
    isStrange: asked !== undefined && known.lists?.every(({ id }) => id !== asked) === true,
    list: listToShow(known.lists, chosen, type),
    choose(id) {
      setChosen(id);
      keep(storageKey(type), id);
      go({ at: 'watchlist', id });
    },
  };
}
