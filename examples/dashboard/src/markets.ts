// The user's list of markets: which, in what order, kept in this browser; names and scales come from the server.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ErrorBody, FTraderClient, Market } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import { keep, readKept } from './kept.ts';

const storageKey = 'ftrader.markets';
/** Most markets on the page; IG streams 40 items per login and two are taken. */
export const maxMarkets = 38;
/** Most markets in one question. */
const maxAsked = 40;
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

/** The list, kept across visits, and the details of `others` besides, by `feed`, whose markets they all are. */
export function useMarkets(
  api: FTraderClient['api'],
  feed: string | undefined,
  others: readonly string[],
): MarketList {
  const [kept, setKept] = useState(load);
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [markets, setMarkets] = useState<ReadonlyMap<string, Market>>(new Map());
  const asked = useRef(new Map<string, () => void>());
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
    const wanted = [...new Set([...epics, ...others])].filter((one) => !asked.current.has(one));
    if (wanted.length === 0) return;
    // One question for all of them first: alone each of them would cost a request of what the broker allows in a minute.
    const together =
      wanted.length === 1
        ? Promise.resolve()
        : api.marketData.prices.query({ epics: wanted.slice(0, maxAsked), feed }).then(
            () => {},
            () => {}, // each of them says for itself why
          );
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
  }, [api, feed, epics.join(), others.join()]);
  useEffect(() => {
    const { current } = asked;
    return () => {
      for (const stop of current.values()) stop();
      current.clear();
    };
  }, []);

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
