// Logging in to IG with credentials that are not stored yet: one login, a look at its accounts, nothing tried twice. Who keeps what of it is the caller's.
import { z } from 'zod';
import { loginProblem } from '../../../shared/broker-words.ts';
import type { AccountType } from '../../../shared/accounts.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import { within } from '../../lib/within.ts';
import type { BrokerCredentials, BrokerDoor, LoginAccount } from '../../modules/accounts/ports.ts';
import { countLogins, createAllowance } from '../rest/allowance.ts';
import { createAllowanceStore } from '../rest/allowance-store.ts';
import { IgError, toAppError } from '../rest/errors.ts';
import { createIgHttp, type IgHttp } from '../rest/http.ts';
import { read } from '../rest/door.ts';
import { SessionV3 } from '../rest/schemas.ts';
import type { BrokerLogin } from '../rest/login.ts';
import { createSessionStore, deleteSession, type Tokens } from '../rest/session-store.ts';
import { openOutcome } from '../rest/session.ts';
import type { Endpoints } from './clients.ts';
import { loginOf } from './login-of.ts';

/** GET /accounts v1, as far as connecting needs it. */
const LoginAccounts = z.object({
  accounts: z.array(
    z.object({
      accountId: z.string().min(1),
      accountName: z.string(),
      /** `CFD`, `PHYSICAL`, `SPREADBET`, and whatever else it may come to. */
      accountType: z.string(),
      status: z.string(),
      preferred: z.boolean(),
      currency: z.string(),
      balance: z.object({ balance: z.string() }).nullish(),
    }),
  ),
});

const logOutTimeoutMs = 3_000;

interface DoorDeps {
  endpoints: Endpoints;
  /** Called for each read and login that counts against an allowance. */
  onSpent?: (environment: Environment) => void;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
}

/** Without `look`, which needs what is stored. */
export function createBrokerDoor({
  endpoints,
  onSpent,
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
  /** IG REST: DELETE /session v1. Best effort: what is not logged out ends by itself once nobody refreshes it. */
  async function logOut(login: BrokerLogin, { accessToken, accountId }: Tokens): Promise<void> {
    try {
      const http = createIgHttp({ ...login, clock });
      const headers = { Authorization: `Bearer ${accessToken}`, 'IG-ACCOUNT-ID': accountId };
      await within(clock, logOutTimeoutMs, (signal) =>
        http({ method: 'DELETE', path: '/session', version: 1, headers, signal }),
      );
    } catch (error) {
      logger.info(
        { account: login.session, reason: error instanceof Error ? error.message : String(error) },
        'a disconnected account could not be logged out at the broker: its session ends by itself',
      );
    }
  }
  return {
    async end(tx, account, credentials) {
      const baseUrl = endpoints[account.environment];
      if (!credentials || baseUrl === undefined) {
        await deleteSession(tx, account.id);
        return async () => undefined;
      }
      const login = loginOf(account, credentials, baseUrl);
      const outcome = await createSessionStore({ database, sealer, login }).end(tx);
      return async () => {
        if (outcome?.kind === 'open') await logOut(login, outcome.tokens);
      };
    },
    reaches: (environment) => endpoints[environment] !== undefined,
    async visit(environment, credentials) {
      const baseUrl = endpoints[environment];
      if (baseUrl === undefined) throw new Error(`invariant: there is no address for ${environment}`);
      const { apiKey } = credentials;
      // The budget of the key that every process shares: a login and what belongs to it are never held back, and always counted.
      const allowance = createAllowance({
        environment,
        apiKey,
        store: createAllowanceStore(database),
        clock,
        logger,
        onSpent,
      });
      const http = createIgHttp({ environment, baseUrl, apiKey, clock });
      const givenAt = clock.now();
      const { body } = await logIn(countLogins(http, allowance), environment, credentials);
      const session = read(SessionV3, { body, endpoint: 'POST /session v3' });
      const counted = { by: 'session', counts: 'reads', accountId: session.accountId } as const;
      await allowance.turn(counted);
      const listed = await http({
        method: 'GET',
        path: '/accounts',
        version: 1,
        headers: {
          Authorization: `Bearer ${session.oauthToken.access_token}`,
          'IG-ACCOUNT-ID': session.accountId,
        },
      }).catch((error: unknown) => {
        if (error instanceof IgError) allowance.refused(counted, error);
        throw refusal(environment, error);
      });
      await allowance.counted();
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

const dealtIn = (type: string): type is AccountType => type === 'CFD' || type === 'SPREADBET';
const toLoginAccount = (account: z.infer<typeof LoginAccounts>['accounts'][number]): LoginAccount => ({
  brokerAccountId: account.accountId,
  name: account.accountName,
  type: dealtIn(account.accountType) ? account.accountType : 'PHYSICAL',
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
