// The options of a deal through its procedure: labels, guaranteed and trailing stops, and a worst level. What the broker's wire makes of them is in dealing.contract.ts.
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { OpenPosition } from '../../../../shared/deal-requests.ts';
import * as build from '../../../testing/build.ts';
import { openedPosition, quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const trailingStop = { distancePoints: '20', incrementPoints: '5' };
/** EUR/USD where stops may trail in steps of 5 points. */
async function rigWithTrailing() {
  const rig = await tradingRig();
  const { market, tick } = quoteOf();
  const dealingRules = {
    ...market.dealingRules,
    trailingStops: true,
    minStepDistance: { unit: 'points' as const, value: '5' },
  };
  rig.prices.quote = { market: { ...market, dealingRules }, tick };
  return rig;
}
const positionOf = async (rig: TradingRig) => (await rig.as().listPositions({})).positions[0]!;
async function amended(rig: TradingRig, dealId: string, asked: object) {
  rig.clock.advance(1_000);
  const outcome = await rig.as().amendPosition(rig.amend(dealId, asked));
  if (outcome.status === 'submitted') await rig.applyConfirm();
  return outcome;
}

test('options that exclude each other do not compile', () => {
  const basic = { epic: build.eurusd, direction: 'BUY' as const, size: '1', idempotencyKey: 'a-test-key' };
  type Open = z.input<typeof OpenPosition>;
  const fine: Open[] = [
    { ...basic, stopLevel: '1.1', guaranteedStop: true, level: '1.2', tolerancePoints: '1' },
    { ...basic, trailingStop, limitDistancePoints: '30' },
  ];
  const contradictory: Open[] = [
    // @ts-expect-error a level and a distance
    { ...basic, stopLevel: '1.1', stopDistancePoints: '20' },
    // @ts-expect-error a distance and a trail, which has its own
    { ...basic, stopDistancePoints: '20', trailingStop },
    // @ts-expect-error a stop of two types
    { ...basic, guaranteedStop: true, trailingStop },
    // @ts-expect-error a tolerance of nothing
    { ...basic, tolerancePoints: '1' },
  ];
  const isTaken = (order: Open) => OpenPosition.safeParse(order).success;
  expect([fine.map(isTaken), contradictory.map(isTaken)]).toEqual([
    [true, true],
    [false, false, false, false],
  ]);
});

describe('tag and note', () => {
  test('stand on the deal and on the position it opens', async () => {
    await using rig = await tradingRig();
    const labels = { tag: 'breakout', note: 'after the report' };
    const deal = await rig.as().openPosition(rig.order(labels));
    expect(deal).toMatchObject(labels);
    await rig.applyConfirm(deal.dealReference);
    expect(await positionOf(rig)).toMatchObject(labels);
  });
  test('of an order stand on the order, and on the position it is filled as', async () => {
    await using rig = await tradingRig();
    const labels = { tag: 'dip', note: 'buy the low' };
    const { dealReference } = await rig.as().placeOrder(rig.resting(labels));
    await rig.applyConfirm(dealReference);
    const [order] = (await rig.as().listOrders({})).orders;
    expect(order).toMatchObject(labels);
    const filled = build.openRequest({ dealReference: dealReference! });
    const { dealId } = rig.venue.book(filled, dealReference!);
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId!));
    expect(await positionOf(rig)).toMatchObject(labels);
  });
});

describe('a guaranteed stop', () => {
  test('is sent, shown, and kept by an amend that leaves it out', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { stopLevel: '1.165', guaranteedStop: true });
    expect(rig.venue.requests.at(-1)).toMatchObject({ guaranteedStop: true, stopLevel: '1.165' });
    expect(await positionOf(rig)).toMatchObject({ guaranteedStop: true, stopLevel: '1.165' });
    await amended(rig, dealId, { limitLevel: '1.18' });
    expect(rig.venue.requests.at(-1)).toMatchObject({ guaranteedStop: true, stopLevel: '1.165' });
    await amended(rig, dealId, { guaranteedStop: false });
    expect(await positionOf(rig)).toMatchObject({ guaranteedStop: false, stopLevel: '1.165' });
  });
  test('nearer than its own minimum is denied with both numbers, and so is one without a stop', async () => {
    await using rig = await tradingRig();
    const near = { stopDistancePoints: '4', guaranteedStop: true as const };
    const reason = { code: 'guaranteed_stop_too_near', distance: '4', minimum: '5' };
    expect(await rig.as().openPosition(rig.order(near))).toMatchObject({ status: 'denied', reason });
    expect(await rig.as().placeOrder(rig.resting(near))).toMatchObject({ status: 'denied', reason });
    const dealId = await openedPosition(rig);
    expect(await amended(rig, dealId, { guaranteedStop: true })).toMatchObject({
      status: 'denied',
      reason: { code: 'stop_missing', dealId },
    });
  });
  test('of an order is kept by an amend that leaves it out, and sent as the level IG asks for', async () => {
    await using rig = await tradingRig();
    const asked = { level: '1.16000', stopDistancePoints: '20', guaranteedStop: true as const };
    const { dealReference } = await rig.as().placeOrder(rig.resting(asked));
    await rig.applyConfirm(dealReference);
    const { dealId } = rig.venue.confirms.get(dealReference!)!;
    rig.clock.advance(1_000);
    await rig.as().amendOrder(rig.change(dealId!, { level: '1.15000' }));
    await rig.applyConfirm();
    expect(rig.venue.requests.at(-1)).toMatchObject({ guaranteedStop: true, stopLevel: '1.148' });
    expect((await rig.as().listOrders({})).orders).toMatchObject([
      { guaranteedStop: true, level: '1.15000' },
    ]);
  });
});

describe('a trailing stop', () => {
  test('is denied where the market has none, and below its smallest step', async () => {
    await using rig = await tradingRig();
    expect(await rig.as().openPosition(rig.order({ trailingStop }))).toMatchObject({
      status: 'denied',
      reason: { code: 'trailing_stop_not_allowed' },
    });
    await using trailing = await rigWithTrailing();
    const fine = { ...trailingStop, incrementPoints: '4' };
    expect(await trailing.as().openPosition(trailing.order({ trailingStop: fine }))).toMatchObject({
      status: 'denied',
      reason: { code: 'trailing_step_too_small', increment: '4', minimum: '5' },
    });
  });
  test('is told as it moves, and an amend of the limit keeps it and is known though the stop has moved on', async () => {
    await using rig = await rigWithTrailing();
    const dealId = await openedPosition(rig, { trailingStop });
    expect(rig.venue.requests.at(-1)).toMatchObject({
      stopDistancePoints: '20',
      trailingIncrementPoints: '5',
    });
    const move = async (stopLevel: string) => {
      rig.clock.advance(1_000);
      rig.venue.positions.set(dealId, { ...rig.venue.positions.get(dealId)!, stopLevel });
      await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId, stopLevel));
    };
    await move('1.1691');
    expect((await rig.told()).at(-1)).toBe('position.amended');
    expect(await positionOf(rig)).toMatchObject({ stopLevel: '1.1691', trailingStop });
    rig.venue.treat = 'fill, then silence';
    const { id } = await rig.as().amendPosition(rig.amend(dealId, { limitLevel: '1.18' }));
    expect(rig.venue.requests.at(-1)).toMatchObject({ limitLevel: '1.18', trailingStop });
    rig.venue.confirms.clear();
    await move('1.1696');
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
    expect(await positionOf(rig)).toMatchObject({ stopLevel: '1.1696', limitLevel: '1.18', trailingStop });
  });
  test('takes the place of a fixed one, so far behind the price of now, and ends with a level', async () => {
    await using rig = await rigWithTrailing();
    const dealId = await openedPosition(rig, { stopLevel: '1.165' });
    await amended(rig, dealId, { trailingStop });
    expect(await positionOf(rig)).toMatchObject({ stopLevel: '1.168', trailingStop });
    await amended(rig, dealId, { stopLevel: '1.1675' });
    expect(await positionOf(rig)).toMatchObject({ stopLevel: '1.1675', trailingStop: null });
  });
});

describe('a level', () => {
  test.each([
    [{ level: '1.17006' }, '1.17006'],
    [{ level: '1.17000', tolerancePoints: '1' }, '1.1701'],
  ])('%j is the worst at which a position is opened', async (asked, worstLevel) => {
    await using rig = await tradingRig();
    expect(await rig.as().openPosition(rig.order(asked))).toMatchObject({ status: 'submitted', worstLevel });
    expect(rig.venue.requests).toMatchObject([{ worstLevel }]);
  });
  test('that the price does not reach is denied with both, for a close too; one that left the price meanwhile is refused', async () => {
    await using rig = await tradingRig();
    expect(await rig.as().openPosition(rig.order({ level: '1.17005' }))).toMatchObject({
      status: 'denied',
      reason: { code: 'level_not_reached', worstLevel: '1.17005', level: '1.17006' },
    });
    const dealId = await openedPosition(rig);
    const ask = (asked: object) => rig.as().closePosition(rig.close(dealId, asked));
    expect(await ask({ level: '1.171', tolerancePoints: '5' })).toMatchObject({
      status: 'denied',
      reason: { code: 'level_not_reached', worstLevel: '1.1705', level: '1.17000' },
    });
    rig.prices.move({ bid: '1.1720', offer: '1.1721' });
    const refused = await ask({ level: '1.171' });
    await rig.applyConfirm(refused.dealReference);
    expect(await rig.as().getDeal({ id: refused.id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused', brokerCode: 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET' },
    });
    const { id } = await ask({ level: '1.17' });
    await rig.applyConfirm();
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted', worstLevel: '1.17' });
  });
});
