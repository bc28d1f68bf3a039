// The user's list of markets: which, in what order, kept in this browser; names and scales come from the server.
import { useCallback, useEffect, useRef, useState } from 'react';
import { errorOf, type ErrorBody, type FTraderClient, type Market } from '../../../client/index.ts';
import { keep, readKept } from './kept.ts';

const storageKey = 'ftrader.markets';
/** Most markets on the page; IG streams 40 items per login and two are taken. */
export const maxMarkets = 38;
export const defaultEpics: readonly string[] = [
  'CS.D.EURUSD.CFD.IP',
  'CS.D.GBPUSD.CFD.IP',
  'CS.D.USDJPY.CFD.IP',
  'CS.D.EURGBP.CFD.IP',
  'IX.D.FTSE.IFE.IP',
  'IX.D.DAX.IFMM.IP',
  'IX.D.SPTRD.IFMM.IP',
  'IX.D.DOW.IDF.IP',
  'CS.D.CFDGOLD.BMU.IP',
  'CC.D.LCO.UNC.IP',
  'CS.D.BITCOIN.CFD.IP',
  'UA.D.AAPL.CASH.IP',
];

function load(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(readKept(storageKey) ?? 'null');
    if (Array.isArray(kept))
      return kept.filter((epic): epic is string => typeof epic === 'string').slice(0, maxMarkets);
  } catch {
    // unreadable: the default list serves
  }
  return defaultEpics;
}
const save = (epics: readonly string[]) => keep(storageKey, JSON.stringify(epics));

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
  /** Those to show, in order: without the ones this server does not know. */
  epics: readonly string[];
  /** What is known of a market so far. */
  market(epic: string): Market | undefined;
  add(epic: string): void;
  remove(epic: string): void;
  reset(): void;
  /** Hides epics this server does not know; they stay in the kept list, since another server may. */
  hide(epics: readonly string[]): void;
  isUnknown(epic: string): boolean;
}

/** The list, kept across visits, and the details of `others` besides, by `feed`. `live` rising asks again for details that could not be had before. */
export function useMarkets(
  api: FTraderClient['api'],
  feed: string | undefined,
  live: boolean,
  others: readonly string[],
): MarketList {
  const [kept, setKept] = useState(load);
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [markets, setMarkets] = useState<ReadonlyMap<string, Market>>(new Map());
  const asked = useRef(new Set<string>());
  const epics = kept.filter((epic) => !hidden.includes(epic));

  const change = (to: readonly string[]) => {
    setKept(to);
    save(to);
  };
  const hide = useCallback(
    (unknown: readonly string[]) => setHidden((before) => [...new Set([...before, ...unknown])]),
    [],
  );

  useEffect(() => {
    for (const epic of [...epics, ...others].filter((one) => !asked.current.has(one))) {
      asked.current.add(epic);
      api.marketData.get.query({ epic, feed }).then(
        (market) => setMarkets((before) => new Map(before).set(epic, market)),
        (error: unknown) => {
          if (errorOf(error)?.code === 'market_data.unknown_epic') hide([epic]);
          else asked.current.delete(epic);
        },
      );
    }
  }, [api, feed, epics.join(), others.join(), live]);

  return {
    epics,
    market: (epic) => markets.get(epic),
    add(epic) {
      setHidden((before) => before.filter((one) => one !== epic));
      if (!kept.includes(epic) && epics.length < maxMarkets) change([...kept, epic]);
    },
    remove: (epic) => change(kept.filter((one) => one !== epic)),
    reset: () => change(defaultEpics),
    hide,
    isUnknown: (epic) => hidden.includes(epic),
  };
}
