// Session endpoints: logging in three ways, refreshing, switching accounts and logging out. What an account holds is in accounts.ts.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import type { Account } from '../engine/types.ts';
import {
  accountPattern,
  findAccount,
  hashPassword,
  identifierPattern,
  type Login,
  type Logins,
} from '../access/logins.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import type { Sessions, TokenSession } from '../access/sessions.ts';
import { balanceOf } from './accounts.ts';
import { currencySymbol } from './currency.ts';
import { fields } from './body.ts';

const timezoneOffset = 0;
/** The simulator's logins live in UTC and on nothing but the simulator. */
const environment = ({ trailingStopsEnabled }: Account, isSuspended: boolean) => ({
  hasActiveDemoAccounts: true,
  hasActiveLiveAccounts: false,
  trailingStopsEnabled,
  dealingEnabled: !isSuspended,
});

const tokenHeaders = (tokens: TokenSession) => ({ CST: tokens.cst, 'X-SECURITY-TOKEN': tokens.xst });

export interface SessionDeps {
  logins: Logins;
  sessions: Sessions;
  desk: DealingDesk;
}

export function sessionEndpoints({ logins, sessions, desk }: SessionDeps): Endpoint[] {
  async function logIn(call: Call): Promise<Login> {
    const found = fields(call.body('authenticationRequest'), 'authenticationRequest'); // trading-ig#32, #106
    const identifier = found.required('identifier', found.text('identifier', identifierPattern));
    const password = found.required('password', found.text('password', /^[^]{1,350}$/));
    if (sessions.isLocked(identifier)) throw new IgError(401, 'error.security.too-many-failed-attempts');
    const given = found.flag('encryptedPassword') ? await sessions.decryptPassword(password) : password;
    const login = logins.find(identifier);
    if (!login || given === undefined || login.passwordHash !== hashPassword(identifier, given)) {
      if (login) sessions.noteAttempt(identifier, false);
      throw new IgError(401, 'error.security.invalid-details');
    }
    if (login.apiKey !== call.apiKey) throw new IgError(403, 'unauthorised.clientId.api-key.mismatch');
    sessions.noteAttempt(identifier, true);
    return login;
  }
  type Oauth = ReturnType<Sessions['openOauth']>;
  const oauthBody = (oauth: Oauth) => ({
    access_token: oauth.accessToken,
    refresh_token: oauth.refreshToken,
    scope: 'profile',
    token_type: 'Bearer',
    expires_in: '60',
  });

  return [
    endpoint(
      'POST /session',
      [1, 2],
      { kind: 'A', access: 'key', example: { body: { identifier: 'trader', password: 'secret' } } },
      async (call) => {
        const login = await logIn(call);
        const tokens = sessions.open(login);
        const account = findAccount(login, tokens.accountId)!;
        return {
          headers: tokenHeaders(tokens),
          body: {
            accountType: account.accountType,
            accountInfo: balanceOf(desk.figures(account.accountId)),
            currencyIsoCode: account.currency,
            currencySymbol: currencySymbol(account.currency),
            currentAccountId: account.accountId,
            lightstreamerEndpoint: call.origin,
            accounts: login.accounts.map(({ accountId, accountName, accountType }) => ({
              accountId,
              accountName,
              preferred: accountId === login.preferredId,
              accountType,
            })),
            clientId: login.clientId,
            timezoneOffset,
            reroutingEnvironment: null,
            ...environment(desk.account(account.accountId), desk.isSuspended(account.accountId)),
          },
        };
      },
    ),
    endpoint(
      'POST /session',
      [3],
      { kind: 'A', access: 'key', example: { body: { identifier: 'trader', password: 'secret' } } },
      async (call) => {
        const login = await logIn(call);
        const oauthToken = oauthBody(sessions.openOauth(login));
        return {
          body: {
            clientId: login.clientId,
            accountId: login.preferredId,
            timezoneOffset,
            lightstreamerEndpoint: call.origin,
            oauthToken,
          },
        };
      },
    ),
    endpoint(
      'POST /session/refresh-token',
      [1],
      { kind: 'A', access: 'key', example: { body: { refresh_token: 'x' } } },
      (call) => {
        const found = fields(call.body());
        const oauth = sessions.refresh(
          found.required('refresh_token', found.text('refresh_token', /^[^]+$/)),
          call.apiKey,
        );
        if (!oauth) throw new IgError(401, 'error.security.oauth-token-invalid');
        return { body: oauthBody(oauth) };
      },
    ),
    endpoint('GET /session', [1], { kind: 'A', example: { query: 'fetchSessionTokens=true' } }, (call) => {
      const { login, accountId, tokens, oauth } = call.caller();
      const wanted = call.query.get('fetchSessionTokens') === 'true';
      const granted = wanted ? (tokens ?? (oauth && sessions.tokensFor(oauth, accountId))) : undefined;
      const { currency } = findAccount(login, accountId)!;
      return {
        headers: granted ? tokenHeaders(granted) : {},
        body: {
          clientId: login.clientId,
          accountId,
          timezoneOffset,
          locale: 'en_GB',
          currency,
          lightstreamerEndpoint: call.origin,
        },
      };
    }),
    endpoint(
      'PUT /session',
      [1],
      { kind: 'A', example: { body: { accountId: 'ABC12', defaultAccount: true } } },
      (call) => {
        const { login, accountId: current, tokens } = call.caller();
        const found = fields(call.body('accountSwitchRequest'), 'accountSwitchRequest'); // in the tests of a client of 2019
        const accountId = found.required('accountId', found.text('accountId', accountPattern));
        const defaultAccount = found.flag('defaultAccount');
        if (!tokens) throw new IgError(400, 'error.client.account.switch.account-access-denied'); // not for Bearer tokens
        if (accountId === current) throw new IgError(412, 'error.switch.accountId-must-be-different'); // trading-ig#66
        if (!findAccount(login, accountId)) throw new IgError(400, 'error.switch.invalid-accountId');
        sessions.switchAccount(tokens, accountId);
        if (defaultAccount) login.preferredId = accountId; // false leaves it: a login always has one
        return {
          headers: tokenHeaders(tokens),
          body: environment(desk.account(accountId), desk.isSuspended(accountId)),
        };
      },
    ),
    endpoint('DELETE /session', [1], { kind: 'A' }, (call) => {
      const { tokens, oauth } = call.caller();
      if (tokens) sessions.close(tokens);
      if (oauth) sessions.closeOauth(oauth);
      return { status: 204 };
    }),
    endpoint('GET /session/encryptionKey', [1], { kind: 'A', access: 'key' }, async () => ({
      body: await sessions.encryptionKey(),
    })),
  ];
}
