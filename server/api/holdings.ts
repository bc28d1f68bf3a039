// What callers hold open here: sockets, HTTP event streams, and the subscriptions on both. How many each may, how many there are, and the one place that ends them. What travels on them is not known here.
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { networkOf } from '../lib/network-of.ts';
import { once } from '../lib/once.ts';
import type { AuthModule } from '../modules/auth/index.ts';
import type { Context, Place, Places } from '../trpc/context.ts';

export const defaultHoldingLimits = {
  /** Sockets and event streams of one user in this process, subscribed or not: each costs some 30 KiB. */
  maxConnectionsPerUser: 200,
  maxSubscriptionsPerSocket: 100,
  /** Over all of a user's connections to this process. */
  maxSubscriptionsPerUser: 500,
  /** The end of a login is told at once; this finds one whose telling got lost, one that expired, and a user disabled by hand. */
  lookEveryMs: 500,
  /** Logins asked after in one query. */
  sessionsPerQuery: 2_000,
};
export type HoldingLimits = typeof defaultHoldingLimits;

/** Whose a connection is. Without a principal its network counts as a user. */
export type Holder = Pick<Context, 'principal' | 'ip'>;
type Kind = 'socket' | 'stream';

/** One connection, held from when its caller is known. */
export interface Held extends Places {
  /** For when it has closed. */
  release(): void;
}

export interface HoldingStats {
  /** WebSockets whose caller is known. */
  sockets: number;
  /** HTTP event streams. */
  eventStreams: number;
  /** Over both. */
  subscriptions: number;
}

export interface Holdings {
  /**
   * Holds a connection for its caller, until it is released or what it rests on ends: then its subscriptions fail, and `end` is called,
   * once. Throws request.too_many_subscriptions, server.unavailable.
   */
  hold(holder: Holder, kind: Kind, end: (error: AppError) => void): Held;
  stats(): HoldingStats;
  /** Asks now after every login that holds something: for when news of ends may have been missed. */
  look(): Promise<void>;
  /** Takes nothing new, and ends event streams with server.unavailable, so that their clients resume elsewhere. Sockets are closed by who has them. */
  shutdown(): Promise<void>;
}

interface Connection {
  kind: Kind;
  proof: string | undefined;
  places: Set<{ end(error?: AppError): void }>;
  end(error: AppError): void;
  release(): void;
}
interface Counts {
  connections: number;
  subscriptions: number;
}

/**
 * What a connection rests on, and ends with: the login of its caller. Where callers may prove themselves by something else too, this
 * names that, and `sessions` tells of its end as it does of a login's.
 */
const proofOf = ({ principal }: Holder): string | undefined => principal?.sessionId;
const userOf = ({ principal, ip }: Holder): string => principal?.user.id ?? `network ${networkOf(ip)}`;

export function createHoldings({
  sessions,
  clock,
  logger,
  limits: given,
}: {
  sessions: Pick<AuthModule, 'onSessionEnded' | 'liveSessions'>;
  clock: Clock;
  logger: Logger;
  limits?: Partial<HoldingLimits>;
}): Holdings {
  const limits = { ...defaultHoldingLimits, ...given };
  const connections = new Set<Connection>();
  const byProof = new Map<string, Set<Connection>>();
  const users = new Map<string, Counts>();
  let closing = false;

  function hold(holder: Holder, kind: Kind, end: (error: AppError) => void): Held {
    if (closing) throw new AppError('server.unavailable', { retryAfterMs: 1_000 });
    const [user, proof] = [userOf(holder), proofOf(holder)];
    const counts = users.get(user) ?? { connections: 0, subscriptions: 0 };
    if (counts.connections >= limits.maxConnectionsPerUser)
      throw tooMany(
        `A user has at most ${limits.maxConnectionsPerUser} sockets and event streams open at a time: close one first.`,
      );
    counts.connections++;
    users.set(user, counts);
    let released = false;
    const connection: Connection = {
      kind,
      proof,
      places: new Set(),
      end,
      release() {
        if (released) return;
        released = true;
        for (const place of connection.places) place.end();
        connections.delete(connection);
        const same = byProof.get(proof ?? '');
        same?.delete(connection);
        if (same?.size === 0) byProof.delete(proof!);
        if (--counts.connections === 0) users.delete(user);
      },
    };
    connections.add(connection);
    if (proof !== undefined) {
      const same = byProof.get(proof);
      if (same) same.add(connection);
      else byProof.set(proof, new Set([connection]));
    }
    return {
      take(left) {
        if (released) throw hasEnded();
        refuseBeyond(connection, counts);
        return takePlace(connection, counts, left);
      },
      release: connection.release,
    };
  }
  function refuseBeyond({ kind, places }: Connection, { subscriptions }: Counts) {
    if (kind === 'socket' && places.size >= limits.maxSubscriptionsPerSocket)
      throw tooMany(
        `A connection carries at most ${limits.maxSubscriptionsPerSocket} subscriptions at a time: end one first.`,
      );
    if (subscriptions >= limits.maxSubscriptionsPerUser)
      throw tooMany(
        `A user has at most ${limits.maxSubscriptionsPerUser} subscriptions open at a time, over all connections: end one first.`,
      );
  }
  function takePlace({ places }: Connection, counts: Counts, left: AbortSignal | undefined): Place {
    const over = new AbortController();
    let failure: AppError | undefined;
    const own = {
      end(error?: AppError) {
        failure = error;
        leave();
        over.abort();
      },
    };
    const onLeft = () => own.end();
    function leave() {
      if (!places.delete(own)) return;
      counts.subscriptions--;
      left?.removeEventListener('abort', onLeft);
    }
    places.add(own);
    counts.subscriptions++;
    if (left?.aborted) onLeft();
    else left?.addEventListener('abort', onLeft, { once: true });
    return {
      signal: over.signal,
      get failure() {
        return failure;
      },
      leave,
    };
  }

  function endConnection(connection: Connection, error: AppError) {
    for (const place of connection.places) place.end(error);
    connection.release();
    connection.end(error);
  }
  /** Whatever rests on this login ends here, on whichever transport. */
  function endProof(proof: string) {
    for (const connection of byProof.get(proof) ?? []) endConnection(connection, hasEnded());
  }

  let failing = false;
  const look = once(async () => {
    const proofs = [...byProof.keys()];
    try {
      for (let first = 0; first < proofs.length; first += limits.sessionsPerQuery) {
        const asked = proofs.slice(first, first + limits.sessionsPerQuery);
        const live = await sessions.liveSessions(asked);
        for (const proof of asked) if (!live.has(proof)) endProof(proof);
      }
      failing = false;
    } catch (err) {
      if (!failing) logger.warn({ err }, 'the logins of open connections cannot be checked'); // the next look does
      failing = true;
    }
  });
  const stops = [sessions.onSessionEnded(endProof), clock.every(limits.lookEveryMs, () => void look())];

  return {
    hold,
    look,
    stats() {
      const stats = { sockets: 0, eventStreams: 0, subscriptions: 0 };
      for (const { kind, places } of connections) {
        stats[kind === 'socket' ? 'sockets' : 'eventStreams']++;
        stats.subscriptions += places.size;
      }
      return stats;
    },
    async shutdown() {
      closing = true;
      for (const stop of stops) stop();
      for (const connection of connections)
        if (connection.kind === 'stream') endConnection(connection, new AppError('server.unavailable'));
      await look.idle();
    },
  };
}

const tooMany = (message: string) => new AppError('request.too_many_subscriptions', { message });
const hasEnded = () => new AppError('auth.required', { message: 'This login has ended: sign in again.' });
