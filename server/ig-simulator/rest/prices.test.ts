import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sdk9 from 'lightstreamer-client-node-9';
import { describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testSimulator, type TestSimulator } from '../../testing/test-simulator.ts';
import { candleStart, type Resolution } from '../market/candles.ts';
import { instrumentByEpic } from '../market/instruments.ts';
import { createMarket, toText } from '../market/seeded-market.ts';

const { LightstreamerClient, Subscription } = sdk9;
const epic = 'CS.D.EURUSD.CFD.IP';
const instrument = instrumentByEpic.get(epic)!;
const resolutions: Resolution[] = [
  'SECOND',
  'MINUTE',
  'MINUTE_2',
  'MINUTE_3',
  'MINUTE_5',
  'MINUTE_10',
  'MINUTE_15',
  'MINUTE_30',
  'HOUR',
  'HOUR_2',
  'HOUR_3',
  'HOUR_4',
  'DAY',
  'WEEK',
  'MONTH',
];
const iso = (atMs: number) => new Date(atMs).toISOString().slice(0, 19);

const seed = 'history';
/** Two minutes before a minute, hour, day, week and month begin. */
const startMs = Date.parse('2026-05-31T23:58:00Z');
const lastsMs = 240_000;

interface Streamed {
  atMs: number;
  bid: number;
  offer: number;
}
/** What a Lightstreamer client is given, but for a snapshot from before. */
async function listen(simulator: TestSimulator) {
  const { CST, 'X-SECURITY-TOKEN': token } = await simulator.logIn();
  const client = new LightstreamerClient(simulator.baseUrl.replace('/gateway/deal', ''));
  client.connectionDetails.setUser('ABC12');
  client.connectionDetails.setPassword(`CST-${CST}|XST-${token}`);
  const seen: Streamed[] = [];
  const subscription = new Subscription(
    'MERGE',
    [`PRICE:ABC12:${epic}`],
    ['TIMESTAMP', 'BIDPRICE1', 'ASKPRICE1'],
  );
  subscription.setDataAdapter('Pricing');
  const subscribed = new Promise<void>((resolve) =>
    subscription.addListener({
      onSubscription: () => resolve(),
      onItemUpdate(update: { getValue(name: string): string | null }) {
        const [atMs, bid, offer] = ['TIMESTAMP', 'BIDPRICE1', 'ASKPRICE1'].map((name) =>
          Number(update.getValue(name)),
        );
        if (atMs! >= startMs) seen.push({ atMs: atMs!, bid: bid!, offer: offer! });
      },
    } as never),
  );
  client.subscribe(subscription);
  client.connect();
  await subscribed;
  return { seen, stop: () => client.disconnect() };
}
/** Candles of ticks, as REST shows them but for their times. */
function fold(ticks: Streamed[], resolution: Resolution) {
  return [...Map.groupBy(ticks, ({ atMs }) => candleStart(resolution, atMs))].map(([startMs, group]) => {
    const quote = (bid: number, ask: number) => ({ bid, ask, lastTraded: null });
    const of = (pick: (...values: number[]) => number) =>
      quote(pick(...group.map(({ bid }) => bid)), pick(...group.map(({ offer }) => offer)));
    const [first, last] = [group[0]!, group.at(-1)!];
    return {
      at: iso(startMs),
      openPrice: quote(first.bid, first.offer),
      closePrice: quote(last.bid, last.offer),
      highPrice: of(Math.max),
      lowPrice: of(Math.min),
      lastTradedVolume: group.length,
    };
  });
}

test.each(['seeded', 'rebased', 'original'] as const)(
  `history agrees with what was streamed, in every resolution and version: %s (seed ${seed})`,
  async (kind) => {
    using folder = temporaryFolder('history');
    const clock = createManualClock(new Date(startMs));
    const file = path.join(folder.path, 'recorded.csv');
    const recorded = [
      ...createMarket(instrument, { seed, realHours: false }).ticks(startMs, startMs + lastsMs),
    ];
    writeFileSync(
      file,
      [
        'timestamp,bid,ask',
        ...recorded.map(({ atMs, bid, offer }) =>
          [new Date(atMs).toISOString(), toText(bid, 5), toText(offer, 5)].join(),
        ),
      ].join('\n'),
    );
    await using simulator = await testSimulator({
      clock,
      seed,
      ...(kind !== 'seeded' && {
        replay: { files: [{ path: file, epic }], speed: 1, time: kind, paused: true },
      }),
    });
    const { seen, stop } = await listen(simulator);
    if (kind === 'seeded') clock.advance(lastsMs);
    else {
      for (const { atMs } of recorded) {
        clock.advance(atMs - clock.now().getTime());
        await simulator.replay.step({ rows: 1 });
      }
    }
    await vi.waitFor(() => expect(seen).toHaveLength(recorded.length));
    stop();

    const headers = await simulator.logIn();
    const rows = async (
      url: string,
      version: number,
    ): Promise<{ snapshotTime: string; snapshotTimeUTC?: string }[]> =>
      (await simulator.call('GET', encodeURI(`/prices/${epic}${url}`), { version, headers })).body.prices;
    const [from, to] = [iso(startMs), iso(startMs + lastsMs)];
    for (const resolution of resolutions) {
      const wanted = fold(seen, resolution).filter(({ at }) => at >= from); // of candles that had begun before, not all was streamed
      expect(wanted.length).toBeGreaterThan(0);
      const strip = (all: Awaited<ReturnType<typeof rows>>) =>
        all.map(({ snapshotTime, snapshotTimeUTC: _, ...row }) => ({
          at: snapshotTime.replace(/^(\d+).(\d+).(\d+)./, '$1-$2-$3T'),
          ...row,
        }));
      expect(
        strip(await rows(`?resolution=${resolution}&from=${from}&to=${to}&pageSize=0`, 3)),
        resolution,
      ).toEqual(wanted);
      expect(
        strip(await rows(`/${resolution}/${from.replace('T', ' ')}/${to.replace('T', ' ')}`, 2)),
        resolution,
      ).toEqual(wanted);
      expect(
        strip(
          await rows(
            `/${resolution}?startdate=${from.replaceAll('-', ':').replace('T', '-')}&enddate=${to.replaceAll('-', ':').replace('T', '-')}`,
            1,
          ),
        ),
        resolution,
      ).toEqual(wanted);
      expect(strip(await rows(`/${resolution}/${wanted.length}`, 2)), resolution).toEqual(wanted);
    }
  },
  30_000,
);

describe('what cannot be asked', () => {
  const clock = createManualClock();
  test.each([
    ['error.malformed.date', '?from=2026-13-05T00:00:00', 3],
    ['error.malformed.date', '?from=2026-00-05T00:00:00', 3],
    ['error.malformed.date', '?from=2026-01-05T24:00:00', 3],
    ['error.malformed.date', '?to=x', 3],
    ['error.malformed.date', '/DAY/2026-01-05 00:00/2026-01-06 00:00:00', 2],
    ['error.malformed.date', '/DAY/2026-14-05 00:00:00/2026-01-06 00:00:00', 2],
    ['error.malformed.date', '/DAY?startdate=2026:01:05-00:00:00', 1],
    ['error.malformed.date', '/DAY?startdate=2026:01:05 00:00:00&enddate=2026:01:06-00:00:00', 1],
    ['error.invalid.daterange', '/DAY/2026-01-07 00:00:00/2026-01-06 00:00:00', 2],
    ['error.invalid.daterange', '/DAY?startdate=2026:01:07-00:00:00&enddate=2026:01:06-00:00:00', 1],
    ['invalid.input', '/DAYS/10', 2],
    ['invalid.input', '/DAY/0', 1],
    ['invalid.input', '/DAY/ten', 2],
    ['invalid.input', '?pageNumber=0', 3],
    ['invalid.input', '?pageSize=1.5', 3],
    ['invalid.input', '?max=0', 3],
    ['invalid.input', '?pageSize=', 3],
    ['invalid.input', '?pageSize=1e3', 3],
    ['invalid.input', '?max=0x10', 3],
    ['invalid.input', '/DAY/ 5', 2],
  ])('%s: %s in version %i', async (errorCode, url, version) => {
    await using simulator = await testSimulator({ clock });
    expect(await simulator.read(encodeURI(`/prices/${epic}${url}`), version)).toMatchObject({
      status: 400,
      body: { errorCode },
    });
  });
});

test('a range decides what is shown and max does not; a range without candles is an empty page and no page in all', async () => {
  await using simulator = await testSimulator({ clock: createManualClock() });
  const get = async (query: string) =>
    (await simulator.read(`/prices/${epic}?resolution=HOUR&${query}`, 3)).body;
  expect((await get('max=2&from=2026-01-05T00:00:00&to=2026-01-05T07:59:59')).prices).toHaveLength(8);
  expect((await get('from=2026-01-05T05:00:00')).prices).toHaveLength(4);
  expect(await get('from=2026-02-01T00:00:00')).toMatchObject({
    prices: [],
    metadata: { size: 0, pageData: { totalPages: 0 } },
  });
});

test('a side that was not quoted in a candle is null there, and spends a point like any other', async () => {
  using folder = temporaryFolder('one side');
  const file = path.join(folder.path, 'quotes.csv');
  writeFileSync(
    file,
    'timestamp,bid,ask\n2026-01-05T08:00:00Z,1.10,1.20\n2026-01-05T08:01:00Z,1.11,\n2026-01-05T08:02:00Z,,1.21\n',
  );
  await using simulator = await testSimulator({
    replay: { files: [{ path: file, epic }], speed: 'max', time: 'original', start: 'now' },
    allowances: {
      applicationOverall: 1_000,
      accountOverall: 1_000,
      accountTrading: 1_000,
      historicalPoints: 10,
    },
  });
  await vi.waitFor(() => expect(simulator.stats().replay[epic]).toMatchObject({ rows: 3, done: true }));
  const { body, text } = await simulator.read(`/prices/${epic}?resolution=MINUTE`, 3);
  expect(body.prices.map(({ closePrice }: { closePrice: object }) => closePrice)).toEqual([
    { bid: 1.1, ask: 1.2, lastTraded: null },
    { bid: 1.11, ask: null, lastTraded: null },
    { bid: null, ask: 1.21, lastTraded: null },
  ]);
  expect(text).toContain('"bid":1.10');
  expect(body.metadata).toMatchObject({ size: 3, allowance: { remainingAllowance: 7, totalAllowance: 10 } });
});
