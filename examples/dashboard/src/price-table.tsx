// The list of live prices: a watchlist's rows, their headings, and what stands there when there are none.
import { useCallback, useRef, useState } from 'react';
import type { Account, Direction, FTraderClient } from '../../../client/index.ts';
import { go } from './go.ts';
import { Browse } from './browse.tsx';
import { kindName } from './format.ts';
import type { MarketList } from './markets.ts';
import { Popup } from './popup.tsx';
import type { PriceBoard } from './prices.ts';
import { PriceRow } from './price-row.tsx';
import { Problem } from './problem.tsx';
import { Search } from './search.tsx';
import type { Watchlists } from './use-watchlists.ts';
import { adding, maxMarkets, removing } from './watchlist.ts';
import { WatchlistMenu } from './watchlist-menu.tsx';
import { UsualMarkets } from './usual-markets.tsx';

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
  watchlists: Watchlists;
  /** On which is dealt; undefined where there is none. */
  account: Account | undefined;
  board: PriceBoard;
  /** The market that is looked at. */
  chosen: string | undefined;
  /** A price was pressed; without it prices are only shown. */
  onDeal: ((epic: string, direction: Direction) => void) | undefined;
}

const onChoose = (epic: string) => go({ at: 'market', epic });

export function PriceTable({
  api,
  feed,
  live,
  markets,
  watchlists,
  account,
  board,
  chosen,
  onDeal,
}: PriceTableProps) {
  const { epics, unknown, market } = markets;
  const { keeper, list, said, problem } = watchlists;
  const listed = list?.epics ?? [];
  const add = (epic: string) => void (list && keeper.edit(list.id, adding(epic)));
  const remove = (epic: string) => void (list && keeper.edit(list.id, removing(epic)));
  const finding = { api, feed, listed, full: !list || listed.length >= maxMarkets, onAdd: add };
  const usual = list && <UsualMarkets {...{ watchlists, list }} type={account?.type ?? 'CFD'} />;
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
  const isComing = epics.some((epic) => kindOf(epic) === undefined); // its place is kept, so that nothing moves
  const wanted = kind !== undefined && kinds.includes(kind) ? kind : undefined;
  const shown = wanted === undefined ? epics : epics.filter((epic) => kindOf(epic) === wanted);
  return (
    <section className="prices" aria-label="Prices">
      <div className="toolbar">
        <WatchlistMenu
          watchlists={watchlists}
          account={account}
          nameOf={(epic) => market(epic)?.name ?? epic}
        />
        {(kinds.length > 1 || isComing) && (
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
          <Browse {...finding} />
        </Popup>
        <Search {...finding} />
      </div>
      <div role="status" className={said ? 'notice said' : undefined} data-testid="list-news">
        {said && (
          <>
            <p>{said}</p>
            <button type="button" className="plain" aria-label="Dismiss" onClick={keeper.dismiss}>
              ×
            </button>
          </>
        )}
      </div>
      {problem && <Problem problem={problem} />}
      {epics.length > 0 && usual}
      {unknown.length > 0 && (
        <p className="notice">
          Not known to the broker of this account, and not shown: {unknown.join(', ')}.{' '}
          <button
            type="button"
            className="link"
            onClick={() =>
              list && void keeper.edit(list.id, (all) => all.filter((epic) => !unknown.includes(epic)))
            }
          >
            Remove
          </button>
        </p>
      )}
      {!list ? (
        <p className="none" role="status">
          Reading your watchlists…
        </p>
      ) : epics.length === 0 ? (
        <div className="empty">
          <p>No market in this list.</p>
          <p className="quiet">Search or browse for one above.</p>
          {usual}
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
