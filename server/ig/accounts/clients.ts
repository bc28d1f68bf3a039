// One client per broker account in this process: its own login, session row and pace. Which accounts there are is in modules/accounts.
import type { Database } from '../../db/client.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { BrokerAccount, BrokerCredentials } from '../../modules/accounts/ports.ts';
import type { BrokerLogin } from '../rest/login.ts';
import { createAccountClient, type AccountClient } from './client.ts';
import { createIgHttp } from '../rest/http.ts';
import { createPacer, readsPerMinute } from '../rest/limiter.ts';
import { createReader } from '../rest/reader.ts';
import { createSendOnce } from './send-once.ts';
import { createSessionStore } from '../rest/session-store.ts';
import { createIgSession } from '../rest/session.ts';

/** Clients kept, some 2 kB each; the longest unused go first, and lose only what PostgreSQL has too. */
const maxClients = 2_000;

export interface AccountClients {
  /** Throws broker.unavailable for an environment without an address here, and what reading the credentials throws. */
  of(account: BrokerAccount): Promise<AccountClient>;
}

interface AccountClientsDeps {
  /** Base URLs ending in `/gateway/deal`; an environment left out has no broker here. */
  endpoints: Partial<Record<Environment, string>>;
  credentialsOf: (account: BrokerAccount) => Promise<BrokerCredentials>;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
}

export function createAccountClients({
  endpoints,
  credentialsOf,
  database,
  sealer,
  clock,
  logger: parent,
}: AccountClientsDeps): AccountClients {
  const clients = new Map<string, Promise<AccountClient>>();

  async function make(account: BrokerAccount): Promise<AccountClient> {
    const baseUrl = endpoints[account.environment];
    if (baseUrl === undefined)
      throw new AppError('broker.unavailable', {
        detail: `there is no address for ${account.environment} accounts here`,
      });
    const login: BrokerLogin = {
      ...(await credentialsOf(account)),
      feed: account.feed,
      session: account.id,
      environment: account.environment,
      baseUrl,
      accountId: account.brokerAccountId,
    };
    const logger = parent.child({ account: account.id });
    const http = createIgHttp({ baseUrl, apiKey: login.apiKey, clock });
    const session = createIgSession({
      login,
      http,
      store: createSessionStore({ database, sealer, login }),
      clock,
      logger,
    });
    const reader = createReader({
      http,
      session,
      pacer: createPacer({ clock, perMinute: readsPerMinute[login.environment] }),
      clock,
      logger,
    });
    return createAccountClient({
      accountId: account.brokerAccountId,
      session,
      sendOnce: createSendOnce({ baseUrl, apiKey: login.apiKey, clock }),
      reader,
    });
  }
  return {
    of(account) {
      const client = clients.get(account.id) ?? make(account);
      clients.delete(account.id);
      clients.set(account.id, client);
      if (clients.size > maxClients) clients.delete(clients.keys().next().value!);
      client.catch(() => {
        if (clients.get(account.id) === client) clients.delete(account.id);
      });
      return client;
    },
  };
}
