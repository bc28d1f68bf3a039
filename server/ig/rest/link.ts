// All that stands between a login and its calls: the session that all processes share, the allowance, and reads over both.
import type { Environment } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import { countLogins, createAllowance, type Allowance } from './allowance.ts';
import { createAllowanceStore } from './allowance-store.ts';
import { createPointsBudget, type PointsBudget } from './history-points.ts';
import { createIgHttp, type IgHttp } from './http.ts';
import type { BrokerLogin } from './login.ts';
import { createPublishedLimits, type PublishedLimits } from './published-limits.ts';
import { createReader, type Reader } from './reader.ts';
import { createSessionStore } from './session-store.ts';
import { createIgSession, type IgSession } from './session.ts';

export interface Link {
  login: BrokerLogin;
  session: IgSession;
  allowance: Allowance;
  /** Of price history. */
  points: PointsBudget;
  /** What the broker publishes of the limits of the key. */
  limits: PublishedLimits;
  reader: Reader;
  clock: Clock;
  logger: Logger;
}

/** Nothing is sent before it is used. */
export function createLink({
  login,
  database,
  sealer,
  clock,
  logger,
  onSpent,
  http = createIgHttp({ ...login, clock }),
  allowance = createAllowance({
    environment: login.environment,
    apiKey: login.apiKey,
    store: createAllowanceStore(database),
    clock,
    logger,
    onSpent,
  }),
  around = (session) => session,
  looksAtLimits = true,
}: {
  login: BrokerLogin;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  /** Called for each read and login that counts against an allowance. */
  onSpent?: ((environment: Environment) => void) | undefined;
  http?: IgHttp;
  /** That of an earlier link with the same API key. */
  allowance?: Allowance | undefined;
  /** What stands around the session, for whoever wants to know of it. */
  around?: (session: IgSession) => IgSession;
  /** Whether reads make it look at what the broker publishes of the key's limits. */
  looksAtLimits?: boolean;
}): Link {
  const sessions = createSessionStore({ database, sealer, login });
  const session = around(
    createIgSession({ login, http: countLogins(http, allowance), store: sessions, clock, logger }),
  );
  const { environment, apiKey } = login;
  const store = createAllowanceStore(database);
  const points = createPointsBudget({ environment, apiKey, store, clock, logger });
  const reader = createReader({ http, session, allowance, clock, logger });
  const limits = createPublishedLimits({
    environment,
    apiKey,
    reader,
    session,
    allowance,
    points,
    store,
    clock,
    logger,
  });
  allowance.onRefused(limits.refused);
  return {
    login,
    session,
    allowance,
    points,
    limits,
    clock,
    logger,
    reader: {
      get(...asked) {
        if (looksAtLimits) void limits.look();
        return reader.get(...asked);
      },
    },
  };
}
