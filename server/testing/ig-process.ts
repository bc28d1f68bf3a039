// One process of ours at a broker, as far as logins, allowances and reads go, for tests that need several of them.
import { createDatabase, type Database } from '../db/client.ts';
import { storeTimeoutMs } from '../ig/rest/allowance.ts';
import { createLink } from '../ig/rest/link.ts';
import { createIgHttp, type IgHttp } from '../ig/rest/http.ts';
import type { BrokerLogin } from '../ig/rest/login.ts';
import { createIgClient } from '../ig/prices/client.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger, type Logger } from '../lib/logger.ts';
import * as build from './build.ts';
import { jumpingClock } from './jumping-clock.ts';
import type { ManualClock } from './manual-clock.ts';
import type { TestBroker } from './test-broker.ts';
import { testDb } from './test-db.ts';

export function igProcess({
  database,
  login,
  clock,
  logger = silentLogger,
  onSend,
  looksAtLimits = true,
}: {
  database: Database;
  login: BrokerLogin;
  clock: Clock;
  logger?: Logger;
  onSend?: (request: string) => void;
  /** Without it no request goes out but those that the test makes. */
  looksAtLimits?: boolean;
}) {
  /** `GET /markets` and its like, as they went out. */
  const sent: string[] = [];
  const real = createIgHttp({ ...login, clock });
  const http: IgHttp = (request) => {
    sent.push(`${request.method} ${request.path.split('?')[0]}`);
    onSend?.(sent.at(-1)!);
    return real(request);
  };
  const link = createLink({ login, database, sealer: build.sealer(), clock, logger, http, looksAtLimits });
  return { ...link, sent, client: createIgClient(link) };
}

/** Two processes of a demo login at the simulator, on a clock that jumps; `logins` are the instants at which one was sent. */
export async function twoIgProcesses(broker: TestBroker<ManualClock>) {
  const db = await testDb();
  const other = createDatabase({ url: db.url, logger: silentLogger, max: 3 });
  const clock = jumpingClock(broker.clock, { mostMs: 5_000, limitsMs: [storeTimeoutMs] });
  const logins: number[] = [];
  const asked = { count: 0 };
  const make = (database: Database, password = broker.login.password) =>
    igProcess({
      database,
      login: { ...broker.login, feed: 'demo', environment: 'demo', password },
      clock,
      looksAtLimits: false,
      onSend(request) {
        asked.count++;
        if (request === 'POST /session') logins.push(broker.clock.monotonicMs());
      },
    });
  const processes = [db.database, other].map((database) => make(database));
  let n = 0;
  return {
    logins,
    asked,
    processes,
    withPassword: (password: string) => make(db.database, password),
    /** A read of a user, by one process after the other: how long it took, or the error. */
    async read() {
      const begunMs = broker.clock.monotonicMs();
      const answer = await processes[n++ % 2]!.client.search('EUR').then(
        () => 'answered' as const,
        (error: unknown) => error,
      );
      return { answer, tookMs: broker.clock.monotonicMs() - begunMs };
    },
    async [Symbol.asyncDispose]() {
      await other.close();
      await db[Symbol.asyncDispose]();
    },
  };
}
