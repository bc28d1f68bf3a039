// Both Lightstreamer SDKs: charts, trade messages heard again, pacing, and what sessions live through.
import { describe, expect, test } from 'vitest';
import type { ManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import {
  cleanups,
  connect,
  eurusd,
  expected,
  price,
  quote,
  sdks,
  until,
  watch,
  world,
} from '../../testing/stream-sdk.ts';
import { tokenIdleMs } from '../access/sessions.ts';
import { repeated } from './outbox.ts';
import { retentionMs } from './session.ts';

const sides = ['OPEN', 'HIGH', 'LOW', 'CLOSE'];
const candleNames = [
  'UTM',
  ...sides.map((side) => `BID_${side}`),
  ...sides.map((side) => `OFR_${side}`),
  'CONS_TICK_COUNT',
  'CONS_END',
];
const plain = { adapter: null };

/** Lets `ms` pass on the clock in step with the real time that the clients measure. */
async function passes(clock: ManualClock, ms: number, pauseMs = 20) {
  const end = clock.monotonicMs() + ms;
  const beat = setInterval(() => clock.advance(20), pauseMs);
  await until(() => expect(clock.monotonicMs()).toBeGreaterThanOrEqual(end)).finally(() =>
    clearInterval(beat),
  );
}

describe.each(sdks)('SDK %s', (version, sdk) => {
  test('CHART ticks are every tick of PRICE, without a snapshot; closed CHART candles are those of GET /prices', async () => {
    const { simulator, clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const start = clock.now().getTime();
    const ticks = watch(sdk, client, [`CHART:${eurusd}:TICK`], ['UTM', 'BID', 'OFR'], {
      mode: 'DISTINCT',
      adapter: null,
      snapshot: 'no',
    });
    const candles = watch(sdk, client, [`CHART:${eurusd}:1MINUTE`], candleNames, plain);
    await ticks.subscribed();
    await candles.subscribed();
    clock.advance(200_000);
    const wanted = expected(start, start + 200_000).slice(1);
    await ticks.count(wanted.length);
    expect(ticks.updates.map(({ values, snapshot }) => [snapshot, ...values])).toEqual(
      wanted.map((values) => [false, ...values]),
    );
    const closed = () =>
      candles.updates.filter(({ values }) => values.at(-1) === '1' && Number(values[0]) >= start);
    await until(() => expect(closed()).toHaveLength(3));
    expect(candles.updates.map(({ snapshot }) => snapshot)).toEqual(candles.updates.map((_, i) => i === 0));
    const { prices } = (
      await simulator.read(
        `/prices/${eurusd}?resolution=MINUTE&from=2026-01-05T09:00:00&to=2026-01-05T09:02:59`,
        3,
      )
    ).body;
    const cell = (row: any, side: string, of: 'bid' | 'ask') => row[`${side.toLowerCase()}Price`][of];
    expect(closed().map(({ values }) => values.slice(1, -1).map(Number))).toEqual(
      prices.map((row: any) => [
        ...sides.map((side) => cell(row, side, 'bid')),
        ...sides.map((side) => cell(row, side, 'ask')),
        row.lastTradedVolume,
      ]),
    );
  });

  test('a late TRADE subscription hears the messages of the last minute again when it asks for a snapshot, and not otherwise', async () => {
    const { simulator, clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const fields = ['CONFIRMS', 'OPU', 'WOU'];
    const how = { mode: 'DISTINCT', adapter: null };
    const first = watch(sdk, client, ['TRADE:ABC12'], fields, how);
    await first.until(() => expect(first.seen.ends).toBe(1));
    await simulator.open();
    clock.advance(300);
    await first.count(2);
    const late = watch(sdk, client, ['TRADE:ABC12'], fields, how);
    const without = watch(sdk, client, ['TRADE:ABC12'], fields, { ...how, snapshot: 'no' });
    const one = watch(sdk, client, ['TRADE:ABC12'], fields, { ...how, snapshot: '1' });
    await late.until(() => expect(late.seen.ends).toBe(1));
    await one.until(() => expect(one.seen.ends).toBe(1));
    await without.subscribed();
    expect(late.updates).toEqual(first.updates.map((update) => ({ ...update, snapshot: true })));
    expect(one.updates).toEqual(late.updates.slice(-1));
    await simulator.open();
    clock.advance(300);
    await without.count(2);
    await late.count(4);
    expect(late.updates.slice(2)).toEqual(without.updates);
    clock.advance(repeated.forMs);
    const later = watch(sdk, client, ['TRADE:ABC12'], fields, how);
    await later.until(() => expect(later.seen.ends).toBe(1));
    expect(later.updates).toEqual([]);
  });

  test('the heartbeat item beats every second; all ACCOUNT fields have a value', async () => {
    const { clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const beats = watch(sdk, client, ['TRADE:HB.U.HEARTBEAT.IP'], ['HEARTBEAT'], plain);
    const account = watch(
      sdk,
      client,
      ['ACCOUNT:ABC12'],
      [
        'PNL',
        'DEPOSIT',
        'AVAILABLE_CASH',
        'PNL_LR',
        'PNL_NLR',
        'FUNDS',
        'MARGIN',
        'MARGIN_LR',
        'MARGIN_NLR',
        'AVAILABLE_TO_DEAL',
        'EQUITY',
        'EQUITY_USED',
        'USED_MARGIN',
        'AMOUNT_DUE',
      ],
      plain,
    );
    await beats.count(1);
    clock.advance(3_000);
    await beats.count(4);
    expect(
      beats.updates.map(({ values, snapshot }) => [
        snapshot,
        Number(values[0]) - Number(beats.updates[0]!.values[0]),
      ]),
    ).toEqual([
      [true, 0],
      [false, 1_000],
      [false, 2_000],
      [false, 3_000],
    ]);
    await account.count(1);
    expect(account.updates[0]!.values.every((value) => /^-?\d+\.\d\d$/.test(value!))).toBe(true);
  });

  test('a frequency that was asked for is the one reported and kept; changing it takes effect', async () => {
    const { clock, password, address } = await world();
    const { client } = connect(sdk, address, { password });
    const paced = watch(sdk, client, [price(eurusd)], quote, { frequency: '0.1' });
    await paced.count(1);
    expect(paced.seen.frequencies).toEqual(['0.1']);
    const start = clock.now().getTime();
    clock.advance(30_000);
    await paced.count(4);
    expect(paced.updates.slice(1).map(({ values }) => values)).toEqual(
      [10, 20, 30].map((second) => expected(start + second * 1_000, start + second * 1_000)[0]),
    );
    paced.subscription.setRequestedMaxFrequency('unlimited' as unknown as number);
    await until(() => expect(paced.seen.frequencies).toEqual(['0.1', 'unlimited']));
    const before = paced.updates.length;
    clock.advance(10_000);
    await paced.count(before + expected(start + 30_000, start + 40_000).length - 1);
  });

  test('tokens that die leave the stream alive: dropped, it is recovered without loss; only a new session needs new ones', async () => {
    const { simulator, clock, password, address } = await world();
    const first = connect(sdk, address, { password });
    await first.status(/^CONNECTED:WS-STREAMING/);
    clock.advance(tokenIdleMs + 1);
    const start = clock.now().getTime();
    const { updates, seen, count } = watch(sdk, first.client, [price(eurusd)], quote);
    await count(1);
    clock.advance(5_000);
    simulator.setFaults([{ name: 'stream-drop' }]);
    clock.advance(5_000);
    await count(expected(start, start + 10_000).length);
    expect(updates.map(({ values }) => values)).toEqual(expected(start, start + 10_000));
    expect(seen).toMatchObject({ subscribed: 1, unsubscribed: 0 });
    await connect(sdk, address, { password }).error(1);
  });

  test('an idle stream is kept alive by PROBE; a silent one is given up and recovered', async () => {
    const { simulator, clock, password, address } = await world();
    const impatient = connect(sdk, address, {
      password,
      prepare({ connectionOptions }) {
        connectionOptions.setKeepaliveInterval(300);
        connectionOptions.setStalledTimeout(300);
        connectionOptions.setReconnectTimeout(300);
      },
    });
    await impatient.status(/^CONNECTED:WS-STREAMING/);
    const { subscribed, seen } = watch(sdk, impatient.client, ['TRADE:ABC12'], ['OPU'], {
      mode: 'DISTINCT',
      adapter: null,
    }); // of which nothing comes
    await subscribed();
    await until(() => expect(impatient.statuses.at(-1)).toBe(impatient.client.getStatus())); // it is told a little later
    const connected = impatient.statuses.length;
    await passes(clock, 1_200); // longer than either client waits
    expect(impatient.statuses.slice(connected)).toEqual([]);
    simulator.setFaults([{ name: 'mute', keepalives: false }]);
    await until(() => expect(impatient.statuses.slice(connected)).not.toEqual([]));
    simulator.setFaults([]);
    await impatient.status(/^CONNECTED:(WS|HTTP)-STREAMING$/); // in its haste it may give up the first
    expect(seen).toMatchObject({ subscribed: 1, unsubscribed: 0 });
  });

  test('a client that promises to be heard is kept, on either transport', async () => {
    const { simulator, clock, password, address } = await world();
    const clients = ['WS-STREAMING', 'HTTP-STREAMING'].map((transport) =>
      connect(sdk, address, {
        password,
        transport,
        prepare: ({ connectionOptions }) => connectionOptions.setReverseHeartbeatInterval(200),
      }),
    );
    for (const { client, status, statuses } of clients) {
      await status(/^CONNECTED:(WS|HTTP)-STREAMING$/);
      await until(() => expect(statuses.at(-1)).toBe(client.getStatus())); // it is told a little later
    }
    const before = clients.map(({ statuses }) => statuses.length);
    await passes(clock, 500, 60); // slower than the client's own clock, so that a busy machine makes none of its promises late
    expect(clients.map(({ statuses }) => statuses.length)).toEqual(before);
    for (const { client } of clients) client.disconnect(); // over HTTP without a word: the session ends for want of a connection
    await until(() => {
      clock.advance(retentionMs);
      expect(simulator.stats().streams).toBe(0);
    });
  });

  test('a simulator that starts after the client is found; CONERR 5 is overcome when it ends', async () => {
    const { simulator, clock, password, address } = await world();
    await simulator.stop();
    const early = connect(sdk, address, { password });
    await until(() => expect(early.statuses).toContain('DISCONNECTED:WILL-RETRY'));
    const again = await testSimulator({ clock, port: simulator.port });
    cleanups.push(() => again.stop());
    const tokens = await again.logIn();
    const now = `CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`;
    await early.error(1); // it knows the tokens of the simulator before
    early.client.connectionDetails.setPassword(now);
    early.client.connect();
    await early.status(/^CONNECTED:(WS|HTTP)-STREAMING$/);
    again.setFaults([{ name: 'create-refused', code: 5 }]);
    const patient = connect(sdk, address, { password: now });
    if (version !== '9.2.2') return patient.error(5); // to the older one it is final
    await until(() => expect(patient.statuses.length).toBeGreaterThan(1));
    again.setFaults([]);
    await patient.status(/^CONNECTED:(WS|HTTP)-STREAMING$/);
  });
});
