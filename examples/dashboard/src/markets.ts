// What is known of the markets on the page: names, scales and rules come from the server, and which of them it does not know.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ErrorBody, FTraderClient, MarketDetails, Watchlist } from '../../../client/index.ts';
import { readOnce } from './follow.ts';

/** Most markets in one question. */
export const maxAsked = 50;

const eachSaysWhy = () => {};

/** Which of the epics asked for the server says it does not know, by the error's fields (`epics[3]`) or the text in them. */
export function unknownEpics(
  { code, fields }: Pick<ErrorBody, 'code' | 'fields'>,
  asked: readonly string[],
): string[] {
  if (code !== 'market_data.unknown_epic' && code !== 'request.invalid') return [];
  const entries = Object.entries(fields ?? {});
  const words = new Set(entries.flatMap((entry) => entry.join(' ').split(/[\s,;:"']+/)));
  const places = new Set(entries.map(([path]) => /^epics[.[](\d+)\]?$/.exec(path)?.[1]));
  return asked.filter((epic, index) => places.has(String(index)) || words.has(epic) || words.has(`${epic}.`));
}

export interface MarketList {
  /** Those of the list to show, in order: without the ones this server does not know. */
  epics: readonly string[];
  /** Those of the list that this server does not know. */
  unknown: readonly string[];
  /** What is known of a market so far. */
  market(epic: string): MarketDetails | undefined;
  /** Hides epics this server does not know; they stay in the list, since another server may. */
  hide(epics: readonly string[]): void;
  isUnknown(epic: string): boolean;
}

/** Of the markets of a list, and of `others` besides, by `feed`, whose markets they all are. */
export function useMarkets(
  api: FTraderClient['api'],
  {
    feed,
    list,
    others,
  }: { feed: string | undefined; list: Watchlist | undefined; others: readonly string[] },
): MarketList {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [markets, setMarkets] = useState<ReadonlyMap<string, MarketDetails>>(new Map());
  const asked = useRef(new Map<string, () => void>());
  const all = list?.epics ?? [];

  const hide = useCallback(
    (unknown: readonly string[]) => setHidden((before) => [...new Set([...before, ...unknown])]),
    [],
  );

  const id = list?.id;
  useEffect(() => {
    const wanted = [...new Set([...all, ...others])].filter((one) => !asked.current.has(one));
    if (wanted.length === 0) return;
    // One question for all of them first: alone each of them would cost a request of what the broker allows in a minute.
    const together =
      wanted.length === 1
        ? Promise.resolve()
        : id !== undefined && wanted.some((epic) => all.includes(epic))
          ? api.marketData.getWatchlist.query({ id, feed }).then(({ unknown }) => hide(unknown), eachSaysWhy)
          : api.marketData.prices
              .query({ epics: wanted.slice(0, maxAsked), feed })
              .then(eachSaysWhy, eachSaysWhy);
    for (const epic of wanted) {
      const stop = readOnce(
        () => together.then(() => api.marketData.get.query({ epic, feed })),
        (market) => setMarkets((before) => new Map(before).set(epic, market)),
        (problem) => {
          if (problem?.code === 'market_data.unknown_epic') hide([epic]);
        },
      );
      asked.current.set(epic, stop);
    }
  }, [api, feed, hide, id, all.join(), others.join()]);
  useEffect(() => {
    const { current } = asked;
    return () => {
      for (const stop of current.values()) stop();
      current.clear();
    };
  }, []);

  return {
    epics: all.filter((epic) => !hidden.includes(epic)),
    unknown: all.filter((epic) => hidden.includes(epic)),
    market: (epic) => markets.get(epic),
    hide,
    isUnknown: (epic) => hidden.includes(epic),
  };
}
