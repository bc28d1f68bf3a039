// The list of live prices: which rows, their headings, and what stands there when there are none.
import { useEffect, useRef, useState } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import type { Connection } from './connection.tsx';
import { maxMarkets, unknownEpics, useMarkets } from './markets.ts';
import { createPriceBoard } from './prices.ts';
import { PriceRow } from './price-row.tsx';
import { isSignedOut, Problem, type ProblemText } from './problem.tsx';
import { Search } from './search.tsx';

const headings: [className: string, text: string][] = [
  ['market', 'Market'], ['trend', 'Last moves'], ['bid', 'Bid'], ['offer', 'Offer'], ['spread', 'Spread, pts'], ['change', 'Change'],
  ['range', 'Day range'], ['state', 'State'], ['age', 'Age'], ['remove', ''],
];

export function PriceTable({ api, connection, onSignedOut }: { api: FTraderClient['api']; connection: Connection; onSignedOut(): void }) {
  const live = connection.state === 'live';
  const { epics, market, add, remove, reset, hide } = useMarkets(api, live);
  const [problem, setProblem] = useState<ProblemText>();
  const removeRow = useRef(remove); // rows are memoised: they get one function that never changes
  removeRow.current = remove;
  const [onRemove] = useState(() => (epic: string) => removeRow.current(epic));
  const [board] = useState(() => createPriceBoard({
    api,
    onProblem(next, asked) {
      if (next && isSignedOut(next)) return onSignedOut();
      const unknown = next ? unknownEpics(next, asked) : [];
      if (unknown.length > 0) hide(unknown);
      else setProblem(next);
    },
  }));
  useEffect(() => board.watch(epics), [board, epics.join()]);
  useEffect(() => () => board.watch([]), [board]);

  return (
    <main className="prices">
      <div className="toolbar">
        <h1>Prices</h1>
        <Search api={api} listed={epics} full={epics.length >= maxMarkets} onAdd={add} />
      </div>
      {problem && <Problem problem={problem} onRetry={() => { setProblem(undefined); board.watch(epics); }} />}
      {epics.length === 0 ? (
        <div className="empty">
          <p>No market in your list.</p>
          <p className="quiet">Search for one above, or start again from the usual dozen.</p>
          <button type="button" onClick={reset}>Show the usual dozen</button>
        </div>
      ) : (
        <table role="table" aria-label="Live prices" className={live ? undefined : 'not-live'}>
          <thead role="rowgroup">
            <tr role="row">{headings.map(([className, text]) => <th key={className} role="columnheader" scope="col" className={className}>{text || <span className="hidden">Remove</span>}</th>)}</tr>
          </thead>
          <tbody role="rowgroup">{epics.map((epic) => <PriceRow key={epic} board={board} epic={epic} market={market(epic)} onRemove={onRemove} />)}</tbody>
        </table>
      )}
    </main>
  );
}
