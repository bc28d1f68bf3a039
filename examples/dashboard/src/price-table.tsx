// The list of live prices: which rows, their headings, and what stands there when there are none.
import { useCallback, useRef, useState } from 'react';
import type { Direction, FTraderClient } from '../../../client/index.ts';
import { go } from './address.ts';
import { Browse } from './browse.tsx';
import { kindName } from './format.ts';
import { maxMarkets, type MarketList } from './markets.ts';
import { Popup } from './popup.tsx';
import type { PriceBoard } from './prices.ts';
import { PriceRow } from './price-row.tsx';
import { Search } from './search.tsx';

const headings: [className: string, text: string][] = [
  ['market', 'Market'],
  ['trend', 'Last moves'],
  ['bid', 'Sell'],
  ['spread', 'Spread'],
  ['offer', 'Buy'],
  ['change', 'Change'],
  ['range', 'Day range'],
  ['age', 'Age'],
  ['remove', ''],
];
const explained: Record<string, string> = {
  change:
    'How far the price, midway between Sell and Buy, is from where its trading day began, as the broker counts it: in per cent and in the market’s own units.',
  spread: 'How far Buy is above Sell, in points.',
  age: 'How long ago the price came, by the server’s clock. A quiet market has old prices that are still right; one that may not be is marked Stale.',
};

interface PriceTableProps {
  api: FTraderClient['api'];
  /** Whose prices are shown. */
  feed: string | undefined;
  live: boolean;
  markets: MarketList;
  board: PriceBoard;
  /** The market that is looked at. */
  chosen: string | undefined;
  /** A price was pressed; without it prices are only shown. */
  onDeal: ((epic: string, direction: Direction) => void) | undefined;
}

const onChoose = (epic: string) => go({ at: 'market', epic });

export function PriceTable({ api, feed, live, markets, board, chosen, onDeal }: PriceTableProps) {
  const { epics, market, add, remove, reset } = markets;
  const [kind, setKind] = useState<string>();
  const body = useRef<HTMLTableSectionElement>(null);
  const removeRow = useRef(remove); // rows are memoised: they get one function that never changes
  removeRow.current = remove;
  const onRemove = useCallback((epic: string) => {
    // Whoever removes by keyboard goes on at the row that takes its place.
    const rows = [...(body.current?.rows ?? [])];
    const at = rows.findIndex((row) => row.dataset['epic'] === epic);
    const next = rows[at + 1] ?? rows[at - 1];
    removeRow.current(epic);
    if (next) next.querySelector<HTMLElement>('.remove button')?.focus();
    else document.querySelector<HTMLElement>('.search input')?.focus();
  }, []);

  const kindOf = (epic: string) => market(epic)?.type;
  const kinds = [...new Set(epics.map(kindOf).filter((each) => each !== undefined))];
  const wanted = kind !== undefined && kinds.includes(kind) ? kind : undefined;
  const shown = wanted === undefined ? epics : epics.filter((epic) => kindOf(epic) === wanted);
  return (
    <section className="prices" aria-label="Prices">
      <div className="toolbar">
        <h1 className="hidden">Prices</h1>
        {kinds.length > 1 && (
          <div className="kinds" role="group" aria-label="Kind of market">
            {[undefined, ...kinds].map((each) => (
              <button
                key={each ?? ''}
                type="button"
                aria-pressed={each === wanted}
                onClick={() => setKind(each)}
              >
                {each === undefined ? 'All' : kindName(each)}
              </button>
            ))}
          </div>
        )}
        <Popup className="browse" panelLabel="Markets by kind" button="Browse">
          <Browse api={api} feed={feed} listed={epics} full={epics.length >= maxMarkets} onAdd={add} />
        </Popup>
        <Search api={api} feed={feed} listed={epics} full={epics.length >= maxMarkets} onAdd={add} />
      </div>
      {epics.length === 0 ? (
        <div className="empty">
          <p>No market in your list.</p>
          <p className="quiet">Search or browse for one above, or start again from the usual dozen.</p>
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
                  {explained[className] ? (
                    <Popup className="explain" panelLabel={text} title="What this means" button={text}>
                      <p>{explained[className]}</p>
                    </Popup>
                  ) : (
                    text || <span className="hidden">Remove</span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" ref={body}>
            {shown.map((epic) => (
              <PriceRow
                key={epic}
                board={board}
                epic={epic}
                market={market(epic)}
                isChosen={epic === chosen}
                onRemove={onRemove}
                onChoose={onChoose}
                onPress={onDeal}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
