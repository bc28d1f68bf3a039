// The whole page: who is signed in, what the server says of itself, and the frame around it.
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import type { FTraderClient, SystemStatus, User } from '../../../client/index.ts';
import { useAccounts } from './accounts.ts';
import { forgetPlace, leave, replaceWith, useAccountInAddress, useAddress } from './go.ts';
import { useConnection } from './connection.tsx';
import { Floor } from './floor.tsx';
import { Head } from './head.tsx';
import { lazyPart } from './lazy-part.tsx';
import { createNotificationNews } from './notification-news.ts';
import { Nowhere } from './nowhere.tsx';
import { ClockContext } from './now.ts';
import { isSignedOut, Problem, problemOf, type ProblemText } from './problem.tsx';
import { SignIn } from './sign-in.tsx';
import type { Saying } from './ticket.tsx';
import { MoneyContext } from './view-title.tsx';

const AccountsView = lazyPart('Your accounts', () => import('./accounts-view.tsx'));
const HistoryView = lazyPart('The history', () => import('./history-view.tsx'));
const DealView = lazyPart('The deal', () => import('./deal-view.tsx'));
const ForgottenPassword = lazyPart('This part', () => import('./forgotten-password.tsx'));
const PortfolioView = lazyPart('The portfolio', () => import('./portfolio-view.tsx'));
const AdminView = lazyPart('This part', () => import('./admin-view.tsx'));
const InboxView = lazyPart('The inbox', () => import('./inbox-view.tsx'));
const YouView = lazyPart('This part', () => import('./you-view.tsx'));

/** How often the server is asked for its state, and whether the session still stands while the socket is lost. */
const statusEveryMs = 10_000;

/** Parts of the page that say what is wrong with them. */
type Part = 'accounts' | 'book' | 'prices';

export function App({ ftrader }: { ftrader: FTraderClient }) {
  const { api } = ftrader;
  const clock = useContext(ClockContext);
  const connection = useConnection(ftrader);
  const readings = useQueryClient();
  const [status, setStatus] = useState<SystemStatus>();
  const address = useAddress();
  const [problem, setProblem] = useState<ProblemText>();
  const [ofParts, setOfParts] = useState<Partial<Record<Part, ProblemText | undefined>>>({});
  const [news] = useState(createNotificationNews);
  const [saying, setSaying] = useState<Saying>();
  const [user, setUser] = useState<User | null>(); // undefined: not known yet
  const [notice, setNotice] = useState<string>();
  const changes = useRef(0); // of who is signed in: an answer asked for before the last one says nothing about now

  const signedIn = useRef(false);
  signedIn.current = Boolean(user);
  const enter = useCallback(
    (next: User | null, why?: string) => {
      changes.current++;
      setUser(next);
      setNotice(why);
      setProblem(undefined);
      setOfParts({});
      readings.clear();
      if (!next) void ftrader.close(); // the next user must not inherit this one's socket
    },
    [ftrader, readings],
  );
  const endSession = useCallback(() => enter(null, 'Your session has ended. Sign in again.'), [enter]);
  const onProblem = useCallback(
    (of: Part, next: ProblemText | undefined) =>
      next && isSignedOut(next) ? endSession() : setOfParts((before) => ({ ...before, [of]: next })),
    [endSession],
  );
  const ofAccounts = useCallback((next: ProblemText | undefined) => onProblem('accounts', next), [onProblem]);
  const accounts = useAccounts(api, user?.id, ofAccounts);
  const { list, account } = accounts;
  const ask = useCallback(async () => {
    const before = changes.current;
    try {
      const [state, me] = await Promise.all([
        api.system.status.query(),
        api.users.me.query().catch((error: unknown) => {
          if (isSignedOut(problemOf(error))) return null;
          throw error;
        }),
      ]);
      setStatus(state);
      setProblem(undefined);
      clock.synchronise(api).catch(() => {}); // asked again in a while; until then ages are not known or go on
      if (before !== changes.current) return;
      if (!me && signedIn.current) endSession();
      else setUser(me);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [api, clock, endSession]);
  const signedOut = (why?: string) => {
    forgetPlace();
    enter(null, why);
  };
  const signOut = () =>
    api.auth.logout.mutate().then(
      () => signedOut(),
      (error: unknown) => {
        const failed = problemOf(error);
        if (isSignedOut(failed)) signedOut();
        else setProblem(failed); // still signed in, and the page says so
      },
    );

  useEffect(() => {
    void ask();
    const timer = setInterval(() => void ask(), statusEveryMs);
    return () => clearInterval(timer);
  }, [ask]);
  useEffect(() => {
    if (connection.state !== 'live') return;
    void ask(); // what was said while the server was away is out of date
  }, [ask, connection.state]);

  const feed = status?.feeds.find((one) => one.feed === (account?.feed ?? status.defaultFeed));
  const current = problem ?? ofParts.accounts ?? ofParts.book ?? ofParts.prices;
  const mailbox = status?.signUp.mailbox === true;
  useAccountInAddress(list && list.length > 1 ? account?.id : undefined);

  function view() {
    if (address.at === 'nowhere' || (address.at === 'admin' && user && !user.isAdmin)) return <Nowhere />;
    if (user) return ofUser(user);
    if (user === null && address.at === 'forgotten')
      return (
        <ForgottenPassword
          {...{ api, mailbox }}
          onDone={() => {
            leave();
            setNotice('Your password is changed: sign in with it.');
          }}
        />
      );
    if (user === null && status)
      return (
        <SignIn
          api={api}
          demoLogin={status.demoLogin}
          signUp={status.signUp}
          notice={notice}
          creating={address.at === 'sign-up' && status.signUp.open}
          onSignedIn={(next) => {
            if (address.at === 'sign-up') leave();
            enter(next);
          }}
        />
      );
    return (
      <Waiting what="Asking FTrader…">
        {problem && <Problem problem={problem} onRetry={() => void ask()} />}
      </Waiting>
    );
  }

  function ofUser(self: User) {
    switch (address.at) {
      case 'accounts':
      case 'connect':
        return (
          <AccountsView
            {...{ api, accounts, news }}
            connecting={address.at === 'connect'}
            simulator={status?.signUp.simulatedAccount === true}
          />
        );
      case 'portfolio':
        return <PortfolioView api={api} chosen={address.id} currency={account?.currency ?? 'GBP'} />;
      case 'inbox':
        return <InboxView api={api} news={news} />;
      case 'deal':
        return <DealView key={address.id} api={api} id={address.id} accounts={list ?? []} />;
      case 'you':
        return (
          <YouView
            {...{ api, mailbox }}
            part={address.part}
            accounts={list ?? []}
            onChanged={() => void ask()}
            onSignedOut={signedOut}
          />
        );
      case 'admin':
        return <AdminView api={api} self={self.id} account={account} part={address.part} />;
      case 'history':
        if (account) return <HistoryView key={account.id} api={api} account={account} />;
    }
    if (!list && !accounts.failed) return <Waiting what="Reading your accounts…" />;
    return (
      <Floor
        key={account?.id}
        {...{ api, address, connection, account, news, onProblem }}
        several={(list?.length ?? 0) > 1}
        none={list?.length === 0}
        isStrange={accounts.isStrange}
        onSay={setSaying}
        onRisk={accounts.noteRisk}
      />
    );
  }
  return (
    <>
      <Head
        key={user?.id}
        {...{ api, user: user ?? undefined, connection, feed, saying, news }}
        accounts={{
          ...accounts,
          choose(id) {
            const next = list?.find((each) => each.id === id);
            // A market is of one kind of account, and so are the markets of a list: the other kind cannot watch them.
            const isOfKind = address.at === 'market' || address.at === 'watchlist';
            if (address.at === 'ticket' || (isOfKind && next?.type !== account?.type))
              replaceWith({ at: 'floor' });
            accounts.choose(id);
          },
        }}
        problem={user ? current : undefined}
        onSignOut={() => void signOut()}
      />
      <MoneyContext value={account?.environment}>
        <Suspense fallback={<main className="centre" />}>{view()}</Suspense>
      </MoneyContext>
      <footer>
        <nav aria-label="More">
          <a href="/api/docs/">API documents</a>
          <a href="/status">Server status</a>
          {status && <span className="quiet">FTrader {status.version}</span>}
        </nav>
        <p className="quiet">Not affiliated with IG; no advice.</p>
      </footer>
    </>
  );
}

const Waiting = ({ what, children }: { what: string; children?: ReactNode }) => (
  <main className="centre">
    {children || (
      <p key={what} className="quiet" role="status">
        {what}
      </p>
    )}
  </main>
);
