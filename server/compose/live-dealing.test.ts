// Real money from the outside: an account connected, switched on, bounded and dealt on over REST and tRPC, with the simulator as IG live.
import { expect, onTestFinished, test } from 'vitest';
import { users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { jane, janeTypes } from '../testing/account-rig.ts';
import { eurusd, newcomer } from '../testing/build.ts';
import { signUp } from '../testing/kit.ts';
import { mailedCode } from '../testing/mailed-code.ts';
import { testApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';

test(
  'a live account deals only after the address was confirmed by the code mailed to it, the password was typed again and both limits are set, on every face alike',
  { timeout: 90_000 },
  async () => {
    const feed = {
      ...jane,
      identifier: 'feed',
      apiKey: 'key-of-the-feed',
      accountId: 'FEED1',
      otherAccounts: [],
    };
    await using ig = await testBroker({ clock: systemClock, logins: [jane, feed] });
    await using app = await testApp({
      env: {
        IG_LIVE_BASE_URL: ig.login.baseUrl,
        IG_DEMO: 'false',
        IG_API_KEY: feed.apiKey,
        IG_IDENTIFIER: feed.identifier,
        IG_PASSWORD: feed.password,
      },
    });
    await using ann = await signUp(app);
    const database = createDatabase({ url: app.databaseUrl, logger: silentLogger, max: 1 });
    onTestFinished(() => database.close());
    await database.db.update(users).set({ emailVerifiedAt: null }); // as of before addresses were confirmed at once
    const { accounts } = await ann.api.accounts.connect.mutate({ ...janeTypes, environment: 'live' });
    const { id: accountId } = accounts[0]!;
    let keys = 0;
    async function rest(method: string, path: string, body?: object) {
      const answer = await fetch(`${app.url}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await ann.token()}`,
          'content-type': 'application/json',
          'idempotency-key': `a-key-of-rest-${++keys}`,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    }
    const order = { accountId, epic: eurusd, direction: 'BUY' as const, size: '1', waitMs: 10_000 };
    const opened = () =>
      ann.api.trading.openPosition.mutate({ ...order, idempotencyKey: `a-key-of-trpc-${++keys}` });

    expect(await rest('POST', '/trading/positions', order)).toMatchObject({
      status: 200,
      body: { status: 'denied', environment: 'live', reason: { code: 'live_dealing_off' } },
    });
    expect(
      await rest('POST', `/accounts/${accountId}/live-dealing`, { password: newcomer.password }),
    ).toMatchObject({ status: 403, body: { code: 'auth.email_unverified' } });
    await rest('POST', '/auth/verify-email/resend', { email: newcomer.email });
    const code = await mailedCode(app.url!, newcomer.email);
    expect(await rest('POST', '/auth/verify-email', { code })).toMatchObject({ status: 200 });
    expect(await rest('POST', `/accounts/${accountId}/live-dealing`, { password: 'a guess' })).toMatchObject({
      status: 403,
      body: { code: 'auth.wrong_password' },
    });
    expect(
      await rest('POST', `/accounts/${accountId}/live-dealing`, { password: newcomer.password }),
    ).toMatchObject({ status: 200, body: { liveDealing: true, environment: 'live' } });
    expect(await opened()).toMatchObject({ status: 'denied', reason: { code: 'reduce_only' } });
    expect(
      await rest('PUT', '/trading/risk', { accountId, maxSize: '1', maxDailyLoss: '500' }),
    ).toMatchObject({
      status: 200,
      body: { environment: 'live', dealingState: 'active', limits: { maxSize: '1', maxDailyLoss: '500' } },
    });
    const deal = await opened();
    expect(deal).toMatchObject({ status: 'accepted', environment: 'live' });
    expect(await rest('POST', '/trading/positions', { ...order, size: '1.01' })).toMatchObject({
      body: { status: 'denied', reason: { code: 'size_limit', size: '1.01', limit: '1' } },
    });
    expect(await rest('DELETE', `/accounts/${accountId}/live-dealing`)).toMatchObject({
      status: 200,
      body: { liveDealing: false },
    });
    const close = `/trading/positions/${deal.dealId}?accountId=${accountId}`;
    expect(await rest('DELETE', close)).toMatchObject({ body: { reason: { code: 'live_dealing_off' } } });
    await ann.api.accounts.enableLiveDealing.mutate({ id: accountId, password: newcomer.password });
    expect(await rest('DELETE', close)).toMatchObject({ body: { environment: 'live', reason: null } });
    const [viaRest, viaTrpc] = [
      await rest('GET', `/trading/risk?accountId=${accountId}`),
      await ann.api.trading.getRisk.query({ accountId }),
    ];
    expect(viaRest.body).toMatchObject({ accountId, dealingState: 'active', limits: viaTrpc.limits });
    expect(viaTrpc).toMatchObject({ environment: 'live', today: { timeZone: 'UTC' } });
  },
);
