// One process of ours at a broker, as far as logins, allowances and reads go, for tests that need several of them.
import type { Database } from '../db/client.ts';
import { createAllowance, countLogins } from '../ig/rest/allowance.ts';
import { createAllowanceStore } from '../ig/rest/allowance-store.ts';
import { createIgHttp, type IgHttp } from '../ig/rest/http.ts';
import type { BrokerLogin } from '../ig/rest/login.ts';
import { createReader } from '../ig/rest/reader.ts';
import { createSessionStore } from '../ig/rest/session-store.ts';
import { createIgSession } from '../ig/rest/session.ts';
import { createIgClient } from '../ig/prices/client.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger, type Logger } from '../lib/logger.ts';
import * as build from './build.ts';

export function igProcess({
  database,
  login,
  clock,
  logger = silentLogger,
}: {
  database: Database;
  login: BrokerLogin;
  clock: Clock;
  logger?: Logger;
}) {
  /** `GET /markets` and its like, as they went out. */
  const sent: string[] = [];
  const real = createIgHttp({ baseUrl: login.baseUrl, apiKey: login.apiKey, clock });
  const http: IgHttp = (request) => {
    sent.push(`${request.method} ${request.path.split('?')[0]}`);
    return real(request);
  };
  const allowance = createAllowance({
    environment: login.environment,
    apiKey: login.apiKey,
    store: createAllowanceStore(database),
    clock,
    logger,
  });
  const session = createIgSession({
    login,
    http: countLogins(http, allowance),
    store: createSessionStore({ database, sealer: build.sealer(), login }),
    clock,
    logger,
  });
  const reader = createReader({ http, session, allowance, clock, logger });
  return { sent, session, allowance, reader, client: createIgClient({ login, reader, session, logger }) };
}
