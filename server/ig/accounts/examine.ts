// One account looked at from outside in, as its owner needs to know: the login, our clock, the allowance, the stream, what may be dealt. Nothing is dealt or changed.
import { z } from 'zod';
import { brokerName, loginProblem } from '../../../shared/broker-words.ts';
import type { Database } from '../../db/client.ts';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { BrokerAccount, BrokerCredentials } from '../../modules/accounts/ports.ts';
import { countLogins } from '../rest/allowance.ts';
import { IgError, toAppError } from '../rest/errors.ts';
import { createIgHttp, type IgHttp } from '../rest/http.ts';
import { outward, read } from '../rest/door.ts';
import { createLink } from '../rest/link.ts';
import type { Reader } from '../rest/reader.ts';
import { Applications } from '../rest/schemas.ts';
import { fetchStreamTokens } from '../rest/stream-tokens.ts';
import type { LoadSdk } from '../stream/sdk.ts';
import { withBrokersWords } from '../stream/refusals.ts';
import { createStreamSession } from '../stream/session.ts';
import { loginOf } from './login-of.ts';
import { accountFields } from './translate.ts';

export interface Finding {
  what: 'login' | 'clock' | 'account' | 'dealing' | 'allowance' | 'stream';
  ok: boolean;
  found: string;
  /** What mends it, when it is not ok. */
  fix?: string;
}

/** The Date header has whole seconds, and the answer took its time. */
const clockToleranceMs = 5_000;
const streamWithinMs = 15_000;

/** POST /session v2, as far as what the login may do. */
const LoginV2 = z.object({ dealingEnabled: z.boolean(), currentAccountId: z.string() });
const Accounts = z.object({
  accounts: z.array(
    z.object({ accountId: z.string(), accountName: z.string(), accountType: z.string(), status: z.string() }),
  ),
});
interface Examined {
  account: BrokerAccount;
  credentials: BrokerCredentials;
  baseUrl: string;
  database: Database;
  sealer: Sealer;
  clock: Clock;
  logger: Logger;
  loadSdk: LoadSdk;
}

/** Every finding as it is made, the login first: without one nothing else is looked at. */
export async function* examineAccount({
  account,
  credentials,
  baseUrl,
  database,
  sealer,
  clock,
  logger,
  loadSdk,
}: Examined): AsyncGenerator<Finding> {
  const { environment } = account;
  const login = loginOf(account, credentials, baseUrl);
  const http = createIgHttp({ ...login, clock });
  const { session, reader, allowance } = createLink({
    login,
    database,
    sealer,
    clock,
    logger,
    http,
    looksAtLimits: false, // which is shown below
  });
  const { get } = reader;
  const name = brokerName(environment);

  // By the session that servers share, which knows of a refusal and does not try a refused login again; then once anew.
  const entered = await attempt(async () => {
    await session.current();
    return logIn(countLogins(http, allowance), credentials);
  });
  if ('problem' in entered) {
    yield { what: 'login', ok: false, ...loginTrouble(entered.problem, account, baseUrl) };
    return;
  }
  yield { what: 'login', ok: true, found: `${name} lets ${account.name} in` };

  const before = clock.now().getTime();
  const listed = await attempt(() => outward(get('/accounts', 1, { by: 'user' })));
  if ('problem' in listed) yield { what: 'account', ok: false, ...trouble(listed.problem) };
  else {
    yield clockFinding(listed.value.headers.get('Date'), before, clock.now().getTime());
    yield accountFinding(account, read(Accounts, listed.value));
    yield dealingFinding(account, entered.value.dealingEnabled);
  }
  // Before the allowance, which this would otherwise find used up as well.
  yield await streamFinding({ get, clock, logger, loadSdk });
  yield await allowanceFinding(get, login.apiKey);
}

async function logIn(http: IgHttp, { identifier, password }: BrokerCredentials) {
  const { body } = await http({
    method: 'POST',
    path: '/session',
    version: 2,
    body: { identifier, password },
  });
  return read(LoginV2, { body, endpoint: 'POST /session v2' });
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { problem: unknown }> {
  try {
    return { value: await work() };
  } catch (problem) {
    return { problem };
  }
}

function loginTrouble(problem: unknown, { environment, id }: BrokerAccount, baseUrl: string) {
  if (problem instanceof IgError && !problem.isPassing && !problem.isRateLimited)
    return {
      found: loginProblem(environment, problem.code),
      fix: fixOf(problem.code, id),
    };
  if (problem instanceof AppError && problem.code === 'broker.login_failed')
    return {
      found: problem.message,
      fix: fixOf(problem.options.brokerCode ?? '', id),
    };
  const { found, fix } = trouble(problem);
  return { found: `${found} (${new URL(baseUrl).host})`, fix };
}

/** Credentials are sent again where they are what is wrong; all else is mended at the broker. */
const fixOf = (code: string, id: string) =>
  /invalid-details|api-key/.test(code)
    ? `send the right ones: PUT /api/accounts/${id}/credentials, or the page`
    : 'do so, then run this again: what is stored here need not change';

/** What a call to the broker that did not succeed means, and what to do. */
function trouble(problem: unknown): { found: string; fix: string } {
  const error = problem instanceof IgError ? toAppError(problem) : problem;
  if (!(error instanceof AppError))
    return { found: String(error), fix: 'run doctor again; tell us if it stays' };
  const { brokerCode, detail } = error.options;
  const found = `${error.message} (${brokerCode ?? detail ?? error.code})`;
  return error.code === 'broker.limited'
    ? {
        found,
        fix: 'wait a minute; if it comes back, another program uses this API key or account: give it a key of its own',
      }
    : error.code === 'broker.unavailable'
      ? {
          found,
          fix: 'try again in a few minutes; at weekends the broker is in maintenance. From behind a firewall let HTTPS out to it',
        }
      : { found, fix: 'log in on the broker’s web site to see why' };
}

function clockFinding(header: string | null, fromMs: number, toMs: number): Finding {
  const at = Date.parse(header ?? '');
  if (Number.isNaN(at))
    return { what: 'clock', ok: true, found: 'the broker does not say what time it is there: not compared' };
  // Whole seconds: any instant within that second is as good.
  const skewMs = at > toMs ? at - toMs : at + 999 < fromMs ? at + 999 - fromMs : 0;
  const seconds = `${(Math.abs(skewMs) / 1_000).toFixed(1)} s`;
  if (Math.abs(skewMs) <= clockToleranceMs)
    return {
      what: 'clock',
      ok: true,
      found: `within ${seconds === '0.0 s' ? '1 s' : seconds} of the broker's`,
    };
  return {
    what: 'clock',
    ok: false,
    found: `this machine's clock is ${seconds} ${skewMs > 0 ? 'behind' : 'ahead of'} the broker's`,
    fix: 'set it by the network: sudo timedatectl set-ntp true',
  };
}

const dealsIn = ['CFD', 'SPREADBET'];
function accountFinding({ brokerAccountId }: BrokerAccount, { accounts }: z.infer<typeof Accounts>): Finding {
  const all = accounts.map(({ accountId, accountType, status }) => `${accountId} ${accountType} ${status}`);
  const found = accounts.find(({ accountId }) => accountId === brokerAccountId);
  if (!found)
    return {
      what: 'account',
      ok: false,
      found: `the login does not have ${brokerAccountId}; it has ${all.join(', ') || 'none'}`,
      fix: 'connect the accounts that it has: POST /api/accounts, or the page',
    };
  const ok = found.status === 'ENABLED' && dealsIn.includes(found.accountType);
  return {
    what: 'account',
    ok,
    found: all.join(', '),
    ...(!ok && {
      fix:
        found.status === 'ENABLED'
          ? 'only CFD and spread betting accounts are dealt on: connect one of these'
          : `log in on the broker’s web site and look why ${brokerAccountId} is ${found.status}`,
    }),
  };
}

const dealingFinding = ({ brokerAccountId }: BrokerAccount, enabled: boolean): Finding => ({
  what: 'dealing',
  ok: enabled,
  found: enabled ? 'enabled for this login' : `the broker does not let this login deal (${brokerAccountId})`,
  ...(!enabled && {
    fix: 'log in on the broker’s web site: an agreement or a document may be waiting; else ask its support',
  }),
});

async function allowanceFinding(get: Reader['get'], apiKey: string): Promise<Finding> {
  const answer = await attempt(async () =>
    read(Applications, await outward(get('/operations/application', 1, { by: 'user' }))),
  );
  if ('problem' in answer) return { what: 'allowance', ok: false, ...trouble(answer.problem) };
  const own = answer.value.find((each) => each.apiKey === apiKey);
  if (!own)
    return {
      what: 'allowance',
      ok: false,
      found: 'the broker does not list this API key for this login',
      fix: 'make a key for this login on the broker’s web site under Settings, API keys, and send it with accounts.updateCredentials',
    };
  const limits = [
    ['requests a minute', own.allowanceAccountOverall],
    ['deals a minute', own.allowanceAccountTrading],
    ['requests a minute for the whole key', own.allowanceApplicationOverall],
    ['historical prices a week', own.allowanceAccountHistoricalData],
    ['subscriptions', own.concurrentSubscriptionsLimit],
  ].flatMap(([what, n]) => (n ? [`${n} ${what}`] : []));
  const ok = own.status === 'ENABLED' || own.status == null;
  return {
    what: 'allowance',
    ok,
    found: `the API key is ${own.status ?? 'in a state that is not told'}; ${limits.join(', ') || 'no figures are told'}`,
    ...(!ok && { fix: 'enable it on the broker’s web site under Settings, API keys, or make a new one' }),
  };
}

/** Up and with a figure of the account on it; the session's own reason when it is not. */
async function streamFinding({
  get,
  clock,
  logger,
  loadSdk,
}: Pick<Examined, 'clock' | 'logger' | 'loadSdk'> & Pick<Reader, 'get'>): Promise<Finding> {
  const tokens = await attempt(() => fetchStreamTokens(get));
  if ('problem' in tokens) return { what: 'stream', ok: false, ...trouble(tokens.problem) };
  const { endpoint } = tokens.value;
  const done = new AbortController();
  let problem: string | null = `no figure of the account within ${streamWithinMs / 1_000} s`;
  const end = (why: string | null) => {
    if (done.signal.aborted) return;
    problem = why;
    done.abort();
  };
  const stream = createStreamSession({
    fetchTokens: async () => tokens.value,
    loadSdk,
    clock,
    logger,
    onUp({ sdk, client, accountId }) {
      const figures = sdk.createSubscription('MERGE', [`ACCOUNT:${accountId}`], accountFields);
      figures.setRequestedSnapshot('yes');
      figures.addListener({
        onItemUpdate: () => end(null),
        onSubscriptionError: (code, message) =>
          end(withBrokersWords('the broker does not stream the account', code, message)),
      });
      client.subscribe(figures);
    },
    onDown: end,
  });
  stream.start();
  await pause(clock, streamWithinMs, done.signal);
  stream.close();
  const host = URL.canParse(endpoint) ? new URL(endpoint).host : 'the broker’s stream server';
  return {
    what: 'stream',
    ok: problem === null,
    found: problem ?? `${host} streams the account`,
    ...(problem !== null && {
      fix: `let WebSockets out to ${host}, port 443, past any firewall or proxy, and run this again`,
    }),
  };
}
