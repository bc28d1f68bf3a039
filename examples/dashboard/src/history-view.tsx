// The history of the account in use: its deals of any age, what the broker says was done, and what moved its cash.
import { useMemo, useState } from 'react';
import type { Account, FTraderClient } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { CsvButton } from './csv-button.tsx';
import { DealHead, DealRow } from './deal-row.tsx';
import { dayAndTime } from './format.ts';
import { historyParts, noHistoryFilter } from './history-filter.ts';
import { HistoryFilters } from './history-filters.tsx';
import { historyQuery } from './history-queries.ts';
import { ActivityRow, TransactionRow } from './history-rows.tsx';
import { createNames } from './names.ts';
import { PageLink } from './page-link.tsx';
import { Problem } from './problem.tsx';
import { useHistory } from './use-history.ts';
import { ViewTitle } from './view-title.tsx';

interface HistoryViewProps {
  api: FTraderClient['api'];
  account: Account;
}

/** Draw it with the account as `key`. It is read when it is opened or asked for again: nothing in it moves by itself. */
export default function HistoryView({ api, account }: HistoryViewProps) {
  const { id, feed } = account;
  const [filter, setFilter] = useState(noHistoryFilter);
  const names = useMemo(() => createNames(api, feed), [api, feed]);
  const query = useMemo(() => historyQuery(api, { id }, names, filter), [api, id, names, filter]);
  const { rows, looked, busy, problem, ends, hasMore, more, again } = useHistory(query);
  const [opened, setOpened] = useState<string>();
  const what = historyParts[filter.part];
  return (
    <main className="history" aria-labelledby="history-title">
      <div className="card-head">
        <ViewTitle id="history-title" view="history" tab="History">
          History <small>{accountLabel(account)}</small>
        </ViewTitle>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <HistoryFilters filter={filter} onFilter={setFilter} />
      <div className="book-head">
        <p className="quiet" role="status">
          {busy
            ? 'Reading…'
            : `${rows.length} shown${rows.length === looked ? '' : ` of ${looked} read`}${hasMore ? ', there are more' : ''}.`}
          {ends.since && ` Nothing is missing since ${dayAndTime(ends.since)}.`}
          {ends.asOf && ` Read at the broker until ${dayAndTime(ends.asOf)}.`}
        </p>
        <div className="actions">
          <button type="button" aria-disabled={busy} onClick={() => busy || again()}>
            Read again
          </button>
          <CsvButton {...{ account, filter, query }} />
        </div>
      </div>
      {rows.length > 0 && (
        <table role="table" aria-label={what} className="deals">
          <DealHead />
          <tbody role="rowgroup">
            {rows.map((row) =>
              row.of === 'deals' ? (
                <DealRow
                  key={row.id}
                  api={api}
                  deal={row.deal}
                  name={row.name}
                  isOpened={opened === row.id}
                  onOpen={(on) => setOpened(on ? row.id : undefined)}
                />
              ) : row.of === 'activity' ? (
                <ActivityRow key={row.id} entry={row.entry} />
              ) : (
                <TransactionRow key={row.id} transaction={row.transaction} />
              ),
            )}
          </tbody>
        </table>
      )}
      {problem && <Problem problem={problem} onRetry={looked === 0 ? again : more} />}
      {rows.length === 0 && !busy && !problem && (
        <p className="none">{hasMore ? 'Nothing of that so far.' : 'Nothing of that.'}</p>
      )}
      {hasMore && !problem && looked > 0 && (
        <button type="button" className="more" aria-disabled={busy} onClick={() => busy || more()}>
          {busy ? 'Reading…' : 'Older ones'}
        </button>
      )}
    </main>
  );
}
