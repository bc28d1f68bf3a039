// Session, account and application endpoints.
import type { AllowanceMeter } from '../allowances.ts';
import type { AccountFigures } from '../engine/value.ts';
import { accountPattern, hashPassword, identifierPattern, type Login, type Logins } from '../logins.ts';
import { IgError, rawNumber, requiredText, type Call, type Endpoint } from '../rest.ts';
import type { Sessions, TokenSession } from '../sessions.ts';

const symbols: Record<string, string> = { GBP: '£', USD: '$', EUR: 'E', JPY: 'Y', AUD: 'A$', CHF: 'SF' };
export const currencySymbol = (code: string) => symbols[code] ?? code;

const timezoneOffset = 0;
/** The simulator's logins live in UTC and on nothing but the simulator. */
const environment = { hasActiveDemoAccounts: true, hasActiveLiveAccounts: false, trailingStopsEnabled: true, dealingEnabled: true };

function balanceOf({ cash, deposit, profitLoss, available }: AccountFigures) {
  const money = (amount: string) => rawNumber(Number(amount).toFixed(2));
  return { balance: money(cash), deposit: money(deposit), profitLoss: money(profitLoss), available: money(available) };
}
const accountOf = (login: Login, accountId: string) => login.accounts.find((account) => account.accountId === accountId)!;
const tokenHeaders = (tokens: TokenSession) => ({ CST: tokens.cst, 'X-SECURITY-TOKEN': tokens.xst });

export interface SessionDeps { logins: Logins; sessions: Sessions; allowances: AllowanceMeter; figures(accountId: string): AccountFigures }

export function sessionEndpoints({ logins, sessions, allowances, figures }: SessionDeps): Endpoint[] {
  async function logIn(call: Call): Promise<Login> {
    const body = call.body();
    const { identifier, password } = requiredText(body, { identifier: identifierPattern, password: /^[^]{1,350}$/ });
    if (sessions.isLocked(identifier)) throw new IgError(401, 'error.security.too-many-failed-attempts');
    const encrypted = body['encryptedPassword'] === true || body['encryptedPassword'] === 'true';
    const given = encrypted ? await sessions.decryptPassword(password) : password;
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
  const oauthBody = (oauth: Oauth) => ({ access_token: oauth.accessToken, refresh_token: oauth.refreshToken, scope: 'profile', token_type: 'Bearer', expires_in: '60' });

  return [
    {
      method: 'POST', path: '/session', versions: [1, 2], kind: 'A', access: 'key',
      async handle(call) {
        const login = await logIn(call);
        const tokens = sessions.open(login);
        const account = accountOf(login, tokens.accountId);
        return {
          headers: tokenHeaders(tokens),
          body: {
            accountType: account.accountType, accountInfo: balanceOf(figures(account.accountId)), currencyIsoCode: account.currency, currencySymbol: currencySymbol(account.currency),
            currentAccountId: account.accountId, lightstreamerEndpoint: call.origin,
            accounts: login.accounts.map(({ accountId, accountName, accountType }, i) => ({ accountId, accountName, preferred: i === 0, accountType })),
            clientId: login.clientId, timezoneOffset, reroutingEnvironment: null, ...environment,
          },
        };
      },
    },
    {
      method: 'POST', path: '/session', versions: [3], kind: 'A', access: 'key',
      async handle(call) {
        const login = await logIn(call);
        const oauthToken = oauthBody(sessions.openOauth(login));
        return { body: { clientId: login.clientId, accountId: login.accounts[0]!.accountId, timezoneOffset, lightstreamerEndpoint: call.origin, oauthToken } };
      },
    },
    {
      method: 'POST', path: '/session/refresh-token', versions: [1], kind: 'A', access: 'key',
      handle(call) {
        const { refresh_token } = requiredText(call.body(), { refresh_token: /^[^]+$/ });
        const oauth = sessions.refresh(refresh_token);
        if (!oauth) throw new IgError(401, 'error.security.oauth-token-invalid');
        return { body: oauthBody(oauth) };
      },
    },
    {
      method: 'GET', path: '/session', versions: [1], kind: 'A', access: 'session',
      handle(call) {
        const { login, accountId, tokens, oauth } = call.caller();
        const wanted = call.query.get('fetchSessionTokens') === 'true';
        const granted = wanted ? (tokens ?? (oauth && sessions.tokensFor(oauth, accountId))) : undefined;
        const { currency } = accountOf(login, accountId);
        return {
          headers: granted ? tokenHeaders(granted) : {},
          body: { clientId: login.clientId, accountId, timezoneOffset, locale: 'en_GB', currency, lightstreamerEndpoint: call.origin },
        };
      },
    },
    {
      method: 'PUT', path: '/session', versions: [1], kind: 'A', access: 'session',
      handle(call) {
        const { login, accountId: current, tokens } = call.caller();
        const { accountId } = requiredText(call.body(), { accountId: accountPattern });
        if (!tokens) throw new IgError(400, 'error.client.account.switch.account-access-denied'); // not for Bearer tokens
        if (accountId === current) throw new IgError(400, 'error.switch.accountId-must-be-different');
        if (!login.accounts.some((account) => account.accountId === accountId)) throw new IgError(400, 'error.switch.invalid-accountId');
        sessions.switchAccount(tokens, accountId);
        return { headers: tokenHeaders(tokens), body: environment };
      },
    },
    {
      method: 'DELETE', path: '/session', versions: [1], kind: 'A', access: 'session',
      handle(call) {
        const { tokens, oauth } = call.caller();
        if (tokens) sessions.close(tokens);
        if (oauth) sessions.closeOauth(oauth);
        return { status: 204 };
      },
    },
    { method: 'GET', path: '/session/encryptionKey', versions: [1], kind: 'A', access: 'key', handle: async () => ({ body: await sessions.encryptionKey() }) },
    {
      method: 'GET', path: '/accounts', versions: [1], kind: 'N', access: 'session',
      handle(call) {
        const { login, accountId: active } = call.caller();
        return {
          body: {
            accounts: login.accounts.map((account, i) => ({
              accountId: account.accountId, accountName: account.accountName, accountAlias: null, status: 'ENABLED', accountType: account.accountType,
              preferred: i === 0, balance: account.accountId === active ? balanceOf(figures(active)) : null, currency: account.currency, canTransferFrom: true, canTransferTo: true,
            })),
          },
        };
      },
    },
    {
      method: 'GET', path: '/operations/application', versions: [1], kind: 'N', access: 'session',
      handle(call) {
        const { limits } = allowances;
        return {
          body: [{
            name: 'Simulated', apiKey: call.caller().login.apiKey, status: 'ENABLED', allowanceApplicationOverall: limits.applicationOverall,
            allowanceAccountTrading: limits.accountTrading, allowanceAccountOverall: limits.accountOverall, allowanceAccountHistoricalData: limits.historicalPoints,
            concurrentSubscriptionsLimit: 40, allowEquities: true, allowQuoteOrders: false, createdDate: '2026-01-05',
          }],
        };
      },
    },
  ];
}
