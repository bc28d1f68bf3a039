import { describe, expect, test } from 'vitest';
import { messagesOf } from './messages.ts';
import { createWorld, eurusd, ftse, reasonOf } from './test-world.ts';
import type { AmendOrder, PlaceOrder } from './commands.ts';
import type { DealDecision } from './decisions.ts';
import type { Context } from './types.ts';

const world2026 = { past: '2026-01-05T09:00:00.000Z', soon: '2026-01-05T09:00:05.000Z' };
const amend = (
  world: ReturnType<typeof createWorld>,
  dealId: string,
  wanted: Partial<AmendOrder>,
  over?: Partial<Context>,
) =>
  world.run(
    { type: 'amendOrder', accountId: 'CFD1', dealId, level: '1.16806', ...wanted },
    over,
  )[0] as DealDecision;
const cancel = (world: ReturnType<typeof createWorld>, dealId: string, over?: Partial<Context>) =>
  world.run({ type: 'cancelOrder', accountId: 'CFD1', dealId }, over)[0] as DealDecision;
const closedQuote = (status: 'EDITS_ONLY' | 'CLOSED' | 'OFFLINE') => ({
  quote: () => ({ bid: '1.17', offer: '1.17006', status }),
});

describe('an order is refused with IG’s reason', () => {
  test.each<[reason: string, order: Partial<PlaceOrder>, context?: Partial<Context>]>([
    ['SUCCESS', {}],
    ['SUCCESS', { level: '1.16986' }], // 2 points from the offer
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: '1.16987' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: '1.18' }], // a LIMIT buys below
    ['SUCCESS', { level: '1.18', kind: 'STOP' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { kind: 'STOP' }],
    ['SUCCESS', { direction: 'SELL', level: '1.18' }],
    ['SUCCESS', { direction: 'SELL', level: '1.16', kind: 'STOP' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { direction: 'SELL', level: '1.16' }],
    // However far from the market it waits: the maximum is for what is attached to it.
    ['SUCCESS', { level: '0.234' }],
    ['SUCCESS', { direction: 'SELL', level: '0.234', kind: 'STOP' }],
    ['SUCCESS', { direction: 'SELL', level: '12' }],
    ['SUCCESS', { level: '12', kind: 'STOP' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: '0' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { direction: 'SELL', level: '-1', kind: 'STOP' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: '0.234', limitDistance: '1756' }], // 75 % of the level
    ['SUCCESS', { level: '0.234', limitDistance: '1755' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopDistance: '1.9' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.17' }], // behind a BUY at 1.16806 is below it
    ['SUCCESS', { stopLevel: '1.16', limitLevel: '1.17' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitLevel: '1.16' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopDistance: '4', guaranteedStop: true }],
    ['GOOD_TILL_DATE_IN_THE_PAST', { goodTill: world2026.past }],
    ['SUCCESS', { goodTill: world2026.soon }],
    ['MINIMUM_ORDER_SIZE_ERROR', { size: '0.9' }],
    ['INSTRUMENT_NOT_FOUND', { epic: 'CS.D.NOTHING.CFD.IP' }],
    ['REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT', { accountId: 'BET1' }],
    ['MARKET_CLOSED_WITH_EDITS', {}, closedQuote('EDITS_ONLY')],
    ['MARKET_CLOSED', {}, closedQuote('CLOSED')],
    ['SUCCESS', { size: '1000' }], // no margin is taken before it is filled
  ])('%s: %j', (reason, order, context) => {
    const world = createWorld();
    const decision = world.place(order, context);
    expect(reasonOf(decision)).toBe(reason);
    expect(world.account(order.accountId).orders.length).toBe(reason === 'SUCCESS' ? 1 : 0);
    if (reason !== 'SUCCESS') expect(decision).toMatchObject({ type: 'rejected', of: 'order' });
  });

  test('also with a reference that was used, by an order or a position', () => {
    const world = createWorld();
    world.open({ dealReference: 'a' });
    world.place({ dealReference: 'b' });
    expect(
      [
        world.place({ dealReference: 'a' }),
        world.open({ dealReference: 'b' }),
        world.place({ dealReference: 'b', size: '2' }),
      ].map(reasonOf),
    ).toEqual(['DUPLICATE_ORDER_ERROR', 'DUPLICATE_ORDER_ERROR', 'CONFLICTING_ORDER']);
  });

  test.each<[reason: string, wanted: Partial<AmendOrder>, context?: Partial<Context>]>([
    ['SUCCESS', {}],
    ['ORDER_NOT_FOUND', { dealId: 'DIAAAAANOTHINGX' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: '1.18' }],
    ['SUCCESS', { level: '1.18', kind: 'STOP' }],
    ['SUCCESS', { level: '0.17' }],
    ['SUCCESS', { level: '12', kind: 'STOP' }],
    ['GOOD_TILL_DATE_IN_THE_PAST', { goodTill: world2026.past }],
    ['MOVE_AWAY_ONLY_TRIGGER_LEVEL', { level: '1.169' }, closedQuote('EDITS_ONLY')],
    ['SUCCESS', { level: '1.16' }, closedQuote('EDITS_ONLY')],
    ['MARKET_CLOSED', {}, closedQuote('CLOSED')],
  ])('amended: %s: %j', (reason, wanted, context) => {
    const world = createWorld();
    expect(reasonOf(amend(world, world.place().dealId, wanted, context))).toBe(reason);
  });

  test('cancelled: only what is there, and not of a market that is offline', () => {
    const world = createWorld();
    const { dealId } = world.place();
    expect(
      [
        cancel(world, 'DIAAAAANOTHINGX'),
        cancel(world, dealId, closedQuote('OFFLINE')),
        cancel(world, dealId, closedQuote('CLOSED')),
        cancel(world, dealId),
      ].map(reasonOf),
    ).toEqual(['ORDER_NOT_FOUND', 'MARKET_OFFLINE', 'SUCCESS', 'ORDER_NOT_FOUND']);
  });
});

test('an order is told as it comes, changes and goes, under one id and reference, with distances', () => {
  const world = createWorld();
  const placed = world.place({
    dealReference: 'mine',
    stopLevel: '1.16706',
    limitDistance: '20',
    goodTill: '2026-01-06T00:00:00.000Z',
  });
  const { dealId } = placed;
  const amended = amend(world, dealId, { level: '1.167', stopDistance: '30', goodTill: null });
  const cancelled = cancel(world, dealId);
  expect([placed, amended, cancelled].map((decision) => messagesOf(decision))).toMatchObject([
    {
      confirms: {
        status: 'OPEN',
        dealId,
        dealReference: 'mine',
        affectedDeals: [{ dealId, status: 'OPENED' }],
        level: 1.16806,
        stopDistance: 10,
        limitDistance: 20,
        stopLevel: null,
        limitLevel: null,
      },
      wou: [
        {
          status: 'OPEN',
          dealId,
          dealReference: 'mine',
          level: 1.16806,
          orderType: 'LIMIT',
          stopDistance: 10,
          limitDistance: 20,
          timeInForce: 'GOOD_TILL_DATE',
          goodTillDate: '2026-01-06T00:00:00',
        },
      ],
    },
    {
      confirms: {
        status: 'AMENDED',
        dealId,
        dealReference: 'mine',
        affectedDeals: [{ dealId, status: 'AMENDED' }],
        level: 1.167,
        stopDistance: 30,
        limitDistance: null,
      },
      wou: [{ status: 'UPDATED', level: 1.167, timeInForce: 'GOOD_TILL_CANCELLED' }],
    },
    {
      confirms: {
        status: 'DELETED',
        dealId,
        dealReference: 'mine',
        affectedDeals: [{ dealId, status: 'DELETED' }],
        level: 1.167,
      },
      wou: [{ status: 'DELETED', level: 1.167 }],
    },
  ]);
});

describe('an order is filled', () => {
  test.each<
    [
      order: Partial<PlaceOrder>,
      short: [bid: string, offer: string],
      reached: [bid: string, offer: string],
      level: string,
    ]
  >([
    [{}, ['1.16801', '1.16807'], ['1.16800', '1.16806'], '1.16806'],
    [{}, ['1.16801', '1.16807'], ['1.16694', '1.16700'], '1.167'], // better than asked
    [{ kind: 'STOP', level: '1.18' }, ['1.17993', '1.17999'], ['1.17994', '1.18'], '1.18'],
    [{ kind: 'STOP', level: '1.18' }, ['1.17993', '1.17999'], ['1.18994', '1.19'], '1.19'], // a gap
    [{ direction: 'SELL', level: '1.18' }, ['1.17999', '1.18005'], ['1.18', '1.18006'], '1.18'],
    [{ direction: 'SELL', kind: 'STOP', level: '1.16' }, ['1.16001', '1.16007'], ['1.15', '1.15006'], '1.15'],
  ])('%j not at %j but at %j, for %s', (order, short, reached, level) => {
    const world = createWorld();
    const { dealId, dealReference } = world.place({ stopDistance: '10', limitDistance: '20', ...order });
    expect(world.set(eurusd, ...short)).toEqual([]);
    const [filled] = world.set(eurusd, ...reached);
    const sign = order.direction === 'SELL' ? -1 : 1;
    const [stopLevel, limitLevel] = [Number(level) - sign * 0.001, Number(level) + sign * 0.002].map((each) =>
      Number(each.toFixed(5)),
    );
    expect(messagesOf(filled!)).toMatchObject({
      confirms: null,
      wou: [{ status: 'DELETED', dealId, dealReference, dealStatus: 'ACCEPTED' }],
      opu: [
        {
          status: 'OPEN',
          dealId,
          dealReference,
          level: Number(level),
          channel: 'OSAutoStopFill',
          stopLevel,
          limitLevel,
        },
      ],
    });
    expect(world.account()).toMatchObject({ orders: [], positions: [{ dealId, dealReference, level }] });
    expect(world.set(eurusd, ...reached)).toEqual([]);
  });

  test('against opposite positions when it does not force open', () => {
    const world = createWorld();
    const held = world.open({ direction: 'SELL', size: '3' });
    world.place({ forceOpen: false });
    const [filled] = world.set(eurusd, '1.168', '1.16806');
    expect(filled).toMatchObject({
      type: 'dealt',
      opening: null,
      closings: [{ position: { dealId: held.dealId }, size: '1', remaining: '2' }],
    });
    expect(world.account()).toMatchObject({ orders: [], positions: [{ direction: 'SELL', size: '2' }] });
  });

  test('not for want of funds: it goes, told as rejected, and opens nothing', () => {
    const world = createWorld();
    const { dealId } = world.place({ size: '1000' });
    const [gone] = world.set(eurusd, '1.168', '1.16806');
    expect(gone).toMatchObject({
      type: 'orderChanged',
      change: 'DELETED',
      cause: 'order',
      reason: 'INSUFFICIENT_FUNDS',
    });
    expect(messagesOf(gone!)).toMatchObject({
      confirms: null,
      opu: [],
      wou: [{ dealId, status: 'DELETED', dealStatus: 'REJECTED' }],
    });
    expect(world.account()).toMatchObject({ orders: [], positions: [] });
  });

  test('not by a quote older than itself, nor while the market only edits, nor past its date', () => {
    const world = createWorld();
    world.place({ goodTill: world2026.soon });
    world.quotes.set(eurusd, { bid: '1.168', offer: '1.16806', status: 'TRADEABLE' });
    const older = new Date(world.context.now.getTime() - 1).toISOString();
    expect(world.run({ type: 'tick', epic: eurusd, quotedAt: older })).toEqual([]);
    expect(world.set(eurusd, '1.168', '1.16806', 'EDITS_ONLY')).toEqual([]);
    world.quotes.set(eurusd, { bid: '1.168', offer: '1.16806', status: 'TRADEABLE' });
    expect(world.run({ type: 'tick', epic: eurusd }, { now: new Date(world2026.soon) })).toEqual([]);
    expect(world.run({ type: 'time' }, { now: new Date(world2026.soon) })).toMatchObject([
      { type: 'orderChanged', change: 'DELETED', cause: 'expiry', confirmAt: null },
    ]);
    expect(world.account().orders).toEqual([]);
  });

  test('not while its market takes closings only', () => {
    const world = createWorld();
    world.place();
    expect(world.set(eurusd, '1.168', '1.16806', 'CLOSINGS_ONLY')).toEqual([]);
    expect(world.set(eurusd, '1.168', '1.16806')).toMatchObject([{ type: 'dealt', cause: 'order' }]);
  });

  test('not by a quote older than its last amend', () => {
    const world = createWorld();
    const { dealId } = world.place();
    const later = new Date(world.context.now.getTime() + 5_000);
    world.run({ type: 'amendOrder', accountId: 'CFD1', dealId, level: '1.169' }, { now: later });
    world.quotes.set(eurusd, { bid: '1.168', offer: '1.16806', status: 'TRADEABLE' });
    expect(
      world.run(
        { type: 'tick', epic: eurusd, quotedAt: new Date(later.getTime() - 1).toISOString() },
        { now: later },
      ),
    ).toEqual([]);
    expect(
      world.run({ type: 'tick', epic: eurusd, quotedAt: later.toISOString() }, { now: later }),
    ).toMatchObject([{ type: 'dealt', cause: 'order' }]);
  });

  test('next to other orders of the epic, whose band is kept', () => {
    const world = createWorld();
    const far = world.place({ level: '1.16' });
    const near = world.place();
    world.place({ epic: ftse, currencyCode: 'GBP', level: '9600' });
    world.set(eurusd, '1.168', '1.16806');
    expect(world.account().positions.map(({ dealId }) => dealId)).toEqual([near.dealId]);
    world.set(eurusd, '1.15994', '1.16');
    expect(world.account().positions.map(({ dealId }) => dealId)).toEqual([near.dealId, far.dealId]);
    expect(world.account().orders).toHaveLength(1);
  });
});
