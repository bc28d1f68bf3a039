// Market faults as REST, streams and the engine see them.
import { describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { rawStream } from '../../testing/raw-stream.ts';
import {
  closingOrder,
  marketOrder,
  testSimulator,
  type TestSimulator,
} from '../../testing/test-simulator.ts';
import type { FaultSetting } from '../faults/settings.ts';
import type { FaultName } from '../faults/table.ts';
import { createFaults } from '../faults/faults.ts';
import { createTimers } from '../timers.ts';
import { disturbed } from './disturbed.ts';
import { instrumentByEpic } from './instruments.ts';
import { createNoise } from './noise.ts';
import type { Price, PriceSource } from './price.ts';
import { createMarket } from './seeded-market.ts';
import { createSeededPrices } from './seeded-prices.ts';

const epic = marketOrder.epic;
const other = 'CS.D.EURUSD.CFD.IP';
const rest = async (simulator: TestSimulator, of = epic) =>
  (await simulator.read(`/markets/${of}`, 3)).body.snapshot;
const verdict = async (
  simulator: TestSimulator,
  clock: ManualClock,
  deal: Promise<{ body: { dealReference: string } }>,
) => {
  const { dealReference } = (await deal).body;
  clock.advance(250);
  return (await simulator.read(`/confirms/${dealReference}`)).body;
};

test.each<[name: FaultName, status: string, flag: string]>([
  ['suspended', 'SUSPENDED', 'SUSPEND'],
  ['edits-only', 'EDITS_ONLY', 'EDIT'],
  ['closings-only', 'EDITS_ONLY', 'CLOSINGSONLY'],
  ['closed', 'CLOSED', 'CLOSED'],
  ['offline', 'OFFLINE', 'CALL'],
  ['auction', 'ON_AUCTION', 'AUCTION'],
])(
  '%s: REST says %s, the stream %s at once, prices stand still, opens are refused; then the market goes on',
  async (name, status, flag) => {
    const clock = createManualClock();
    await using simulator = await testSimulator({ clock });
    using stream = await rawStream(simulator);
    await stream.create();
    const [prices, others] = [await stream.prices(epic), await stream.prices(other)];
    clock.advance(3_000);
    simulator.setFaults([{ name, epic }]);
    await stream.until(() => prices.at(-1)![2]!.trim() === flag);
    const still = await rest(simulator);
    const [heard, heardOfOthers] = [prices.length, others.length];
    clock.advance(15_000);
    simulator.setFaults([{ name, epic }]); // set again, it stands where it stood
    clock.advance(15_000);
    expect([still.marketStatus, await rest(simulator)]).toEqual([status, still]);
    expect((await verdict(simulator, clock, simulator.open())).dealStatus).toBe('REJECTED');
    await stream.until(() => others.length > heardOfOthers + 10);
    expect([prices.length, (await rest(simulator, other)).marketStatus]).toEqual([heard, 'TRADEABLE']);
    simulator.setFaults([]);
    await stream.until(() => prices.at(-1)![2]!.trim() === 'DEAL');
    expect(await rest(simulator)).toMatchObject({
      marketStatus: 'TRADEABLE',
      bid: Number(prices.at(-1)![0]),
    });
    expect((await verdict(simulator, clock, simulator.open())).dealStatus).toBe('ACCEPTED');
  },
);

test('a status ends by itself after its time, and the streams are told', async () => {
  const clock = createManualClock();
  await using simulator = await testSimulator({ clock });
  using stream = await rawStream(simulator);
  await stream.create();
  const prices = await stream.prices(epic);
  simulator.setFaults([{ name: 'suspended', ms: [60_000, 60_000] }]);
  clock.advance(59_999);
  expect((await rest(simulator)).marketStatus).toBe('SUSPENDED');
  clock.advance(2);
  expect((await rest(simulator)).marketStatus).toBe('TRADEABLE');
  await stream.until(() => prices.at(-1)![2]!.trim() === 'DEAL');
  expect(prices.map((values) => values[2]!.trim())).toEqual(['DEAL', 'SUSPEND', 'DEAL']);
});

test('crossed-quotes: a tick has its bid above its offer, the next is right, and REST shows the same', async () => {
  const clock = createManualClock();
  await using simulator = await testSimulator({ clock });
  using stream = await rawStream(simulator);
  await stream.create();
  const prices = await stream.prices(epic);
  simulator.setFaults([{ name: 'crossed-quotes', epic, count: 3, probability: 0.3, seed: 'a' }]);
  for (let i = 0; i < 100; i++) {
    if (i > 0) clock.advance(250); // the tick that was told before stays as it was
    const { bid, offer } = await rest(simulator);
    await stream.until(() => Number(prices.at(-1)![0]) === bid && Number(prices.at(-1)![1]) === offer);
  }
  const crossed = prices.map(([bid, offer]) => Number(bid) > Number(offer));
  expect(crossed.filter(Boolean)).toHaveLength(3);
  expect(crossed.at(-1)).toBe(false);
});

test.each<[setting: Partial<FaultSetting>, by: (mid: number) => number]>([
  [{ points: 40 }, () => 0.004],
  [{ points: -40 }, () => -0.004],
  [{ pct: 2 }, (mid) => mid * 0.02],
  [{ pct: -50 }, (mid) => mid * -0.5],
])(
  'price-gap %j: the price jumps and stays there for everybody, the spread as it was',
  async (setting, by) => {
    const [clock, twinClock] = [createManualClock(), createManualClock()];
    await using simulator = await testSimulator({ clock });
    await using twin = await testSimulator({ clock: twinClock });
    using stream = await rawStream(simulator);
    await stream.create();
    const prices = await stream.prices(epic);
    simulator.setFaults([{ name: 'price-gap', ...setting, epic }]);
    for (const seconds of [0, 10, 3_600]) {
      for (const each of [clock, twinClock]) each.advance(seconds * 1_000);
      const [moved, plain] = [await rest(simulator), await rest(twin)];
      const jump = by((plain.bid + plain.offer) / 2);
      expect([moved.bid, moved.offer]).toEqual([
        expect.closeTo(plain.bid + jump, 4.9),
        expect.closeTo(plain.offer + jump, 4.9),
      ]);
      expect(moved.netChange).toBeCloseTo(plain.netChange + jump, 4);
      expect([moved.high >= moved.offer, moved.low <= moved.bid]).toEqual([true, true]);
      await stream.until(() => Number(prices.at(-1)![0]) === moved.bid);
    }
    expect(await rest(simulator, other)).toEqual(await rest(twin, other));
    const { offer } = await rest(simulator);
    expect((await verdict(simulator, clock, simulator.open())).level).toBe(offer);
  },
);

test('price-gap with a time: it comes back evenly within it', async () => {
  const [clock, twinClock] = [createManualClock(), createManualClock()];
  await using simulator = await testSimulator({ clock });
  await using twin = await testSimulator({ clock: twinClock });
  simulator.setFaults([{ name: 'price-gap', points: 100, ms: [100_000, 100_000] }]);
  for (const [seconds, left] of [
    [0, 0.01],
    [50, 0.005],
    [40, 0.001],
    [10, 0],
  ] as const) {
    for (const each of [clock, twinClock]) each.advance(seconds * 1_000);
    expect((await rest(simulator)).bid - (await rest(twin)).bid).toBeCloseTo(left, 4.9);
  }
});

test('a gap below nothing leaves the smallest price there is', async () => {
  await using simulator = await testSimulator({
    clock: createManualClock(),
    faults: [{ name: 'price-gap', points: -1_000_000, epic }],
  });
  expect(await rest(simulator)).toMatchObject({ bid: 0.00001, offer: 0.00001, low: 0.00001 });
});

test('a gap beyond a stop fills it at the first price there', async () => {
  const clock = createManualClock();
  await using simulator = await testSimulator({ clock });
  const { stopLevel, dealId } = await verdict(simulator, clock, simulator.open({ stopDistance: 20 }));
  simulator.setFaults([{ name: 'price-gap', points: -60, epic }]);
  clock.advance(2_000);
  expect(simulator.snapshot().accounts['ABC12']!.positions).toEqual([]);
  expect((await rest(simulator)).bid).toBeLessThan(stopLevel - 0.003);
  expect((await verdict(simulator, clock, simulator.close(closingOrder(dealId)))).dealStatus).toBe(
    'REJECTED',
  );
});

test('suspended-mid-order: the request is accepted and its booking refused, an open’s and a close’s; the market trades again when its time is over', async () => {
  const clock = createManualClock();
  await using simulator = await testSimulator({ clock });
  const { dealId } = await verdict(simulator, clock, simulator.open());
  simulator.setFaults([{ name: 'suspended-mid-order', count: 2, ms: [5_000, 5_000] }]);
  for (const deal of [() => simulator.open(), () => simulator.close(closingOrder(dealId))]) {
    const answer = await deal();
    expect(answer.status).toBe(200);
    expect((await rest(simulator)).marketStatus).toBe('SUSPENDED');
    clock.advance(250);
    expect((await simulator.read(`/confirms/${answer.body.dealReference}`)).body).toMatchObject({
      dealStatus: 'REJECTED',
      reason: expect.stringMatching(/^MARKET_/),
    });
    clock.advance(5_000);
    expect((await rest(simulator)).marketStatus).toBe('TRADEABLE');
  }
  expect(simulator.snapshot().accounts['ABC12']!.positions).toMatchObject([{ dealId }]);
});

describe('the decorator', () => {
  const clock = createManualClock();
  const instrument = instrumentByEpic.get(epic)!;
  const source = createSeededPrices(
    instrument,
    createMarket(instrument, { seed: 's', realHours: false }, (factor) => createNoise(`s/${factor}`)),
    clock,
  );
  test('passes every price as it is while nothing is set, the very same object', () => {
    let emit = (_: Price): void => {};
    const same: PriceSource = {
      ...source,
      current: () => price,
      subscribe: (listener) => (
        (emit = (each) => listener.onPrice(each)),
        { snapshot: price, unsubscribe: () => {} }
      ),
    };
    const price = source.current()!;
    const faults = createFaults({ clock, timers: createTimers(clock) });
    const shown = disturbed(same, faults);
    const heard: Price[] = [];
    const { snapshot } = shown.subscribe({ onPrice: (each) => void heard.push(each), busy: () => undefined });
    emit(price);
    expect([shown.current() === price, snapshot === price, heard[0] === price]).toEqual([true, true, true]);
    faults.set([{ name: 'slow' }, { name: 'suspended', epic: other }]); // of no concern here
    expect([heard.length, shown.current()]).toEqual([1, price]);
  });
  test('is left without listeners as the source is: nothing is told any more', () => {
    const faults = createFaults({ clock, timers: createTimers(clock) });
    const heard: Price[] = [];
    const { unsubscribe } = disturbed(source, faults).subscribe({
      onPrice: (each) => void heard.push(each),
      busy: () => undefined,
    });
    unsubscribe();
    faults.set([{ name: 'suspended' }]);
    expect(heard).toEqual([]);
  });
});
