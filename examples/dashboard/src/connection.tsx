// Whether prices can arrive: the socket's state in a trader's words, and for how long it has been so.
import { useContext, useEffect, useState } from 'react';
import type { FeedHealth, FTraderClient, SocketState } from '../../../client/index.ts';
import { isLoginFeed } from '../../../shared/feeds.ts';
import { duration } from './format.ts';
import { ClockContext, useNow } from './now.ts';
import { Popup } from './popup.tsx';

export interface Connection {
  state: 'idle' | 'connecting' | 'live' | 'reconnecting' | 'offline';
  /** Since when, in the page clock's steady time; a connection that is lost counts from the loss. */
  since: number;
}

/** A reconnect that takes longer is called offline; the attempts go on. */
const offlineAfterMs = 15_000;

/** The connection after the socket or the browser's network changed. */
export function advance(before: Connection, socket: SocketState, online: boolean, at: number): Connection {
  const wasLost = before.state === 'reconnecting' || before.state === 'offline';
  const trying = before.state === 'live' || wasLost ? 'reconnecting' : 'connecting';
  const state = socket === 'open' ? 'live' : socket === 'idle' ? 'idle' : online ? trying : 'offline';
  if (state === before.state) return before;
  return { state, since: wasLost && (state === 'reconnecting' || state === 'offline') ? before.since : at };
}

export function useConnection(ftrader: FTraderClient): Connection {
  const clock = useContext(ClockContext);
  const [connection, setConnection] = useState<Connection>(() => ({ state: 'idle', since: clock.steady() }));
  useEffect(() => {
    let socket: SocketState = 'idle';
    const update = () => setConnection((before) => advance(before, socket, navigator.onLine, clock.steady()));
    const stop = ftrader.onSocketState((state) => {
      socket = state;
      update();
    });
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      stop();
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, [ftrader, clock]);
  return connection;
}

const explanations: Record<Connection['state'] | 'feed down', string> = {
  idle: 'Nothing is watched, so no connection is needed.',
  connecting: 'The page is connecting to FTrader. Prices come as soon as it is.',
  live: 'Prices come as they happen, and so does all news of your account. It says nothing about whose money it is: that stands beside your account.',
  reconnecting:
    'The connection to FTrader is lost, and the page is trying again by itself. Prices in grey are the last ones known.',
  offline:
    'FTrader cannot be reached. The page goes on trying by itself. Prices in grey are the last ones known.',
  'feed down':
    'The page is connected to FTrader, but FTrader gets no prices from the broker. Prices in grey are the last ones known.',
};

/** The pill of the header. The state is announced to screen readers; the running time is not. A press explains it. */
export function ConnectionState({
  connection,
  feed,
}: {
  connection: Connection;
  feed: FeedHealth | undefined;
}) {
  const clock = useContext(ClockContext);
  const now = useNow();
  const down = connection.state === 'live' && feed?.state === 'down' ? feed : undefined;
  const elapsed = down?.since ? now - down.since.getTime() : clock.steady() - connection.since;
  const state = down
    ? 'feed down'
    : connection.state === 'reconnecting' && elapsed > offlineAfterMs
      ? 'offline'
      : connection.state;
  return (
    <Popup
      className={`connection ${state.replace(' ', '-')}`}
      panelLabel="Connection"
      title="What this means"
      button={
        <>
          <i aria-hidden="true" />
          <span role="status" data-testid="connection" data-state={state}>
            {state}
          </span>
          {state !== 'idle' && (
            <span className="quiet" aria-hidden="true">
              {duration(elapsed)}
            </span>
          )}
        </>
      }
    >
      <p>
        <strong>{state.charAt(0).toUpperCase() + state.slice(1)}</strong>
      </p>
      <p>{explanations[state]}</p>
      {down && (
        <p className="quiet">
          {isLoginFeed(down.feed) ? 'This account’s own' : `The ${down.feed}`} feed
          {down.reason ? `: ${down.reason}` : ' gives no reason'}.
        </p>
      )}
    </Popup>
  );
}
