// The latest deals of the account, each with where it stands: also those that are not decided, and why others were not done.
import { useState } from 'react';
import type { Deal, FTraderClient } from '../../../client/index.ts';
import { Choice } from './choice.tsx';
import { endings, filterDeals, kinds, noFilter } from './deal-filter.ts';
import { DealHead, DealRow } from './deal-row.tsx';
import { PageLink } from './page-link.tsx';

/** On the page; more are kept, and a filter looks through all that are. */
const dealsShown = 20;

export function Deals({
  api,
  deals,
  nameOf,
}: {
  api: FTraderClient['api'];
  deals: readonly Deal[] | undefined;
  nameOf(epic: string): string;
}) {
  const [filter, setFilter] = useState(noFilter);
  const [opened, setOpened] = useState<string>();
  const shown = deals && filterDeals(deals, filter).slice(0, dealsShown);
  return (
    <section className="book" aria-labelledby="deals-title">
      <div className="book-head">
        <h2 id="deals-title">Latest deals</h2>
        {deals && deals.length > 0 && (
          <div className="filters">
            <Choice
              label="Kinds of deals shown"
              options={kinds}
              chosen={filter.kind}
              onChoose={(kind) => setFilter({ ...filter, kind })}
            />
            <Choice
              label="Status of deals shown"
              options={endings}
              chosen={filter.ending}
              onChoose={(ending) => setFilter({ ...filter, ending })}
            />
          </div>
        )}
        <PageLink to={{ at: 'history' }}>All history</PageLink>
      </div>
      {!deals || !shown || deals.length === 0 ? (
        <p className="none">{deals ? 'No deal yet. Press Sell or Buy at a price.' : 'Reading your deals…'}</p>
      ) : shown.length === 0 ? (
        <p className="none">
          None of the {deals.length} latest deals is of that kind.{' '}
          <button type="button" className="link" onClick={() => setFilter(noFilter)}>
            Show all
          </button>
        </p>
      ) : (
        <table role="table" aria-label="Latest deals" className="deals">
          <DealHead />
          <tbody role="rowgroup">
            {shown.map((deal) => (
              <DealRow
                key={deal.id}
                api={api}
                deal={deal}
                name={nameOf(deal.epic)}
                isOpened={opened === deal.id}
                onOpen={(on) => setOpened(on ? deal.id : undefined)}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
