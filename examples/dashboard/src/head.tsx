// The page's head: whose page it is, whether it is connected, what has just happened or gone wrong, the bell, and who is signed in.
import type { FeedHealth, FTraderClient, User } from '../../../client/index.ts';
import { AccountMenu } from './account-menu.tsx';
import { go } from './address.ts';
import { ConnectionState, type Connection } from './connection.tsx';
import { Notifications } from './notifications.tsx';
import { Problem, type ProblemText } from './problem.tsx';
import type { Saying } from './ticket.tsx';
import { Toast } from './toast.tsx';
import { useNotifications } from './use-notifications.ts';

interface HeadProps {
  api: FTraderClient['api'];
  user: User | undefined;
  connection: Connection;
  feed: FeedHealth | undefined;
  saying: Saying | undefined;
  problem: ProblemText | undefined;
  onSignOut(): void;
}

export function Head({ user, problem, ...rest }: HeadProps) {
  return (
    <header>
      <a
        className="brand"
        href="/"
        onClick={(event) => {
          if (location.pathname !== '/' || event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault(); // it is there already: nothing needs to be loaded
          go({ at: 'floor' });
        }}
      >
        <img src="/icon.svg" alt="" width="20" height="20" />
        FTrader
      </a>
      {user && <SignedIn user={user} problem={problem} {...rest} />}
    </header>
  );
}

function SignedIn({ api, user, connection, feed, saying, problem, onSignOut }: HeadProps & { user: User }) {
  const { list, unread, toasts, dismiss } = useNotifications(api, saying);
  return (
    <>
      <ConnectionState connection={connection} feed={feed} />
      {problem ? (
        <div className="toasts">
          <Problem problem={problem} />
        </div>
      ) : (
        <Toast toasts={toasts} onDismiss={dismiss} />
      )}
      <span className="who">
        <Notifications {...{ api, list, unread }} />
        <AccountMenu user={user} onSignOut={onSignOut} />
      </span>
    </>
  );
}
