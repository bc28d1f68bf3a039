// The price board: one subscription for all markets on the page, told to each row ten times a second at most. No React state here.
import type { FTraderClient, Tick } from '../../../client/index.ts';
import { follow } from './follow.ts';
import { direction, mid } from './format.ts';
import type { ProblemText } from './problem.tsx';

/** What a row shows of its market. A new object whenever something changed. */
export interface ShownPrice {
  tick: Tick;
  /** −1, 0 or 1: where the last change of each side went. */
  bidMove: number;
  offerMove: number;
  /** The last mids, oldest first; as many as the sparkline shows. */
  mids: readonly number[];
}

/** As many as one subscription may name; a full list with what is held besides is more. */
export const maxEpicsPerSubscription = 50;
/** Points of a sparkline. */
export const sparklineLength = 120;

export interface PriceBoard {
  /** Watches exactly these epics from now on. */
  watch(epics: readonly string[]): void;
  quote(epic: string): ShownPrice | undefined;
  /** Calls `listener` when the quote of `epic` changed, at most once per redraw. */
  onQuote(epic: string, listener: () => void): () => void;
}

interface BoardOptions {
  api: FTraderClient['api'];
  /** Whose prices; undefined: the server's default. */
  feed: string | undefined;
  /** The subscription failed (it is tried again when that can help), or works again: undefined. */
  onProblem(problem: ProblemText | undefined, epics: readonly string[]): void;
  /** Runs a redraw; in a frame of the browser, ten times a second at most, unless told otherwise. */
  schedule?: (redraw: () => void) => void;
}

/** Nobody reads more changes of a figure than that, and each frame of forty busy rows costs as much again. */
const redrawEveryMs = 100;
function tenTimesASecond() {
  let last = -redrawEveryMs;
  return (redraw: () => void) => {
    const drawn = () =>
      requestAnimationFrame(() => {
        last = performance.now();
        redraw();
      });
    const waitMs = last + redrawEveryMs - performance.now();
    if (waitMs <= 0)
      drawn(); // the first after a pause comes at once
    else setTimeout(drawn, waitMs);
  };
}

export function createPriceBoard({
  api,
  feed,
  onProblem,
  schedule = tenTimesASecond(),
}: BoardOptions): PriceBoard {
  const quotes = new Map<string, ShownPrice>();
  const listeners = new Map<string, Set<() => void>>();
  const pending = new Map<string, Tick>(); // latest wins, so a hidden page holds one tick per epic at most
  let stops: (() => void)[] = [];

  const watchSome = (epics: readonly string[]) =>
    follow<Tick[]>(
      (handlers) => api.marketData.onPrices.subscribe({ epics: [...epics], feed }, handlers),
      (ticks) => {
        if (pending.size === 0) schedule(redraw);
        for (const tick of ticks) pending.set(tick.epic, tick);
      },
      (problem) => onProblem(problem, epics),
    );
  function redraw() {
    for (const [epic, tick] of pending) {
      quotes.set(epic, next(quotes.get(epic), tick));
      for (const listener of listeners.get(epic) ?? []) listener();
    }
    pending.clear();
  }
  return {
    watch(epics) {
      for (const stop of stops) stop();
      for (const epic of quotes.keys()) if (!epics.includes(epic)) quotes.delete(epic);
      stops = [];
      for (let from = 0; from < epics.length; from += maxEpicsPerSubscription)
        stops.push(watchSome(epics.slice(from, from + maxEpicsPerSubscription)));
    },
    quote: (epic) => quotes.get(epic),
    onQuote(epic, listener) {
      const all = listeners.get(epic) ?? new Set();
      listeners.set(epic, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(epic);
      };
    },
  };
}

/** The quote after `tick`. An older tick of the same feed (a late one of a replaced subscription) changes nothing. */
export function next(before: ShownPrice | undefined, tick: Tick): ShownPrice {
  const same = before?.tick.feed === tick.feed ? before : undefined;
  if (same && tick.seq < same.tick.seq) return same;
  const value = mid(tick.bid, tick.offer);
  const isNew = tick.seq !== same?.tick.seq; // the same quote comes again when it turns stale
  return {
    tick,
    bidMove: direction(same?.tick.bid ?? null, tick.bid) || (isNew ? 0 : (same?.bidMove ?? 0)),
    offerMove: direction(same?.tick.offer ?? null, tick.offer) || (isNew ? 0 : (same?.offerMove ?? 0)),
    mids:
      value === null || !isNew ? (same?.mids ?? []) : [...(same?.mids ?? []), value].slice(-sparklineLength),
  };
}
