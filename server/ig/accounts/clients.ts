// One client per broker account in this process: its own login, session row and allowance, made anew when its credentials change.
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../db/client.ts';
import { AppError } from '../../lib/app-error.ts';
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { AccountNews, BrokerAccount, BrokerCredentials } from '../../modules/accounts/ports.ts';
import { createAccountClient, type AccountClient } from './client.ts';
import { loginOf } from './login-of.ts';
import { tellingLogins } from './telling-logins.ts';
import { createLink, type Link } from '../rest/link.ts';
import { createSendOnce } from './send-once.ts';

/** Clients kept, some 2 kB each; the longest unused go first, and lose only what PostgreSQL has too. */
const maxClients = 2_000;

export interface AccountClients {
  /**
   * The client of an account's present credentials: the same one as long as these stay as they are. Throws accounts.not_found for
   * an account that is disconnected, broker.unavailable for an environment without an address here, and what reading the credentials throws.
   */
  of(account: BrokerAccount): Promise<AccountClient>;
  /** What its reads go through: the same as long as the credentials stay as they are. Throws as `of` does. */
  linkOf(account: BrokerAccount): Promise<Link>;
}

/** Base URLs ending in `/gateway/deal`; an environment left out has no broker here. */
export type Endpoints = Partial<Record<Environment, string>>;

interface AccountClientsDeps {
  endpoints: Endpoints;
  credentialsOf: (account: BrokerAccount) => Promise<BrokerCredentials>;
  /** After news of an account its credentials are read again. */
  changes: AccountNews;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  /** Called for each read and login that counts against an allowance. */
  onSpent?: (environment: Environment) => void;
  /** Called when the broker first lets an account in, when it refuses to, and when it does again; null: it is in. */
  onLogin?: (accountId: string, refusal: AppError | null) => void;
}

interface Made {
  link: Link;
  client: AccountClient;
}
interface Kept {
  account: BrokerAccount;
  made: Promise<Made>;
  /** There was news: whether it is still the right one is looked at when it is next asked for. */
  stale: boolean;
}

export function createAccountClients(deps: AccountClientsDeps): AccountClients {
  const kept = new Map<string, Kept>();
  deps.changes.listen((id) => {
    const entry = kept.get(id);
    if (!entry) return;
    entry.stale = true;
    // At once, so that the credentials of an account that is disconnected are not kept until somebody asks for it.
    present(entry.account).catch(() => undefined);
  });
  function present(account: BrokerAccount): Promise<Made> {
    let entry = kept.get(account.id);
    if (!entry || entry.stale) {
      const before = entry?.made.catch(() => undefined);
      const fresh = { account, made: make(account, before, deps), stale: false };
      fresh.made.catch(() => {
        if (kept.get(account.id) === fresh) kept.delete(account.id);
      });
      entry = fresh;
    }
    putNewest(kept, account.id, entry, maxClients);
    return entry.made;
  }
  return {
    of: async (account) => (await present(account)).client,
    linkOf: async (account) => (await present(account)).link,
  };
}

/** What was made before where the credentials are still the same; else a client for the present ones. */
async function make(
  account: BrokerAccount,
  before: Promise<Made | undefined> | undefined,
  { endpoints, credentialsOf, database, sealer, clock, logger: parent, onSpent, onLogin }: AccountClientsDeps,
): Promise<Made> {
  const baseUrl = endpoints[account.environment];
  if (baseUrl === undefined)
    throw new AppError('broker.unavailable', {
      detail: `there is no address for ${account.environment} accounts here`,
    });
  const login = loginOf(account, await credentialsOf(account), baseUrl);
  const last = await before;
  if (last && isDeepStrictEqual(last.link.login, login)) return last;
  const logger = parent.child({ account: account.id });
  if (last) logger.info('the credentials of an account have changed');
  const link = createLink({
    login,
    database,
    sealer,
    clock,
    logger,
    onSpent,
    allowance: last?.link.login.apiKey === login.apiKey ? last.link.allowance : undefined,
    around: (session) => tellingLogins(session, (refusal) => onLogin?.(account.id, refusal)),
  });
  const client = createAccountClient({
    ...link,
    accountId: account.brokerAccountId,
    environment: account.environment,
    sendOnce: createSendOnce({ baseUrl, apiKey: login.apiKey, clock }),
  });
  return { link, client };
}
