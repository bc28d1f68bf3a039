// The price board in a component: one for the page, watching what is shown, and one market's quote out of it.
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { unknownEpics, type MarketList } from './markets.ts';
import { createPriceBoard, type PriceBoard, type ShownPrice } from './prices.ts';
import type { ProblemText } from './problem.tsx';

/** Watches `epics` on one feed for as long as it is drawn; `onProblem` hears of what cannot be helped by leaving an unknown market out. */
export function useBoard(
  api: FTraderClient['api'],
  feed: string | undefined,
  epics: readonly string[],
  { hide, onProblem }: Pick<MarketList, 'hide'> & { onProblem(problem: ProblemText | undefined): void },
): PriceBoard {
  const told = useRef({ hide, onProblem });
  told.current = { hide, onProblem };
  const [board] = useState(() =>
    createPriceBoard({
      api,
      feed,
      onProblem(next, asked) {
        const unknown = next ? unknownEpics(next, asked) : [];
        if (unknown.length > 0) told.current.hide(unknown);
        else told.current.onProblem(next);
      },
    }),
  );
  useEffect(() => board.watch(epics), [board, epics.join()]);
  useEffect(() => () => board.watch([]), [board]);
  return board;
}

/** The quote of one market; its component is drawn anew with each. */
export const useQuote = (board: PriceBoard, epic: string): ShownPrice | undefined =>
  useSyncExternalStore(
    useCallback((listener) => board.onQuote(epic, listener), [board, epic]),
    () => board.quote(epic),
  );
