// The page's head: whose page it is, whether it is connected, what has just happened or gone wrong, the kill switch and what it has set, the
// bell, and who is signed in.
import type { ReactNode } from 'react';
import type { FeedHealth, FTraderClient, User } from '../../../client/index.ts';
import { AccountChoice } from './account-choice.tsx';
import { AccountMenu } from './account-menu.tsx';
import type { Accounts } from './accounts.ts';
import { CommandsButton } from './commands-button.tsx';
import { ConnectionState, type Connection } from './connection.tsx';
import { DealingStrip } from './dealing-strip.tsx';
import { KillSwitch } from './kill-switch.tsx';
import type { NotificationNews } from './notification-news.ts';
import { Notifications } from './notifications.tsx';
import { PageLink } from './page-link.tsx';
import { Problem, type ProblemText } from './problem.tsx';
import type { Saying } from './ticket.tsx';
import { Toast } from './toast.tsx';
import { useNotifications } from './use-notifications.ts';
import { useRisk } from './use-risk.ts';

interface HeadProps {
  api: FTraderClient['api'];
  user: User | undefined;
  connection: Connection;
  feed: FeedHealth | undefined;
  accounts: Accounts;
  saying: Saying | undefined;
  /** Is told what the stream of notifications tells. */
  news: NotificationNews;
  problem: ProblemText | undefined;
  onSignOut(): void;
}

export function Head({ user, ...rest }: HeadProps) {
  const { api, accounts } = rest;
  const account = user && accounts.account;
  const { risk, take } = useRisk(api, account?.id, accounts.riskNews);
  return (
    <>
      <header>
        <PageLink className="brand" to={{ at: 'floor' }}>
          <img src="/icon.svg" alt="" width="20" height="20" />
          <span>FTrader</span>
        </PageLink>
        {user && (
          <SignedIn
            {...rest}
            user={user}
            kill={account && <KillSwitch key={account.id} {...{ api, account, risk, take }} />}
          />
        )}
      </header>
      {account && <DealingStrip key={account.id} {...{ api, account, risk, take }} />}
    </>
  );
}

function SignedIn({
  api,
  user,
  connection,
  feed,
  accounts,
  saying,
  news,
  problem,
  kill,
  onSignOut,
}: HeadProps & { user: User; kill: ReactNode }) {
  const { list, account, choose } = accounts;
  const { list: notes, unread, toasts, dismiss } = useNotifications(api, saying, news);
  return (
    <>
      <ConnectionState connection={connection} feed={feed} />
      {list && account && list.length > 1 && (
        <AccountChoice accounts={list} account={account} onChoose={choose} />
      )}
      {account && list?.length === 1 && (
        <span className={`badge env ${account.environment}`} title="Whose money the page is about">
          {account.environment}
        </span>
      )}
      {problem ? (
        <div className="toasts">
          <Problem problem={problem} />
        </div>
      ) : (
        <Toast toasts={toasts} onDismiss={dismiss} />
      )}
      <span className="who">
        {kill}
        <Notifications {...{ api, unread }} list={notes} />
        <CommandsButton {...{ api, accounts, onSignOut }} isAdmin={user.isAdmin} />
        <AccountMenu user={user} onSignOut={onSignOut} />
      </span>
    </>
  );
}
