// All accounts of whoever is signed in, and the form that connects more.
import { useRef, useState } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { AccountCard } from './account-card.tsx';
import { accountLabel } from './account-words.ts';
import type { Accounts } from './accounts.ts';
import { go, leave } from './go.ts';
import { ConnectForm } from './connect-form.tsx';
import type { NotificationNews } from './notification-news.ts';
import { PageLink } from './page-link.tsx';
import { ViewTitle } from './view-title.tsx';

interface AccountsViewProps {
  api: FTraderClient['api'];
  accounts: Accounts;
  news: NotificationNews;
  /** The form is open. */
  connecting: boolean;
  /** Whether this server gives everybody a simulated account. */
  simulator: boolean;
}

export default function AccountsView({
  api,
  accounts: { list, riskNews, account, choose, refresh },
  news,
  connecting,
  simulator,
}: AccountsViewProps) {
  const [said, setSaid] = useState('');
  const title = useRef<HTMLHeadingElement>(null);
  const changed = async (what: string) => {
    await refresh();
    setSaid(what);
  };
  return (
    <main className="accounts" aria-labelledby="accounts-title">
      <div className="card-head">
        <ViewTitle id="accounts-title" view={connecting ? 'connect' : 'accounts'} heading={title}>
          {connecting ? 'Connect an account' : 'Accounts'}
        </ViewTitle>
        {!connecting && (
          <button type="button" className="primary" onClick={() => go({ at: 'connect' })}>
            Connect an account
          </button>
        )}
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <p className={said && !connecting ? 'said' : 'hidden'} role="status">
        {connecting ? '' : said}
      </p>
      {connecting ? (
        <ConnectForm
          api={api}
          simulated={simulator && list?.every(({ environment }) => environment !== 'simulated') === true}
          onConnected={async (connected) => {
            await changed(`Connected: ${connected.map(accountLabel).join(', ')}.`);
            leave({ at: 'accounts' });
          }}
          onCancel={() => leave({ at: 'accounts' })}
        />
      ) : !list ? (
        <p className="none" role="status">
          Reading your accounts…
        </p>
      ) : list.length === 0 ? (
        <p className="none">No account is connected: prices can be watched, and nothing can be dealt.</p>
      ) : (
        <ul role="list" aria-label="Your accounts">
          {list.map((each) => (
            <AccountCard
              key={each.id}
              api={api}
              account={each}
              riskNews={riskNews}
              news={news}
              inUse={each.id === account?.id}
              several={list.length > 1}
              onUse={() => {
                choose(each.id);
                setSaid(`The page is about ${accountLabel(each)} now.`);
              }}
              onChanged={async (what) => {
                await changed(what);
                if (document.activeElement === document.body) title.current?.focus({ preventScroll: true });
              }}
            />
          ))}
        </ul>
      )}
    </main>
  );
}
