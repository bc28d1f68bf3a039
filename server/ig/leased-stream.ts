// A stream to IG that is open while this process holds its lease, of a feed or of an account. What is streamed on it is in prices/ and accounts/.
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { createLeaseRows } from './lease-rows.ts';
import { createLease } from './lease.ts';
import type { GatewayLimits } from './limits.ts';
import type { StreamTokens } from './rest/stream-tokens.ts';
import type { LoadSdk } from './stream/sdk.ts';
import { createStreamSession, type StreamConnection } from './stream/session.ts';

export interface LeasedStream {
  /** Competes for the lease, and connects once it is held. */
  start(): void;
  /** The epoch while the lease is surely ours, also right after this process was frozen; else undefined. */
  epoch(): number | undefined;
  /** Drops the connection and makes a new one at once, as after a loss; with `fresh` tokens also the next time it is opened. */
  restart(reason: string, options?: { fresh: boolean }): void;
  /** Closes the stream and keeps the lease: what is still to be said under it can be. */
  close(): void;
  /** Gives the lease back. After `close`. */
  release(): Promise<void>;
}

interface LeasedStreamUse {
  /** What is held: a feed, or an account. */
  name: string;
  logger: Logger;
  fetchTokens: () => Promise<StreamTokens>;
  /** Before the stream is opened. */
  onHeld: (epoch: number) => void;
  /** The stream is closed already. */
  onLost: (reason: string) => void;
  onUp: (connection: StreamConnection) => void;
  /** Once for each `onUp` that the stream lost by itself, and once for each attempt that failed. */
  onDown: (reason: string) => void;
}

/** `holder` is unique to a process, `n` within it. */
export interface Occurrence {
  holder: string;
  n: number;
}
export interface LeasedStreams {
  /** Names something that happens on a stream of this process: never the same twice, also for an account that comes back. */
  occurrence(): Occurrence;
  create(use: LeasedStreamUse): LeasedStream;
}

export function createLeasedStreams({
  holder,
  database,
  loadSdk,
  clock,
  logger: parent,
  limits,
}: {
  holder: string;
  database: Database;
  loadSdk: LoadSdk;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
}): LeasedStreams {
  const rows = createLeaseRows({ database, holder, clock, logger: parent, limits });
  let n = 0;
  return {
    occurrence: () => ({ holder, n: ++n }),
    create({ name, logger, fetchTokens, onHeld, onLost, onUp, onDown }) {
      const stream = createStreamSession({ fetchTokens, loadSdk, clock, logger, onUp, onDown });
      const lease = createLease({
        rows,
        name,
        clock,
        limits,
        onHeld(epoch) {
          onHeld(epoch);
          stream.start();
        },
        onLost(why) {
          stream.close();
          onLost(why);
        },
      });
      return {
        start: () => lease.start(),
        epoch: () => lease.epoch(),
        restart: (reason, options) => stream.restart(reason, options),
        close: () => stream.close(),
        release: () => lease.stop(),
      };
    },
  };
}
