// What FTrader stands on: the database, the bus, feeds, accounts, and who streams them.
import type { ReactNode } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { AdminTable } from './admin-table.tsx';
import { dayAndTime, missing } from './format.ts';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';

const state = (ok: boolean, text: ReactNode) => <span className={ok ? 'badge' : 'badge warn'}>{text}</span>;

export function AdminFeeds({ api }: { api: FTraderClient['api'] }) {
  const { data, problem, again } = useReading(['admin.feeds'], () => api.admin.feeds.query());
  return (
    <>
      {problem && <Problem problem={problem} />}
      {data && (
        <>
          <div className="book-head">
            <p>
              Database {state(data.database.ok, data.database.detail)} Bus{' '}
              {state(data.bus.ok, data.bus.detail)} Accounts{' '}
              {Object.entries(data.accountCounts)
                .filter(([, count]) => count > 0)
                .map(([name, count]) => `${count} ${name}`)
                .join(', ') || missing}
            </p>
            <button type="button" onClick={() => void again()}>
              Read again
            </button>
          </div>
          <AdminTable
            label="Feeds"
            rows={data.feeds}
            keyOf={({ feed }) => feed}
            columns={{
              Feed: ({ feed, reason }) => (
                <>
                  {feed} <small>{reason}</small>
                </>
              ),
              State: (feed) => state(feed.state === 'up', feed.state),
              Since: ({ since }) => (since ? dayAndTime(since) : missing),
              Markets: ({ items }) => items ?? missing,
            }}
          />
          <AdminTable
            label="Connected accounts"
            rows={data.accounts}
            keyOf={({ accountId }) => accountId}
            columns={{
              Account: ({ accountId, userId }) => (
                <>
                  {accountId} <small>of {userId}</small>
                </>
              ),
              Environment: ({ environment }) => environment,
              State: (account) => state(account.state === 'up', account.state),
              Since: ({ since }) => dayAndTime(since),
            }}
          />
          <AdminTable
            label="Streams"
            rows={data.leases}
            keyOf={({ name }) => name}
            columns={{
              Stream: ({ name }) => name,
              Holder: ({ holder }) => holder,
              State: ({ held }) => state(held, held ? 'held' : 'held by nobody'),
              Until: ({ expiresAt }) => dayAndTime(expiresAt),
            }}
          />
        </>
      )}
    </>
  );
}
