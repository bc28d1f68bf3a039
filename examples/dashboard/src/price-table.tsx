// The list of live prices: which rows, their headings, and what stands there when there are none.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Direction, FTraderClient } from '../../../client/index.ts';
import { maxMarkets, unknownEpics, type MarketList } from './markets.ts';
import { createPriceBoard } from './prices.ts';
import { PriceRow } from './price-row.tsx';
import { isSignedOut, Problem, type ProblemText } from './problem.tsx';
import { Search } from './search.tsx';
import type { TicketSubject } from './ticket.tsx';

const headings: [className: string, text: string][] = [
  ['market', 'Market'],
  ['trend', 'Last moves'],
  ['bid', 'Bid'],
  ['offer', 'Offer'],
  ['spread', 'Spread, pts'],
  ['change', 'Change'],
  ['range', 'Day range'],
  ['state', 'State'],
  ['age', 'Age'],
  ['remove', ''],
];

interface PriceTableProps {
  api: FTraderClient['api'];
  live: boolean;
  markets: MarketList;
  onSignedOut(): void;
  /** A bid or an offer was pressed; without it prices are only shown. */
  onDeal: ((subject: TicketSubject) => void) | undefined;
}

export function PriceTable({ api, live, markets, onSignedOut, onDeal }: PriceTableProps) {
  const { epics, market, add, remove, reset, hide } = markets;
  const [problem, setProblem] = useState<ProblemText>();
  const removeRow = useRef(remove); // rows are memoised: they get one function that never changes
  removeRow.current = remove;
  const [onRemove] = useState(() => (epic: string) => removeRow.current(epic));
  const [board] = useState(() =>
    createPriceBoard({
      api,
      onProblem(next, asked) {
        if (next && isSignedOut(next)) return onSignedOut();
        const unknown = next ? unknownEpics(next, asked) : [];
        if (unknown.length > 0) hide(unknown);
        else setProblem(next);
      },
    }),
  );
  const marketOf = useRef(market);
  marketOf.current = market;
  const onPress = useCallback(
    (epic: string, direction: Direction) => {
      const pressed = marketOf.current(epic);
      if (pressed) onDeal?.({ board, market: pressed, direction });
    },
    [board, onDeal],
  );
  useEffect(() => board.watch(epics), [board, epics.join()]);
  useEffect(() => () => board.watch([]), [board]);

  return (
    <section className="prices">
      <div className="toolbar">
        <h1>Prices</h1>
        <Search api={api} listed={epics} full={epics.length >= maxMarkets} onAdd={add} />
      </div>
      {problem && (
        <Problem
          problem={problem}
          onRetry={() => {
            setProblem(undefined);
            board.watch(epics);
          }}
        />
      )}
      {epics.length === 0 ? (
        <div className="empty">
          <p>No market in your list.</p>
          <p className="quiet">Search for one above, or start again from the usual dozen.</p>
          <button type="button" onClick={reset}>
            Show the usual dozen
          </button>
        </div>
      ) : (
        <table role="table" aria-label="Live prices" className={`quotes${live ? '' : ' not-live'}`}>
          <thead role="rowgroup">
            <tr role="row">
              {headings.map(([className, text]) => (
                <th key={className} role="columnheader" scope="col" className={className}>
                  {text || <span className="hidden">Remove</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {epics.map((epic) => (
              <PriceRow
                key={epic}
                board={board}
                epic={epic}
                market={market(epic)}
                onRemove={onRemove}
                onPress={onDeal && onPress}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
