// The unmodified Lightstreamer SDKs, both generations, against the simulator: sessions, transports and prices.
import { describe, expect, test, vi } from 'vitest';
import { marketOrder, testLogin, testSimulator } from '../../testing/test-simulator.ts';
import {
  cleanups,
  connect,
  eurusd,
  expected,
  gold,
  price,
  quote,
  sdks,
  watch,
  world,
  type Options,
  type Watch,
} from '../../testing/stream-sdk.ts';
import { maxItems } from './subscriptions.ts';

/** Fields that no item has; the first is asked for by a client that means NET_CHG_PCT. */
const unknown = ['NET_CHG_', 'BID', 'constructor', 'toString'];

describe.each(sdks)('SDK %s', (version, sdk) => {
  test('subscriptions made before and after connecting, alone and joint, get a snapshot and then every tick, text unchanged', async () => {
    const { simulator, clock, password, address } = await world();
    const start = clock.now().getTime();
    const { client, status } = connect(sdk, address, { password });
    const early = watch(sdk, client, [price(eurusd)], quote);
    await status(/^CONNECTED:WS-STREAMING/);
    const late = watch(
      sdk,
      client,
      [price(eurusd), price(gold)],
      ['BIDPRICE1', 'DLG_FLAG', 'BIDPRICE2', 'CURRENCY1'],
    );
    await early.subscribed();
    await late.count(2);
    expect(late.updates[0]).toMatchObject({
      snapshot: true,
      values: [expect.stringMatching(/^\d\.\d{5}$/), expect.stringMatching(/^DEAL +$/), null, 'USD'],
    });
    expect(new Set(late.updates.map(({ item }) => item))).toEqual(new Set([price(eurusd), price(gold)]));
    clock.advance(60_000);
    const wanted = expected(start, start + 60_000);
    await early.count(wanted.length);
    expect(early.updates.map(({ values }) => values)).toEqual(wanted);
    expect(early.updates.map(({ snapshot }) => snapshot)).toEqual([
      true,
      ...Array(wanted.length - 1).fill(false),
    ]);
    expect(simulator.stats()).toMatchObject({ streams: 1, items: 3 });
    client.disconnect();
    await vi.waitFor(() => expect(simulator.stats()).toMatchObject({ streams: 0, items: 0 }), {
      timeout: 5_000,
    });
  });

  test('all PRICE fields can be asked at once, and unsubscribing stops the ticks', async () => {
    const { simulator, clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const rungs = [1, 2, 3, 4, 5];
    const fields = [
      'MID_OPEN',
      'HIGH',
      'LOW',
      'BIDQUOTEID',
      'ASKQUOTEID',
      ...rungs.flatMap((n) => [`BIDPRICE${n}`, `ASKPRICE${n}`, `BIDSIZE${n}`, `ASKSIZE${n}`]),
      ...[0, ...rungs].map((n) => `CURRENCY${n}`),
      ...rungs.flatMap((c) => rungs.flatMap((n) => [`C${c}BIDSIZE${n}`, `C${c}ASKSIZE${n}`])),
      'TIMESTAMP',
      'DLG_FLAG',
      'NET_CHG',
      'NET_CHG_PCT',
      'DELAY',
    ];
    const all = watch(sdk, client, [price(eurusd)], fields);
    await all.count(1);
    clock.advance(5_000);
    await all.count(5);
    const values = Object.fromEntries(fields.map((field, i) => [field, all.updates.at(-1)!.values[i]]));
    expect(Number(values['LOW'])).toBeLessThanOrEqual(Number(values['BIDPRICE1']));
    expect(values).toMatchObject({
      DELAY: '0',
      BIDPRICE5: null,
      NET_CHG: expect.stringMatching(/^-?\d\.\d{5}$/),
      NET_CHG_PCT: expect.stringMatching(/^-?\d+\.\d\d$/),
    });
    client.unsubscribe(all.subscription);
    await vi.waitFor(() => expect(simulator.stats().items).toBe(0), { timeout: 5_000 });
  });

  test('TRADE ends its empty snapshot, ACCOUNT shows the balance', async () => {
    const { password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const trade = watch(sdk, client, ['TRADE:ABC12'], ['CONFIRMS', 'OPU', 'WOU'], {
      mode: 'DISTINCT',
      adapter: null,
    });
    const account = watch(sdk, client, ['ACCOUNT:ABC12'], ['FUNDS', 'PNL', 'AVAILABLE_TO_DEAL'], {
      adapter: null,
    });
    await trade.until(() => expect(trade.seen.ends).toBe(1));
    await account.count(1);
    expect(account.updates[0]).toMatchObject({ snapshot: true, values: ['10000.00', '0.00', '10000.00'] });
    expect(trade.updates).toEqual([]);
  });

  test('a refused subscription tells its code and leaves the session and the others alive', async () => {
    const { clock, password, address } = await world();
    const { client, status } = connect(sdk, address, { password });
    const good = watch(sdk, client, [price(eurusd)], quote);
    const cases: [number, string[], string[], Watch][] = [
      [21, [price('CS.D.NOTHING.CFD.IP')], quote, {}],
      [21, [price(gold), price('CS.D.NOTHING.CFD.IP')], quote, {}],
      [21, [`MARKET:${eurusd}`], ['BID'], { adapter: null }],
      [21, [`L1:${eurusd}`], ['BID'], { adapter: null }],
      [21, [price(eurusd)], quote, { adapter: null }],
      [17, [price(eurusd)], quote, { adapter: 'Other' }],
      [24, [price(eurusd)], quote, { mode: 'DISTINCT' }],
      [-1, [`PRICE:OTHER:${eurusd}`], quote, {}],
      [-1, ['TRADE:OTHER'], ['CONFIRMS'], { mode: 'DISTINCT', adapter: null }],
      [-1, Array.from({ length: maxItems }, () => price(gold)), quote, {}],
    ];
    await status(/^CONNECTED/);
    for (const [code, items, fields, how] of cases) {
      const refused = watch(sdk, client, items, fields, how);
      await refused.until(() => expect(refused.seen.errors).toEqual([code]));
    }
    const before = good.updates.length;
    clock.advance(2_000);
    await good.count(before + 1);
    expect(good.seen).toMatchObject({ subscribed: 1, unsubscribed: 0, errors: [] });
  });

  test('a login without a user name is taken by its password alone', async () => {
    const { password, address } = await world();
    const { client } = connect(sdk, address, {
      password,
      prepare: ({ connectionDetails }) => connectionDetails.setUser(null as unknown as string),
    });
    const { updates, count } = watch(sdk, client, ['ACCOUNT:ABC12'], ['FUNDS'], { adapter: null });
    await count(1);
    expect(updates[0]!.values).toEqual(['10000.00']);
  });

  test('all accounts of a login stream, whichever of them is active: funds, trades and the prices of their kind', async () => {
    const { simulator, clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const funds = watch(sdk, client, ['ACCOUNT:ABC12', 'ACCOUNT:XYZ99'], ['FUNDS'], { adapter: null });
    const trades = watch(sdk, client, ['TRADE:XYZ99'], ['CONFIRMS'], { mode: 'DISTINCT', adapter: null });
    const bets = watch(sdk, client, ['PRICE:XYZ99:IX.D.FTSE.DAILY.IP'], ['BIDPRICE1']);
    await funds.count(2);
    await bets.count(1);
    await trades.until(() => expect(trades.seen.ends).toBe(1));
    expect(funds.updates.map(({ values }) => values)).toEqual([['10000.00'], ['250.50']]);
    const headers = await simulator.logIn();
    const { headers: fresh } = await simulator.call('PUT', '/session', {
      headers,
      body: { accountId: 'XYZ99' },
    });
    await simulator.call('POST', '/positions/otc', {
      version: 2,
      headers: { ...headers, 'X-SECURITY-TOKEN': fresh.get('x-security-token')! },
      body: marketOrder, // a CFD, which a spread-betting account is refused in its confirm
    });
    clock.advance(300);
    await trades.count(1);
    expect(trades.updates[0]!.values[0]).toContain('REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT');
  });

  test.each<[string, string[], Watch]>([
    [`PRICE:ABC12:${eurusd}`, ['CURRENCY1', ...unknown, 'CURRENCY0'], {}],
    [`CHART:${eurusd}:1MINUTE`, ['CONS_END', ...unknown, 'CONS_END'], { adapter: null }],
    ['ACCOUNT:ABC12', ['FUNDS', ...unknown, 'FUNDS'], { adapter: null }],
    ['TRADE:HB.U.HEARTBEAT.IP', ['HEARTBEAT', ...unknown, 'HEARTBEAT'], { adapter: null }],
  ])('%s: fields that it does not know are null', async (item, fields, how) => {
    const { password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const { updates, count } = watch(sdk, client, [item], fields, how);
    await count(1);
    const [first, ...rest] = updates[0]!.values;
    expect(first).toEqual(expect.any(String));
    expect(rest).toEqual([...unknown.map(() => null), first]);
  });

  test('TLCP 2.5.0 is taken, unless the simulator is told to refuse it as IG did: then only the older client streams', async () => {
    for (const tlcp25 of ['accept', 'refuse'] as const) {
      const { password, address } = await world({ tlcp25 });
      for (const transport of [undefined, 'HTTP-STREAMING', 'WS-POLLING']) {
        const { client, error, status } = connect(sdk, address, {
          password,
          ...(transport && { transport }),
        });
        const { count } = watch(sdk, client, [price(eurusd)], quote);
        if (tlcp25 === 'accept' || version === '8.0.5') await count(1);
        else {
          await error(65);
          await status(/^DISCONNECTED$/);
        }
        client.disconnect();
      }
    }
  });

  test("a wrong password, another's account and an unknown adapter set are refused for good", async () => {
    const { password, address } = await world();
    for (const [code, options] of [
      [1, { password: 'CST-a|XST-b' }],
      [1, { password: '' }],
      [1, { password, user: 'OTHER' }],
      [2, { password, adapterSet: 'NONE' }],
    ] as [number, Options][]) {
      const { error, status } = connect(sdk, address, options);
      await error(code);
      await status(/^DISCONNECTED$/);
    }
  });

  test.each<[string, string | undefined, number | undefined]>([
    // 8.0.5 reads the error text of a broken HTTP response as lines of the stream and may stop with 61
    ...(version === '9.2.2'
      ? [['dropped HTTP streams', 'HTTP-STREAMING', undefined] as [string, string, undefined]]
      : []),
    ['dropped sockets', undefined, undefined],
    ['LOOP on WebSocket', 'WS-STREAMING', undefined],
    ['the content-length loop', 'HTTP-STREAMING', 10_000],
    ['HTTP polling', 'HTTP-POLLING', undefined],
    ['WebSocket polling', 'WS-POLLING', undefined],
  ])(
    '%s lose, double and reorder nothing, and the subscription stays',
    async (how, transport, contentLength) => {
      const { simulator, clock, password, address } = await world();
      const start = clock.now().getTime();
      const { client, status } = connect(sdk, address, {
        password,
        ...(transport ? { transport } : {}),
        ...(contentLength ? { contentLength } : {}),
      });
      const { updates, seen, count } = watch(sdk, client, [price(eurusd)], quote);
      await count(1);
      for (let round = 1; round <= 4; round++) {
        clock.advance(8_000);
        if (how.startsWith('dropped')) simulator.setFaults([{ name: 'stream-drop' }]);
        if (how.startsWith('LOOP')) simulator.setFaults([{ name: 'stream-loop' }]);
        clock.advance(2_000);
        await count(expected(start, start + round * 10_000).length);
        if (transport?.endsWith('POLLING') !== true) await status(/^CONNECTED:(WS|HTTP)-STREAMING$/);
      }
      expect(updates.map(({ values }) => values)).toEqual(expected(start, start + 40_000));
      expect(seen).toMatchObject({ subscribed: 1, unsubscribed: 0, errors: [] });
    },
  );

  test('the transport can be changed while connected', async () => {
    const { clock, password, address } = await world();
    const start = clock.now().getTime();
    const { client, status } = connect(sdk, address, { password });
    const { updates, count } = watch(sdk, client, [price(eurusd)], quote);
    await status(/WS-STREAMING$/);
    await count(1);
    client.connectionOptions.setForcedTransport('HTTP-STREAMING');
    await status(/HTTP-STREAMING$/);
    clock.advance(10_000);
    client.connectionOptions.setForcedTransport('WS-STREAMING');
    await status(/WS-STREAMING$/);
    clock.advance(10_000);
    await count(expected(start, start + 20_000).length);
    expect(updates.map(({ values }) => values)).toEqual(expected(start, start + 20_000));
  });

  test('a session that cannot be recovered is replaced, with a fresh snapshot', async () => {
    const { simulator, clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const { updates, seen, subscribed, count } = watch(sdk, client, [price(eurusd)], quote);
    await count(1);
    simulator.setFaults([{ name: 'stream-drop', recoverable: false }]);
    clock.advance(60_000);
    await subscribed(2);
    await count(2);
    expect(seen.unsubscribed).toBe(1);
    expect(updates[1]).toMatchObject({
      snapshot: true,
      values: expected(clock.now().getTime(), clock.now().getTime())[0],
    });
  });

  test.each([31, 32, 35])('END %i stops the client with that code', async (code) => {
    const { simulator, password, address } = await world();
    const { client, error, status } = connect(sdk, address, { password });
    await watch(sdk, client, [price(eurusd)], quote).count(1);
    simulator.setFaults([{ name: 'stream-end', code }]);
    await error(code);
    await status(/^DISCONNECTED$/);
    expect(simulator.stats().streams).toBe(0);
  });

  test('END 48 makes a new session at once; CONERR 65 stops the client; after CONERR 6 the newer one tries again', async () => {
    const { simulator, password, address } = await world();
    const first = connect(sdk, address, { password });
    const { count, subscribed } = watch(sdk, first.client, [price(eurusd)], quote);
    await count(1);
    simulator.setFaults([{ name: 'stream-end' }]);
    await subscribed(2);
    simulator.setFaults([{ name: 'create-refused', code: 65 }]);
    await connect(sdk, address, { password }).error(65);
    simulator.setFaults([{ name: 'create-refused', code: 6 }]);
    const patient = connect(sdk, address, { password });
    if (version !== '9.2.2') return patient.error(6);
    await vi.waitFor(() => expect(patient.statuses).toContain('DISCONNECTED:WILL-RETRY'), { timeout: 5_000 });
    simulator.setFaults([]);
    await patient.status(/^CONNECTED:WS-STREAMING$/);
  });

  test('a restarted server refuses the old tokens; with new ones all subscriptions return', async () => {
    const { simulator, clock, password, address } = await world();
    const { client, error } = connect(sdk, address, { password });
    const { count, subscribed } = watch(sdk, client, [price(eurusd)], quote);
    await count(1);
    await simulator.stop();
    const again = await testSimulator({ clock, port: simulator.port });
    cleanups.push(() => again.stop());
    await error(1);
    const tokens = await again.logIn();
    client.connectionDetails.setPassword(`CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`);
    client.connect();
    await subscribed(2);
  });

  test('the account of a switched session may stream, the one before may not', async () => {
    const { simulator, address } = await world();
    const headers = await simulator.logIn();
    const switched = await simulator.call('PUT', '/session', { headers, body: { accountId: 'XYZ99' } });
    const password = `CST-${headers.CST}|XST-${switched.headers.get('x-security-token')}`;
    await connect(sdk, address, { password, user: testLogin.accountId }).error(1);
    const { client } = connect(sdk, address, { password, user: 'XYZ99' });
    const account = watch(sdk, client, ['ACCOUNT:XYZ99'], ['FUNDS'], { adapter: null });
    await account.count(1);
    expect(account.updates[0]!.values).toEqual(['250.50']);
  });
});
