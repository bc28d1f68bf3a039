// The whole page: who is signed in, what the server says of itself, and the frame around it.
import { useCallback, useContext, useEffect, useRef, useState } from 'react';
import type { FTraderClient, SystemStatus, User } from '../../../client/index.ts';
import { ConnectionState, useConnection } from './connection.tsx';
import { Floor } from './floor.tsx';
import { duration } from './format.ts';
import { Notifications } from './notifications.tsx';
import { ClockContext, useNow } from './now.ts';
import { isSignedOut, Problem, problemOf, type ProblemText } from './problem.tsx';
import { SignIn } from './sign-in.tsx';

/** How often the server is asked for its state, and whether the session still stands while the socket is lost. */
const statusEveryMs = 10_000;

export function App({ ftrader }: { ftrader: FTraderClient }) {
  const { api } = ftrader;
  const clock = useContext(ClockContext);
  const connection = useConnection(ftrader);
  const [status, setStatus] = useState<SystemStatus>();
  const [problem, setProblem] = useState<ProblemText>();
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
      if (!next) void ftrader.close(); // the next user must not inherit this one's socket
    },
    [ftrader],
  );
  const endSession = useCallback(() => enter(null, 'Your session has ended. Sign in again.'), [enter]);
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
      if (before !== changes.current) return;
      if (!me && signedIn.current) endSession();
      else setUser(me);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [api, endSession]);
  const signOut = () =>
    api.auth.logout.mutate().then(
      () => enter(null),
      (error: unknown) => {
        const failed = problemOf(error);
        if (isSignedOut(failed)) enter(null);
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
    clock.synchronise(api).catch(() => {}); // without it ages follow this device's clock
  }, [api, ask, clock, connection.state]);

  const feed = status?.feeds.find((one) => one.feed === status.defaultFeed);
  return (
    <>
      <header>
        <strong className="brand">
          <img src="/icon.svg" alt="" width="20" height="20" />
          FTrader
        </strong>
        {status?.defaultFeed && (
          <span className={`badge feed ${status.defaultFeed}`} title="Whose prices these are">
            {status.defaultFeed.replace('_', ' ')}
          </span>
        )}
        {user && <ConnectionState connection={connection} />}
        {user && (
          <span className="who">
            <Notifications key={user.id} api={api} />
            <span title={user.name}>{user.email}</span>
            <button type="button" onClick={() => void signOut()}>
              Sign out
            </button>
          </span>
        )}
      </header>
      {user && problem && <Problem problem={problem} />}
      {user && feed?.state === 'down' && (
        <FeedDown since={feed.since} feed={feed.feed} reason={feed.reason} />
      )}
      {user ? (
        <Floor key={user.id} api={api} connection={connection} onSignedOut={endSession} />
      ) : status && user === null ? (
        <SignIn
          api={api}
          demoLogin={status.demoLogin}
          signUp={status.signUp}
          notice={notice}
          onSignedIn={enter}
        />
      ) : (
        <main className="centre">
          {problem ? (
            <Problem problem={problem} onRetry={() => void ask()} />
          ) : (
            <p className="quiet" role="status">
              Asking FTrader…
            </p>
          )}
        </main>
      )}
      <footer>
        <nav aria-label="More">
          <a href="/api/docs/">API documents</a>
          <a href="/status">Server status</a>
          {status && <span className="quiet">FTrader {status.version}</span>}
        </nav>
        <p className="quiet">
          Not affiliated with IG; no advice.{' '}
          {status?.defaultFeed === 'simulated' && 'Prices and money here are simulated.'}
        </p>
      </footer>
    </>
  );
}

function FeedDown({ feed, since, reason }: { feed: string; since: Date | null; reason: string | null }) {
  const now = useNow();
  return (
    <div className="banner" role="alert">
      The {feed.replace('_', ' ')} feed is down
      {since && <span aria-hidden="true">, for {duration(now - since.getTime())} now</span>}
      {reason && ` (${reason})`}. The prices below are not live.
    </div>
  );
}
