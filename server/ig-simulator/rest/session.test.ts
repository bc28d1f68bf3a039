import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testLogin, testSimulator } from '../../testing/test-simulator.ts';
import { maxFailures } from '../access/sessions.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const { call } = simulator;
const credentials = { identifier: testLogin.identifier, password: testLogin.password };

describe('logging in', () => {
  test.each([1, 2])('v%i answers tokens in headers and the account in the body', async (version) => {
    const { status, headers, body } = await call('POST', '/session', { version, body: credentials });
    expect(status).toBe(200);
    expect(headers.get('cst')).toMatch(/^[0-9A-F]{64}\w+$/);
    expect(headers.get('x-security-token')).toMatch(/^[0-9A-F]{64}\w+$/);
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(body).toMatchObject({
      currentAccountId: 'ABC12',
      clientId: expect.stringMatching(/^\d{9}$/),
      timezoneOffset: 0,
      reroutingEnvironment: null,
      lightstreamerEndpoint: simulator.baseUrl.replace('/gateway/deal', ''),
      accounts: [
        { accountId: 'ABC12', preferred: true },
        { accountId: 'XYZ99', preferred: false },
      ],
      accountInfo: { balance: 10_000, deposit: 0, profitLoss: 0, available: 10_000 },
    });
  });

  test('v3 answers an OAuth pair whose expires_in is text', async () => {
    const { body } = await call('POST', '/session', { version: 3, body: credentials });
    expect(body).toMatchObject({
      accountId: 'ABC12',
      oauthToken: { scope: 'profile', token_type: 'Bearer', expires_in: '60' },
    });
  });

  test('an encrypted password logs in, a wrongly encrypted one does not', async () => {
    const { body } = await call('GET', '/session/encryptionKey', { version: '' });
    const key = createPublicKey({
      key: Buffer.from(body.encryptionKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    const plain = Buffer.from(Buffer.from(`${testLogin.password}|${body.timeStamp}`).toString('base64'));
    const password = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, plain).toString('base64');
    expect(
      (
        await call('POST', '/session', {
          version: 2,
          body: { ...credentials, password, encryptedPassword: true },
        })
      ).status,
    ).toBe(200);
    expect(
      (await call('POST', '/session', { version: 2, body: { ...credentials, encryptedPassword: true } }))
        .body,
    ).toEqual({ errorCode: 'error.security.invalid-details' });
  });

  test('too many wrong passwords lock a login for a while, also against the right one', async () => {
    await using locked = await testSimulator({ clock });
    const attempt = (password: string) =>
      locked.call('POST', '/session', { version: 2, body: { ...credentials, password } });
    for (let i = 0; i < maxFailures; i++)
      expect((await attempt('wrong')).body.errorCode).toBe('error.security.invalid-details');
    expect(await attempt(testLogin.password)).toMatchObject({
      status: 401,
      body: { errorCode: 'error.security.too-many-failed-attempts' },
    });
    clock.advance(301_000);
    expect((await attempt(testLogin.password)).status).toBe(200);
  });
});

describe('tokens by the clock', () => {
  test('a CST lives six hours after its last use and 72 at most', async () => {
    const headers = await simulator.logIn();
    const status = async () => (await call('GET', '/accounts', { headers })).status;
    clock.advance(5 * 3_600_000);
    expect(await status()).toBe(200);
    clock.advance(6 * 3_600_000);
    expect(await status()).toBe(401);
    const used = await simulator.logIn();
    for (let hour = 0; hour < 70; hour += 5) {
      clock.advance(5 * 3_600_000);
      expect((await call('GET', '/accounts', { headers: used })).status).toBe(200);
    }
    clock.advance(3 * 3_600_000);
    expect((await call('GET', '/accounts', { headers: used })).body).toEqual({
      errorCode: 'error.security.client-token-invalid',
    });
  });

  test('an access token lives 60 s; refreshing replaces both tokens and kills the old pair; the refresh token lives ten minutes more', async () => {
    const first = (await call('POST', '/session', { version: 3, body: credentials })).body.oauthToken;
    const accounts = (token: string, headers = {}) =>
      call('GET', '/accounts', {
        headers: { Authorization: `Bearer ${token}`, 'IG-ACCOUNT-ID': 'ABC12', ...headers },
      });
    const refresh = (token: string) =>
      call('POST', '/session/refresh-token', { body: { refresh_token: token } });
    expect((await accounts(first.access_token)).status).toBe(200);
    expect(
      (await accounts(first.access_token, { 'IG-ACCOUNT-ID': 'XYZ99' })).body.accounts.map(
        ({ balance }: { balance: unknown }) => balance === null,
      ),
    ).toEqual([true, false]);
    expect((await accounts(first.access_token, { 'IG-ACCOUNT-ID': 'OTHER' })).body.errorCode).toBe(
      'error.security.account-access-denied',
    );
    clock.advance(60_000);
    expect((await accounts(first.access_token)).body.errorCode).toBe('error.security.oauth-token-invalid');
    const { apiKey } = await simulator.createLogin({}); // a refresh token is worth nothing under another login's key, and is not used up by it
    expect(
      (
        await call('POST', '/session/refresh-token', {
          headers: { 'X-IG-API-KEY': apiKey },
          body: { refresh_token: first.refresh_token },
        })
      ).body.errorCode,
    ).toBe('error.security.oauth-token-invalid');
    const second = (await refresh(first.refresh_token)).body;
    expect(second).toMatchObject({ expires_in: '60', token_type: 'Bearer' });
    expect((await refresh(first.refresh_token)).status).toBe(401);
    const fetched = await call('GET', '/session?fetchSessionTokens=true', {
      headers: { Authorization: `Bearer ${second.access_token}` },
    });
    const pair = {
      CST: fetched.headers.get('cst')!,
      'X-SECURITY-TOKEN': fetched.headers.get('x-security-token')!,
    };
    expect((await call('GET', '/session', { headers: pair })).body).toMatchObject({
      accountId: 'ABC12',
      locale: 'en_GB',
      currency: 'GBP',
    });
    clock.advance(660_000);
    expect((await refresh(second.refresh_token)).status).toBe(401);
  });

  test('switching moves the session and replaces the account token; logging out ends it, by DELETE or by _method', async () => {
    const headers = await simulator.logIn();
    const switched = await call('PUT', '/session', { headers, body: { accountId: 'XYZ99' } });
    expect(switched.body).toEqual({
      trailingStopsEnabled: true,
      dealingEnabled: true,
      hasActiveDemoAccounts: true,
      hasActiveLiveAccounts: false,
    });
    expect((await call('GET', '/session', { headers })).body.errorCode).toBe(
      'error.security.account-token-invalid',
    );
    const renewed = { CST: headers.CST, 'X-SECURITY-TOKEN': switched.headers.get('x-security-token')! };
    expect((await call('GET', '/session/', { headers: renewed })).body.accountId).toBe('XYZ99');
    expect(await call('POST', '/session', { headers: { ...renewed, _method: 'DELETE' } })).toMatchObject({
      status: 204,
      text: '',
    });
    expect((await call('GET', '/session', { headers: renewed })).status).toBe(401);
    const other = await simulator.logIn();
    expect((await call('DELETE', '/session', { headers: other })).status).toBe(204);
    expect((await call('GET', '/session', { headers: other })).status).toBe(401);
  });
});

describe('several accounts a login', () => {
  test('defaultAccount makes every later login start on the account, false leaves the default, and accounts say which it is', async () => {
    await using fresh = await testSimulator({ clock });
    const first = await fresh.logIn();
    const switched = await fresh.call('PUT', '/session', {
      headers: first,
      body: { accountId: 'XYZ99', defaultAccount: 'true' },
    });
    const headers = { ...first, 'X-SECURITY-TOKEN': switched.headers.get('x-security-token')! };
    expect(
      (await fresh.call('GET', '/accounts', { headers })).body.accounts.map(
        ({ preferred, balance }: { preferred: boolean; balance: object | null }) => [
          preferred,
          balance !== null,
        ],
      ),
    ).toEqual([
      [false, false],
      [true, true],
    ]);
    const { body } = await fresh.call('POST', '/session', { version: 2, body: credentials });
    expect(body).toMatchObject({
      currentAccountId: 'XYZ99',
      accountType: 'SPREADBET',
      accountInfo: { balance: 250.5 },
      accounts: [{ preferred: false }, { preferred: true }],
    });
    expect((await fresh.call('POST', '/session', { version: 3, body: credentials })).body.accountId).toBe(
      'XYZ99',
    );
    expect(
      (
        await fresh.call('PUT', '/session', {
          headers: await fresh.logIn(),
          body: { accountId: 'ABC12', defaultAccount: false },
        })
      ).status,
    ).toBe(200);
    expect((await fresh.call('POST', '/session', { version: 3, body: credentials })).body.accountId).toBe(
      'XYZ99',
    );
  });

  test('a Bearer token cannot switch: it names the account on each request', async () => {
    const { access_token } = (await call('POST', '/session', { version: 3, body: credentials })).body
      .oauthToken;
    const answer = await call('PUT', '/session', {
      headers: { Authorization: `Bearer ${access_token}` },
      body: { accountId: 'XYZ99' },
    });
    expect([answer.status, answer.body.errorCode]).toEqual([
      400,
      'error.client.account.switch.account-access-denied',
    ]);
  });

  test('an OAuth login has one pair of stream tokens an account, the same when asked again, and logging out ends them all', async () => {
    const { access_token } = (await call('POST', '/session', { version: 3, body: credentials })).body
      .oauthToken;
    const bearer = (accountId: string) => ({
      Authorization: `Bearer ${access_token}`,
      'IG-ACCOUNT-ID': accountId,
    });
    async function fetchPair(accountId: string) {
      const { headers } = await call('GET', '/session?fetchSessionTokens=true', {
        headers: bearer(accountId),
      });
      return { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
    }
    const pairs = [await fetchPair('ABC12'), await fetchPair('XYZ99')];
    expect([await fetchPair('ABC12'), await fetchPair('XYZ99')]).toEqual(pairs);
    const read = () =>
      Promise.all(pairs.map(async (headers) => (await call('GET', '/session', { headers })).body));
    expect(await read()).toMatchObject([{ accountId: 'ABC12' }, { accountId: 'XYZ99' }]);
    await call('DELETE', '/session', { headers: bearer('XYZ99') });
    expect((await read()).map(({ errorCode }) => errorCode)).toEqual([
      'error.security.client-token-invalid',
      'error.security.client-token-invalid',
    ]);
  });
});

describe('the API key', () => {
  test('switched off it opens nothing any more, until the login is named again from outside', async () => {
    await using fresh = await testSimulator({ clock });
    const headers = await fresh.logIn();
    const application = {
      apiKey: testLogin.apiKey,
      status: 'REVOKED',
      allowanceAccountOverall: 30,
      allowanceAccountTrading: '20',
    };
    expect((await fresh.call('PUT', '/operations/application/disable', { headers })).body).toMatchObject({
      apiKey: testLogin.apiKey,
      status: 'DISABLED',
      createdDate: clock.now().toISOString().slice(0, 10),
    });
    const refused = async () =>
      (await fresh.call('POST', '/session', { version: 2, body: credentials })).body.errorCode;
    expect(await refused()).toBe('error.security.api-key-disabled');
    await fresh.createLogin(credentials);
    expect(
      (await fresh.call('PUT', '/operations/application', { headers, body: application })).body,
    ).toMatchObject({ status: 'REVOKED', allowanceAccountOverall: 30, allowanceAccountTrading: 20 });
    expect(await refused()).toBe('error.security.api-key-revoked');
  });

  test("its allowances can be lowered, not raised, and then hold; another's are not touched", async () => {
    await using fresh = await testSimulator({ clock });
    const headers = await fresh.logIn();
    const put = (body: object) =>
      fresh.call('PUT', '/operations/application', {
        headers,
        body: {
          apiKey: testLogin.apiKey,
          status: 'ENABLED',
          allowanceAccountOverall: 5,
          allowanceAccountTrading: 0,
          ...body,
        },
      });
    expect((await put({ allowanceAccountOverall: 60_001 })).body.errorCode).toBe(
      'invalid.request.allowanceAccountOverall',
    );
    expect((await put({ apiKey: 'b'.repeat(40) })).body.errorCode).toBe(
      'unauthorised.clientId.api-key.mismatch',
    );
    expect((await put({ status: 'ASLEEP' })).body.errorCode).toBe('invalid.request.status');
    expect((await put({})).status).toBe(200);
    expect((await fresh.open()).body.errorCode).toBe('error.public-api.exceeded-account-trading-allowance');
    expect((await fresh.call('GET', '/accounts', { headers })).status).toBe(200);
    expect((await fresh.call('GET', '/accounts', { headers })).body.errorCode).toBe(
      'error.public-api.exceeded-account-allowance',
    );
  });
});
