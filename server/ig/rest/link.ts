// All that stands between a login and its calls: the session that all processes share, the allowance, and reads over both.
import type { Environment } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import { countLogins, createAllowance, type Allowance } from './allowance.ts';
import { createAllowanceStore } from './allowance-store.ts';
import { createIgHttp, type IgHttp } from './http.ts';
import type { BrokerLogin } from './login.ts';
import { createReader, type Reader } from './reader.ts';
import { createSessionStore } from './session-store.ts';
import { createIgSession, type IgSession } from './session.ts';

export interface Link {
  login: BrokerLogin;
  session: IgSession;
  allowance: Allowance;
  reader: Reader;
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
  http = createIgHttp({ baseUrl: login.baseUrl, apiKey: login.apiKey, clock }),
  allowance = createAllowance({
    environment: login.environment,
    apiKey: login.apiKey,
    store: createAllowanceStore(database),
    clock,
    logger,
    onSpent,
  }),
  around = (session) => session,
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
}): Link {
  const store = createSessionStore({ database, sealer, login });
  const session = around(
    createIgSession({ login, http: countLogins(http, allowance), store, clock, logger }),
  );
  return {
    login,
    session,
    allowance,
    logger,
    reader: createReader({ http, session, allowance, clock, logger }),
  };
}
