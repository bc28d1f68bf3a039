// Whether prices can arrive: the socket's state in a trader's words, and for how long it has been so.
import { useContext, useEffect, useState } from 'react';
import type { FTraderClient, SocketState } from '../../../client/index.ts';
import { duration } from './format.ts';
import { ClockContext, useNow } from './now.ts';

export interface Connection {
  state: 'idle' | 'connecting' | 'live' | 'reconnecting' | 'offline';
  /** Since when, by the page's clock; a connection that is lost counts from the loss. */
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
  const [connection, setConnection] = useState<Connection>(() => ({ state: 'idle', since: clock.now() }));
  useEffect(() => {
    let socket: SocketState = 'idle';
    const update = () => setConnection((before) => advance(before, socket, navigator.onLine, clock.now()));
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

/** The pill of the header. The state is announced to screen readers; the running time is not. */
export function ConnectionState({ connection }: { connection: Connection }) {
  const elapsed = useNow() - connection.since;
  const state =
    connection.state === 'reconnecting' && elapsed > offlineAfterMs ? 'offline' : connection.state;
  return (
    <span className={`connection ${state}`} data-testid="connection" data-state={state}>
      <i aria-hidden="true" />
      <span role="status">{state}</span>
      {state !== 'idle' && (
        <span className="quiet" aria-hidden="true">
          {duration(elapsed)}
        </span>
      )}
    </span>
  );
}
