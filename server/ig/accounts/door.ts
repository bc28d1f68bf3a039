// Logging in to IG with credentials that are not stored yet: one login, a look at its accounts, nothing tried twice. Who keeps what of it is the caller's.
import { z } from 'zod';
import { loginProblem } from '../../../shared/broker-words.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { BrokerCredentials, BrokerDoor, LoginAccount } from '../../modules/accounts/ports.ts';
import { IgError, toAppError } from '../rest/errors.ts';
import { createIgHttp, type IgHttp } from '../rest/http.ts';
import { read } from '../rest/door.ts';
import { SessionV3 } from '../rest/schemas.ts';
import { createSessionStore } from '../rest/session-store.ts';
import { openOutcome } from '../rest/session.ts';
import type { Endpoints } from './clients.ts';
import { loginOf } from './login-of.ts';

/** GET /accounts v1, as far as connecting needs it. */
const LoginAccounts = z.object({
  accounts: z.array(
    z.object({
      accountId: z.string().min(1),
      accountName: z.string(),
      accountType: z.enum(['CFD', 'PHYSICAL', 'SPREADBET']),
      status: z.string(),
      preferred: z.boolean(),
      currency: z.string(),
      balance: z.object({ balance: z.string() }).nullish(),
    }),
  ),
});

interface DoorDeps {
  endpoints: Endpoints;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
}

/** Without `look`, which needs what is stored. */
export function createBrokerDoor({
  endpoints,
  database,
  sealer,
  clock,
  logger,
}: DoorDeps): Omit<BrokerDoor, 'look'> {
  async function logIn(http: IgHttp, environment: Environment, { identifier, password }: BrokerCredentials) {
    try {
      return await http({ method: 'POST', path: '/session', version: 3, body: { identifier, password } });
    } catch (error) {
      throw refusal(environment, error);
    }
  }
  return {
    reaches: (environment) => endpoints[environment] !== undefined,
    async visit(environment, credentials) {
      const baseUrl = endpoints[environment];
      if (baseUrl === undefined) throw new Error(`invariant: there is no address for ${environment}`);
      const http = createIgHttp({ baseUrl, apiKey: credentials.apiKey, clock });
      const givenAt = clock.now();
      const { body } = await logIn(http, environment, credentials);
      const session = read(SessionV3, { body, endpoint: 'POST /session v3' });
      const listed = await http({
        method: 'GET',
        path: '/accounts',
        version: 1,
        headers: {
          Authorization: `Bearer ${session.oauthToken.access_token}`,
          'IG-ACCOUNT-ID': session.accountId,
        },
      }).catch((error: unknown) => {
        throw refusal(environment, error);
      });
      const { accounts } = read(LoginAccounts, { body: listed.body, endpoint: 'GET /accounts v1' });
      return {
        accounts: accounts.map(toLoginAccount),
        async keepFor(account) {
          const { outcome, until } = openOutcome(session, account.brokerAccountId, givenAt);
          const store = createSessionStore({
            database,
            sealer,
            login: loginOf(account, credentials, baseUrl),
          });
          // Not worth a failure: without it the account logs in by itself.
          await store
            .locked((tx) => store.save(outcome, until, tx))
            .catch((err: unknown) =>
              logger.warn({ err, account: account.id }, 'the session of a login could not be kept'),
            );
        },
      };
    },
  };
}

const toLoginAccount = (account: z.infer<typeof LoginAccounts>['accounts'][number]): LoginAccount => ({
  brokerAccountId: account.accountId,
  name: account.accountName,
  type: account.accountType,
  currency: account.currency,
  enabled: account.status === 'ENABLED',
  preferred: account.preferred,
  cash: account.balance?.balance ?? null,
});

/** What went wrong in words: a login that is refused, or a broker that does not answer. */
function refusal(environment: Environment, error: unknown): unknown {
  if (!(error instanceof IgError)) return error;
  if (!error.isPassing && !error.isRateLimited)
    return new AppError('broker.login_failed', {
      message: loginProblem(environment, error.code),
      brokerCode: error.code,
      detail: error.message,
      cause: error,
    });
  return toAppError(error);
}
