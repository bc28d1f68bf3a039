// Working orders through the procedures: placed, amended, cancelled, filled and expired, in whatever order the broker tells of it.
import { describe, expect, test } from 'vitest';
import { failure } from '../../../testing/failure.ts';
import { quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { noticed } from '../../../testing/noticed.ts';

const listed = async (rig: TradingRig, userId?: string) =>
  (await rig.as(userId).listOrders({})).orders.map(({ dealId, level, source }) => ({
    dealId,
    level,
    source,
  }));
const toldSince = async (rig: TradingRig, n: number) => (await rig.told()).slice(n);
/** One that rests, confirmed; and how many events told of it. */
async function resting(rig: TradingRig, over: Parameters<TradingRig['resting']>[0] = {}) {
  const { dealReference } = await rig.as().placeOrder(rig.resting(over));
  await rig.applyConfirm(dealReference);
  const dealId = rig.venue.confirms.get(dealReference!)!.dealId!;
  rig.clock.advance(5_000);
  return { dealId, dealReference, order: rig.venue.orders.get(dealId)!, told: (await rig.told()).length };
}
/** The venue fills an order: it is gone, and a position bears its id and reference. */
function fill(rig: TradingRig, { dealId, dealReference }: { dealId: string; dealReference: string | null }) {
  const { direction, size, level, currency, epic, expiry } = rig.venue.orders.get(dealId)!;
  rig.venue.orders.delete(dealId);
  const figures = { name: 'EUR/USD', contractSize: '100000', stopLevel: null, limitLevel: null };
  const what = { dealId, dealReference, epic, expiry, direction, size, level, currency };
  rig.venue.positions.set(dealId, { ...what, ...figures, openedAt: rig.clock.now() });
  rig.venue.activity.push({
    dealId,
    dealReference,
    epic,
    status: 'accepted',
    actions: [
      { action: 'order_filled', dealId },
      { action: 'opened', dealId },
    ],
    direction,
    size,
    level,
    stopLevel: null,
    limitLevel: null,
    stopDistancePoints: null,
    limitDistancePoints: null,
    throughApi: false,
    at: rig.clock.now(),
  });
}

describe('trading.placeOrder', () => {
  test('is sent once under our reference, rests when it is confirmed, and is told once though the stream tells of it too', async () => {
    await using rig = await tradingRig();
    const goodTillAt = new Date(rig.clock.now().getTime() + 3_600_000);
    const outcome = await rig
      .as()
      .placeOrder(rig.resting({ goodTillAt, stopDistancePoints: '20', limitLevel: '1.18' }));
    expect(outcome).toMatchObject({
      kind: 'place_order',
      status: 'submitted',
      orderType: 'limit',
      orderLevel: '1.16000',
      stopDistancePoints: '20',
      limitLevel: '1.18',
      limitDistancePoints: '200',
      level: null,
      dealId: null,
    });
    expect(rig.venue.requests).toEqual([
      {
        kind: 'place_order',
        dealReference: outcome.dealReference,
        epic: outcome.epic,
        expiry: '-',
        direction: 'BUY',
        size: '1',
        currency: 'USD',
        type: 'limit',
        level: '1.16000',
        goodTillAt,
        stopDistancePoints: '20',
        limitDistancePoints: '200',
        guaranteedStop: false,
        stopLevel: null,
      },
    ]);
    await rig.applyConfirm(outcome.dealReference);
    const [order] = rig.venue.orders.values();
    await rig.trading.applyAccountEvent(
      rig.venue.orderEvent(rig.accountId, order!, { dealReference: outcome.dealReference, eventId: 'w' }),
    );
    expect(await rig.as().getDeal({ id: outcome.id })).toMatchObject({
      status: 'accepted',
      dealId: order!.dealId,
    });
    expect((await rig.as().listOrders({})).orders).toMatchObject([
      {
        dealId: order!.dealId,
        dealReference: outcome.dealReference,
        environment: 'simulated',
        name: 'EUR/USD',
        type: 'limit',
        level: '1.16000',
        goodTillAt,
        stopDistancePoints: '20',
        limitDistancePoints: '200',
        source: 'ftrader',
        state: 'open',
      },
    ]);
    expect(await rig.told()).toEqual(['deal.submitting', 'deal.submitted', 'deal.accepted', 'order.placed']);
  });

  test('the stream’s news of the order may come before the confirm, and proves the deal', async () => {
    await using rig = await tradingRig();
    const { id, dealReference } = await rig.as().placeOrder(rig.resting());
    const [order] = rig.venue.orders.values();
    await rig.trading.applyAccountEvent(
      rig.venue.orderEvent(rig.accountId, order!, { dealReference, eventId: 'first' }),
    );
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
    await rig.applyConfirm(dealReference);
    expect(await rig.told()).toEqual(['deal.submitting', 'deal.submitted', 'order.placed', 'deal.accepted']);
    expect(await listed(rig)).toMatchObject([{ source: 'ftrader' }]);
  });

  test('an answer that never comes is decided by the broker’s history; absence by two readings', async () => {
    await using rig = await tradingRig();
    rig.venue.treat = 'fill, then silence';
    const { id, status } = await rig.as().placeOrder(rig.resting());
    expect(status).toBe('unknown');
    rig.venue.confirms.clear();
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
    expect(await listed(rig)).toMatchObject([{ source: 'ftrader' }]);
    rig.venue.treat = 'silence';
    const lost = await rig.as().placeOrder(rig.resting());
    for (let reads = 0; reads < 2; reads++) {
      rig.clock.advance(35_000);
      await rig.trading.reconcileAccount(rig.accountId);
    }
    expect(await rig.as().getDeal({ id: lost.id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'never_reached_broker' },
    });
    expect(await listed(rig)).toHaveLength(1);
  });

  test.each([
    [
      'a limit above the price',
      { level: '1.18' },
      { code: 'order_wrong_side', orderLevel: '1.18', level: '1.17006' },
    ],
    ['a stop below it', { type: 'stop' as const, level: '1.16' }, { code: 'order_wrong_side' }],
    ['one too near', { level: '1.1700' }, { code: 'order_too_near', distance: '0.6', minimum: '2' }],
    [
      'one too fine',
      { level: '1.1600001' },
      { code: 'order_too_fine', orderLevel: '1.1600001', nearest: '1.16' },
    ],
    ['too small a size', { size: '0.5' }, { code: 'size_below_minimum', size: '0.5', minimum: '1' }],
    [
      'a stop too near its level',
      { stopDistancePoints: '1' },
      { code: 'stop_too_near', distance: '1', minimum: '2' },
    ],
    ['a stop on the wrong side', { stopLevel: '1.165' }, { code: 'stop_too_near', distance: '-50' }],
    [
      'a limit too far',
      { limitDistancePoints: '9000' },
      { code: 'limit_too_far', distance: '9000', maximum: '8700' },
    ],
    ['a date that has passed', { goodTillAt: new Date('2026-01-01T00:00:00Z') }, { code: 'good_till_past' }],
  ])('%s is denied with its numbers, and nothing is sent', async (_case, over, reason) => {
    await using rig = await tradingRig();
    expect(await rig.as().placeOrder(rig.resting(over))).toMatchObject({ status: 'denied', reason });
    expect(rig.venue.requests).toEqual([]);
  });

  test('a halt and the limit on sizes deny it; a market that is shut does too', async () => {
    await using rig = await tradingRig();
    await rig.as().setRiskLimits({ maxSize: '2' });
    expect(await rig.as().placeOrder(rig.resting({ size: '3' }))).toMatchObject({
      reason: { code: 'size_limit', size: '3', limit: '2' },
    });
    rig.prices.quote = quoteOf({ tick: { marketState: 'closed' } });
    expect(await rig.as().placeOrder(rig.resting())).toMatchObject({
      reason: { code: 'market_not_tradeable', marketState: 'closed' },
    });
    await rig.database.pool.query('update account_risk set halted = true, halt_epoch = halt_epoch + 1');
    expect(await rig.as().placeOrder(rig.resting())).toMatchObject({ reason: { code: 'dealing_halted' } });
    expect(rig.venue.requests).toEqual([]);
  });
});

describe('trading.amendOrder and cancelOrder', () => {
  test('what is left out stays, null takes it away, and each change is told once', async () => {
    await using rig = await tradingRig();
    const { dealId, told } = await resting(rig, { stopDistancePoints: '30' });
    for (const [asked, now] of [
      [{ level: '1.15' }, { level: '1.15', stopDistancePoints: '30' }],
      [{ stopDistancePoints: null }, { level: '1.15', stopDistancePoints: null }],
    ] as const) {
      rig.clock.advance(1_000);
      const { id } = await rig.as().amendOrder(rig.change(dealId, asked));
      expect(rig.venue.requests.at(-1)).toMatchObject({ kind: 'amend_order', dealId, ...now });
      await rig.applyConfirm();
      expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted', kind: 'amend_order' });
      expect(await rig.as().getOrder({ dealId })).toMatchObject(now);
      const event = { dealReference: null, eventId: JSON.stringify(asked) };
      await rig.trading.applyAccountEvent(
        rig.venue.orderEvent(rig.accountId, rig.venue.orders.get(dealId)!, event),
      );
    }
    expect(await toldSince(rig, told)).toEqual(
      [1, 2].flatMap(() => ['deal.submitting', 'deal.submitted', 'deal.accepted', 'order.amended']),
    );
  });

  test('a cancelled order is told once, whichever of confirm and stream comes first', async () => {
    await using rig = await tradingRig();
    for (const first of ['confirm', 'stream'] as const) {
      const { dealId, dealReference, order, told } = await resting(rig);
      await rig.as().cancelOrder(rig.change(dealId));
      const gone = rig.venue.orderEvent(rig.accountId, order, { eventId: `gone ${first}` });
      if (first === 'stream') await rig.trading.applyAccountEvent(gone);
      await rig.applyConfirm(dealReference);
      if (first === 'confirm') await rig.trading.applyAccountEvent(gone);
      expect((await toldSince(rig, told)).toSorted()).toEqual([
        'deal.accepted',
        'deal.submitted',
        'deal.submitting',
        'order.cancelled',
      ]);
      expect(await rig.as().getOrder({ dealId })).toMatchObject({
        state: 'cancelled',
        closedAt: expect.any(Date),
      });
    }
    expect(await listed(rig)).toEqual([]);
  });

  test('one that was refused is not contradicted by what another program does to the order later', async () => {
    await using rig = await tradingRig();
    const { dealId, dealReference } = await resting(rig);
    rig.venue.treat = 'reject';
    const refused = await rig.as().cancelOrder(rig.change(dealId));
    await rig.applyConfirm();
    rig.clock.advance(5_000);
    rig.venue.treat = 'fill';
    const confirm = rig.venue.book({ kind: 'cancel_order', dealId }, dealReference!);
    await rig.trading.applyAccountEvent(rig.venue.confirmEvent(rig.accountId, confirm, 'elsewhere'));
    expect(await rig.as().getDeal({ id: refused.id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused' },
    });
  });

  test('a halt keeps no order resting: it may be cancelled, and not amended', async () => {
    await using rig = await tradingRig();
    const { dealId } = await resting(rig);
    await rig.database.pool.query('update account_risk set halted = true, halt_epoch = halt_epoch + 1');
    expect(await rig.as().amendOrder(rig.change(dealId, { level: '1.15' }))).toMatchObject({
      reason: { code: 'dealing_halted' },
    });
    expect(await rig.as().cancelOrder(rig.change(dealId))).toMatchObject({ status: 'submitted' });
  });

  test('one that came too late is refused in the broker’s words as soon as it answers, though it answers under a reference of its own', async () => {
    await using rig = await tradingRig();
    const { dealId, dealReference } = await resting(rig);
    fill(rig, { dealId, dealReference: dealReference! }); // and nobody has told us
    const { id, status, ...answered } = await rig.as().cancelOrder(rig.change(dealId));
    expect(status).toBe('submitted');
    expect(answered.dealReference).not.toBe(dealReference);
    await rig.applyConfirm(answered.dealReference);
    expect(await rig.as().getDeal({ id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused', brokerCode: 'ORDER_NOT_FOUND' },
    });
  });

  test('while one change is under way another is denied; what is there already is no change', async () => {
    await using rig = await tradingRig();
    const { dealId } = await resting(rig);
    expect(await rig.as().amendOrder(rig.change(dealId, { level: '1.16' }))).toMatchObject({
      status: 'denied',
      reason: { code: 'unchanged', dealId },
    });
    rig.venue.treat = 'silence';
    await rig.as().amendOrder(rig.change(dealId, { level: '1.15' }));
    expect(await rig.as().cancelOrder(rig.change(dealId))).toMatchObject({
      status: 'denied',
      reason: { code: 'change_in_flight', dealId },
    });
  });

  test.each([
    ['amended', { level: '1.15' }, 'fill, then silence', 'accepted'],
    ['amended', { level: '1.15' }, 'silence', 'rejected'],
    ['cancelled', undefined, 'fill, then silence', 'accepted'],
    ['cancelled', undefined, 'silence', 'rejected'],
  ] as const)(
    'one that may have been %s (%j, %s) is %s once the broker’s lists say so',
    async (_what, change, treat, status) => {
      await using rig = await tradingRig();
      const { dealId } = await resting(rig);
      rig.venue.treat = treat;
      const { id } = change
        ? await rig.as().amendOrder(rig.change(dealId, change))
        : await rig.as().cancelOrder(rig.change(dealId));
      rig.venue.confirms.clear();
      for (let reads = 0; reads < 2; reads++) {
        await rig.trading.reconcileAccount(rig.accountId);
        rig.clock.advance(35_000);
      }
      await rig.trading.reconcileAccount(rig.accountId);
      expect(await rig.as().getDeal({ id })).toMatchObject({ status });
      const done = status === 'accepted';
      expect(await listed(rig)).toMatchObject(
        !change && done ? [] : [{ dealId, level: change && done ? '1.15' : '1.16000' }],
      );
      expect(await rig.told()).not.toContain('break.opened');
    },
  );

  test('of an order of one’s own that rests, with the scope that closes to cancel it', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const { dealId } = await resting(rig);
    const notFound = { code: 'trading.order_not_found' };
    expect(await failure(rig.as(bob).cancelOrder(rig.change(dealId)))).toMatchObject(notFound);
    expect(await failure(rig.as(bob).getOrder({ dealId }))).toMatchObject(notFound);
    expect(await failure(rig.as().amendOrder(rig.change('DIAAAANOTHINGXX', { level: '1.1' })))).toMatchObject(
      notFound,
    );
    expect(await failure(rig.as().amendOrder(rig.change(dealId)))).toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('The input changes nothing: write at least one of level, goodTillAt'),
    });
    expect(await failure(rig.as(null).placeOrder(rig.resting()))).toMatchObject({ code: 'auth.required' });
    const closer = rig.as(rig.userId, ['trade:close']);
    expect(await failure(closer.placeOrder(rig.resting()))).toMatchObject({ code: 'auth.scope_missing' });
    expect(await closer.cancelOrder(rig.change(dealId))).toMatchObject({ status: 'submitted' });
  });
});

describe('an order that rests no more', () => {
  test.each([
    ['order first', ['order', 'position']],
    ['position first', ['position', 'order']],
    ['order alone, then the lists', ['order', 'lists']],
    ['the lists alone', ['lists']],
  ] as const)('was filled (%s): one position of ours, told after one fill', async (_case, steps) => {
    await using rig = await tradingRig();
    const { dealId, dealReference, order, told } = await resting(rig);
    fill(rig, { dealId, dealReference });
    for (const step of steps) {
      if (step === 'order')
        await rig.trading.applyAccountEvent(
          rig.venue.orderEvent(rig.accountId, order, { dealReference, eventId: 'gone' }),
        );
      if (step === 'position')
        await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId));
      if (step === 'lists') await rig.trading.reconcileAccount(rig.accountId);
    }
    expect((await toldSince(rig, told)).toSorted()).toEqual(['order.filled', 'position.opened']);
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await toldSince(rig, told)).toHaveLength(2);
    expect(await noticed(rig.database, rig.userId)).toEqual(['deal.accepted', 'order.filled']);
    expect(await rig.as().getOrder({ dealId })).toMatchObject({ state: 'filled' });
    expect((await rig.as().listPositions({})).positions).toMatchObject([{ dealId, source: 'ftrader' }]);
  });

  test('has expired when its date has come', async () => {
    await using rig = await tradingRig();
    const goodTillAt = new Date(rig.clock.now().getTime() + 60_000);
    const { dealId, order, told } = await resting(rig, { goodTillAt });
    rig.clock.advance(56_000);
    rig.venue.orders.delete(dealId);
    await rig.trading.applyAccountEvent(rig.venue.orderEvent(rig.accountId, order, { eventId: 'gone' }));
    expect(await toldSince(rig, told)).toEqual(['order.expired']);
    expect(await noticed(rig.database, rig.userId)).toEqual(['deal.accepted', 'order.expired']);
  });

  test('was cancelled elsewhere: the broker’s history says so', async () => {
    await using rig = await tradingRig();
    const { dealId, order, told } = await resting(rig);
    rig.venue.book({ kind: 'cancel_order', dealId }, 'WEB');
    await rig.trading.applyAccountEvent(rig.venue.orderEvent(rig.accountId, order, { eventId: 'gone' }));
    expect(await toldSince(rig, told)).toEqual([]);
    expect(await rig.waitingJobs()).toContain('trading.reconcile-account');
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await toldSince(rig, told)).toEqual(['order.cancelled']);
  });

  test('and nobody says why: after a while it counts as cancelled, and that is a break', async () => {
    await using rig = await tradingRig();
    const { dealId, told } = await resting(rig);
    rig.venue.orders.delete(dealId);
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await toldSince(rig, told)).toEqual([]);
    rig.clock.advance(35_000);
    await rig.trading.reconcileAccount(rig.accountId);
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await toldSince(rig, told)).toEqual(['order.cancelled', 'break.opened']);
  });

  test('was filled, though a cancel of it that came too late awaits its verdict', async () => {
    await using rig = await tradingRig();
    const { dealId, dealReference, order, told } = await resting(rig);
    rig.venue.treat = 'silence';
    await rig.as().cancelOrder(rig.change(dealId));
    fill(rig, { dealId, dealReference });
    await rig.trading.applyAccountEvent(rig.venue.orderEvent(rig.accountId, order, { eventId: 'gone' }));
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId));
    expect(await toldSince(rig, told)).toContain('order.filled');
    expect(await toldSince(rig, told)).not.toContain('order.cancelled');
  });

  test('does not rest again because old news says so', async () => {
    await using rig = await tradingRig();
    const { dealId, order, told } = await resting(rig);
    rig.venue.book({ kind: 'cancel_order', dealId }, 'WEB');
    await rig.trading.reconcileAccount(rig.accountId);
    rig.venue.orders.set(dealId, order);
    await rig.trading.applyAccountEvent(rig.venue.orderEvent(rig.accountId, order, { eventId: 'late' }));
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await toldSince(rig, told)).toEqual(['order.cancelled']);
  });
});

test('an order placed elsewhere is adopted as external, by the stream or the lists, and once', async () => {
  await using rig = await tradingRig();
  const { kind: _kind, ...order } = {
    kind: 'place_order' as const,
    dealReference: 'WEB1',
    epic: quoteOf().market.epic,
    expiry: '-',
    direction: 'SELL' as const,
    size: '2',
    currency: 'USD',
    type: 'stop' as const,
    level: '1.15',
    goodTillAt: new Date('2026-02-01T10:00:30Z'),
    stopDistancePoints: null,
    limitDistancePoints: '40',
    guaranteedStop: false,
    stopLevel: null,
  };
  const { dealId } = rig.venue.book({ kind: 'place_order', ...order }, 'WEB1');
  const there = rig.venue.orders.get(dealId!)!;
  await rig.trading.applyAccountEvent(
    rig.venue.orderEvent(rig.accountId, there, { dealReference: 'WEB1', eventId: 'w' }),
  );
  // The broker's list tells the minute only: that is no change.
  rig.venue.orders.set(dealId!, { ...there, goodTillAt: new Date('2026-02-01T10:00:00Z') });
  await rig.trading.reconcileAccount(rig.accountId);
  expect((await rig.as().listOrders({})).orders).toMatchObject([
    { dealId, source: 'external', goodTillAt: order.goodTillAt, limitDistancePoints: '40' },
  ]);
  expect(await rig.told()).toEqual(['order.placed']);
});
