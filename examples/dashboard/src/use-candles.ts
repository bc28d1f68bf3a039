// The candles of one market at one resolution: the last page, what is told of them since, and older pages when they are wanted.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Candle, CandleGap, CandleUpdate, FTraderClient, Resolution } from '../../../client/index.ts';
import { withCandles, type Candles } from './candles.ts';
import { follow, readOnce } from './follow.ts';
import { problemOf, type ProblemText } from './problem.tsx';

/** Of one page: at the broker each costs a point of the week's history the first time somebody asks. */
const perPage = 200;
/** Read for one chart at most. */
const maxRead = 5_000;

/** Days begin where they do for whoever looks. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Known {
  candles: Candles;
  /** What is missing of the last page read. */
  gaps: readonly CandleGap[];
}
const nothing: Known = { candles: new Map(), gaps: [] };

export interface ShownCandles extends Known {
  isRead: boolean;
  problem: ProblemText | undefined;
  /** Reads the page before the oldest, once at a time, until there is none. */
  older(): void;
}

/** Draw it with market and resolution as `key`. `live` is of the connection: what was missed while it was lost is read when it mends. */
export function useCandles(
  api: FTraderClient['api'],
  {
    feed,
    epic,
    resolution,
    live,
  }: { feed: string | undefined; epic: string; resolution: Resolution; live: boolean },
): ShownCandles {
  const [known, setKnown] = useState(nothing);
  const [isRead, setIsRead] = useState(false);
  const [problem, setProblem] = useState<ProblemText>();
  const oldest = useRef<number>(undefined);
  const count = useRef(0); // of those read in pages
  const isBusy = useRef(false);
  const page = useCallback(
    async (to?: Date) => {
      // Calls of one turn travel together and are answered together: what waits for the broker's history travels alone.
      await new Promise((resolve) => setTimeout(resolve));
      const told = await api.marketData.candles.query({
        epic,
        feed,
        resolution,
        zone,
        limit: perPage,
        ...(to && { to }),
      });
      return told.format === 'rows' ? told : { candles: [] as Candle[], gaps: [] };
    },
    [api, feed, epic, resolution],
  );
  useEffect(() => {
    const take = (candles: readonly Candle[]) =>
      setKnown((before) => ({ ...before, candles: withCandles(before.candles, candles) }));
    // Followed before it is read: nothing is told between the two.
    const stop = follow<CandleUpdate>(
      (handlers) => api.marketData.onCandles.subscribe({ epic, feed, resolution, zone }, handlers),
      (candle) => take([candle]),
      setProblem,
    );
    const stopReading = readOnce(
      page,
      ({ candles, gaps }) => {
        const first = candles[0]?.startAt.getTime() ?? 0;
        // What was known before a connection was lost may end long before this page begins: the two have a hole between them.
        setKnown(({ candles: told }) => ({
          candles: withCandles(new Map([...told].filter(([at]) => at >= first)), candles),
          gaps,
        }));
        oldest.current = first || undefined;
        count.current = candles.length;
        setIsRead(true);
      },
      setProblem,
    );
    return () => {
      stop();
      stopReading();
    };
  }, [api, feed, epic, resolution, page, live]);
  const older = useCallback(() => {
    const before = oldest.current;
    if (before === undefined || isBusy.current || count.current >= maxRead) return;
    isBusy.current = true;
    page(new Date(before)).then(
      ({ candles, gaps }) => {
        const first = candles[0]?.startAt.getTime();
        oldest.current = first !== undefined && first < before ? first : undefined; // nothing before it: not asked again
        count.current += candles.length;
        setKnown((now) => ({ candles: withCandles(now.candles, candles), gaps }));
        setProblem(undefined);
        isBusy.current = false;
      },
      (error: unknown) => {
        isBusy.current = false;
        setProblem(problemOf(error));
      },
    );
  }, [page]);
  return { ...known, isRead, problem, older };
}
