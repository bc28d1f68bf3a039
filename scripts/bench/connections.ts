// What the servers of the benchmarks let their callers hold open: as many connections as are measured, of logins that never end.
import { createEventStreams } from '../../server/api/event-streams.ts';
import { createHoldings } from '../../server/api/holdings.ts';
import { systemClock as clock } from '../../server/lib/clock.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';

/** One user stands for all of a benchmark's clients. */
const limits = {
  maxConnectionsPerUser: 100_000,
  maxSubscriptionsPerUser: 1_000_000,
};

export function benchConnections() {
  const sessions = {
    onSessionEnded: () => () => {},
    liveSessions: async (ids: readonly string[]) => new Set(ids),
  };
  const holdings = createHoldings({ sessions, clock, logger, limits });
  return { holdings, streams: createEventStreams({ holdings, clock }) };
}
