// Opening and closing through the procedures: what is admitted, sent, answered, and what is refused before anything is.
import { describe, expect, test, vi } from 'vitest';
import { sql } from 'drizzle-orm';
import { DealOutcome } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import { systemClock } from '../../../lib/clock.ts';
import { eurusd } from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { openedPosition, quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const dealsOf = async (rig: TradingRig) =>
  (await rig.database.pool.query('select status, reserved from deals order by created_at')).rows as {
    status: string;
    reserved: string;
  }[];
describe('trading.openPosition', () => {
  test('is admitted, sent once under our reference, submitted, and decided by its confirm', async () => {
    await using rig = await tradingRig();
    const outcome = DealOutcome.parse(await rig.as().openPosition(rig.order({ stopDistancePoints: '20' })));
    expect(outcome).toMatchObject({
      status: 'submitted',
      kind: 'open',
      replayed: false,
      epic: eurusd,
      dealId: null,
    });
    expect(rig.venue.requests).toMatchObject([
      {
        dealReference: outcome.dealReference,
        epic: eurusd,
        expiry: '-',
        size: '1',
        currency: 'USD',
        stopDistancePoints: '20',
        stopLevel: null,
      },
    ]);
    expect(outcome.dealReference).toMatch(/^[A-Za-z0-9_-]{1,30}$/);
    await rig.applyConfirm(outcome.dealReference);
    expect(await rig.as().getDeal({ id: outcome.id })).toMatchObject({
      status: 'accepted',
      level: '1.17006',
    });
    expect(await rig.told()).toEqual([
      'deal.submitting',
      'deal.submitted',
      'deal.accepted',
      'position.opened',
    ]);
  });
  test('waits for its verdict, and answers when it comes', async () => {
    await using rig = await tradingRig();
    rig.venue.during = () => rig.applyConfirm();
    expect(await rig.as().openPosition(rig.order({ waitMs: 10_000 }))).toMatchObject({ status: 'accepted' });
  });
  test('a waiting caller is woken by a verdict that another process writes', async () => {
    await using rig = await tradingRig({ clock: systemClock });
    const other = rig.restart();
    const waiting = rig.as().openPosition(rig.order({ waitMs: 10_000 }));
    for await (const message of rig.events.follow(rig.userId, 'trading', { after: '0' }))
      if (message.type === 'deal.submitted') break;
    await rig.applyConfirm(null, other);
    expect(await waiting).toMatchObject({ status: 'accepted' });
  });
  test('a caller that waited long enough gets the deal as it is', async () => {
    await using rig = await tradingRig({ clock: systemClock });
    expect(await rig.as().openPosition(rig.order({ waitMs: 50 }))).toMatchObject({ status: 'submitted' });
  });
  test('the acknowledgement of a close is written only where no verdict follows within 250 ms; the broker’s reference for it is kept at once', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    const close = rig.as().closePosition(rig.close(dealId, { waitMs: 10_000 }));
    const row = async () =>
      (
        await rig.database.pool.query<{ status: string; deal_reference: string | null }>(
          "select status, deal_reference from deals where kind = 'close'",
        )
      ).rows[0];
    await vi.waitUntil(async () => (await row())?.deal_reference);
    expect(await row()).toEqual({
      status: 'submitting',
      deal_reference: [...rig.venue.confirms.keys()].at(-1),
    });
    rig.clock.advance(250);
    await vi.waitUntil(async () => (await row())?.status === 'submitted');
    await rig.applyConfirm((await row())!.deal_reference!);
    expect(await close).toMatchObject({ status: 'accepted' });
    const next = await openedPosition(rig);
    rig.venue.during = () => rig.applyConfirm();
    const told = await rig.told();
    expect(await rig.as().closePosition(rig.close(next, { waitMs: 10_000 }))).toMatchObject({
      status: 'accepted',
    });
    expect((await rig.told()).slice(told.length)).toEqual([
      'deal.submitting',
      'deal.accepted',
      'position.closed',
    ]);
  });
  test('a confirm that overtakes the POST is not overwritten', async () => {
    await using rig = await tradingRig();
    rig.venue.during = () => rig.applyConfirm();
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'accepted', level: '1.17006' });
    expect(await rig.told()).toEqual(['deal.submitting', 'deal.accepted', 'position.opened']);
  });
  test('a caller is answered once the stream has decided, however long the broker’s own answer stays out', async () => {
    await using rig = await tradingRig();
    const answer = Promise.withResolvers<void>();
    rig.venue.during = async () => {
      await rig.applyConfirm();
      await answer.promise;
    };
    expect(await rig.as().openPosition(rig.order({ waitMs: 10_000 }))).toMatchObject({
      status: 'accepted',
      level: '1.17006',
    });
    answer.resolve();
    await rig.trading.settled();
    expect(await rig.told()).toEqual(['deal.submitting', 'deal.accepted', 'position.opened']);
  });
  test('a caller waits no longer than asked while nobody answers, and what comes later is applied all the same', async () => {
    await using rig = await tradingRig();
    const [sent, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    rig.venue.during = () => {
      sent.resolve();
      return answer.promise;
    };
    const waiting = rig.as().openPosition(rig.order({ waitMs: 3_000 }));
    await sent.promise;
    let status: string | undefined;
    void waiting.then((deal) => {
      status = deal.status;
    });
    await vi.waitUntil(() => {
      rig.clock.advance(500);
      return status;
    });
    expect(status).toBe('submitting');
    answer.resolve();
    await rig.trading.settled();
    expect(await rig.as().getDeal({ id: (await waiting).id })).toMatchObject({ status: 'submitted' });
  });
  test('what the broker refuses or rejects is an outcome, and its money is free again', async () => {
    await using rig = await tradingRig();
    rig.venue.treat = 'refuse';
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused', brokerCode: 'error.request.invalid' },
    });
    rig.venue.treat = 'not sent';
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      status: 'rejected',
      reason: { code: 'never_reached_broker' },
    });
    rig.venue.treat = 'reject';
    const { id, dealReference } = await rig.as().openPosition(rig.order());
    await rig.applyConfirm(dealReference);
    expect(await rig.as().getDeal({ id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused', brokerCode: 'MARKET_CLOSED' },
    });
    expect((await rig.risk()).reserved).toBe('0');
  });
  test('silence is unknown, and its reconciliation is enqueued with it', async () => {
    await using rig = await tradingRig();
    rig.venue.treat = 'silence';
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'unknown' });
    expect(await rig.waitingJobs()).toEqual(['trading.reconcile-account']);
    expect((await rig.risk()).reserved).not.toBe('0');
  });
});

test('a part of a position obeys minimum and step like a deal of its own; the whole always may be closed', async () => {
  await using rig = await tradingRig();
  await rig.as().openPosition(rig.order({ size: '3' }));
  await rig.trading.reconcileAccount(rig.accountId);
  const dealId = [...rig.venue.positions.keys()][0]!;
  const sent = rig.venue.requests.length;
  expect(await rig.as().closePosition(rig.close(dealId, { size: '0.5' }))).toMatchObject({
    status: 'denied',
    reason: { code: 'size_below_minimum', minimum: '1' },
  });
  expect(await rig.as().closePosition(rig.close(dealId, { size: '1.333' }))).toMatchObject({
    status: 'denied',
    reason: { code: 'size_off_step', step: '0.01' },
  });
  expect(rig.venue.requests).toHaveLength(sent);
  rig.prices.quote = quoteOf({ minimum: '10' });
  expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
});

test('a field that is not known is refused by its name: a stop under another name would be a position without one', async () => {
  await using rig = await tradingRig();
  expect(await failure(rig.as().openPosition({ ...rig.order(), stopDistance: '20' } as never))).toMatchObject(
    {
      code: 'request.invalid',
      options: { fields: { stopDistance: 'is not a field of this request: leave it out' } },
    },
  );
  expect(rig.venue.requests).toEqual([]);
});

describe('bad input leaves nothing behind', () => {
  test.each<[string, Record<string, unknown>, object]>([
    [
      'an unknown epic',
      { epic: 'CS.D.NOTHING.CFD.IP' },
      { code: 'market_data.unknown_epic', options: { fields: { epic: expect.any(String) } } },
    ],
    [
      'a currency the market is not dealt in',
      { currency: 'EUR' },
      { code: 'request.invalid', options: { fields: { currency: expect.stringContaining('USD') } } },
    ],
    ['somebody else’s account', { accountId: 'acct_bob' }, { code: 'accounts.not_found' }],
  ])('%s', async (_case, over, error) => {
    await using rig = await tradingRig();
    await rig.addUser('bob');
    expect(await failure(rig.as().openPosition(rig.order(over)))).toMatchObject(error);
    expect([await dealsOf(rig), rig.venue.requests, await rig.told()]).toEqual([[], [], []]);
  });
  test.each<[string, object]>([
    ['size', { size: '0' }],
    ['size', { size: '1e3' }],
    ['idempotencyKey', { idempotencyKey: 'short' }],
    ['stopDistancePoints', { stopLevel: '1.1', stopDistancePoints: '5' }],
    ['trailingStop', { stopLevel: '1.1', trailingStop: { distancePoints: '20', incrementPoints: '5' } }],
    ['trailingStop', { guaranteedStop: true, trailingStop: { distancePoints: '20', incrementPoints: '5' } }],
    ['trailingStop.incrementPoints', { trailingStop: { distancePoints: '20' } }],
    ['guaranteedStop', { guaranteedStop: true }],
    ['guaranteedStop', { guaranteedStop: false, stopLevel: '1.1' }],
    ['tolerancePoints', { tolerancePoints: '2' }],
    ['tag', { tag: 'a tag of more than forty characters is a note' }],
    ['waitMs', { waitMs: 10_001 }],
  ])('a request whose %s cannot be used', async (field, over) => {
    await using rig = await tradingRig();
    expect(await failure(rig.as().openPosition(rig.order(over)))).toMatchObject({
      options: { fields: { [field]: expect.any(String) } },
    });
    expect(await dealsOf(rig)).toEqual([]);
  });
  test('a broker that does not even tell its price', async () => {
    await using rig = await tradingRig();
    rig.prices.quote = new AppError('broker.unavailable');
    expect(await failure(rig.as().openPosition(rig.order()))).toMatchObject({ code: 'broker.unavailable' });
    expect(await dealsOf(rig)).toEqual([]);
  });
  test('no login, no scope', async () => {
    await using rig = await tradingRig();
    expect(await failure(rig.as(null).openPosition(rig.order()))).toMatchObject({ code: 'auth.required' });
    expect(await failure(rig.as(rig.userId, ['trade:close']).openPosition(rig.order()))).toMatchObject({
      code: 'auth.scope_missing',
    });
    expect(await failure(rig.as(rig.userId, ['trade:open']).closePosition(rig.close('D1')))).toMatchObject({
      code: 'auth.scope_missing',
    });
  });
});

describe('what the rules deny is stored and never sent', () => {
  test.each<[string, Record<string, unknown>, Parameters<typeof quoteOf>[0]?]>([
    ['size_below_minimum', { size: '0.5' }],
    ['size_off_step', { size: '1.505' }],
    ['stop_wrong_side', { stopLevel: '1.2' }],
    ['limit_too_near', { limitDistancePoints: '1' }],
    ['stop_distance_too_fine', { stopDistancePoints: '20.12345' }],
    ['market_not_tradeable', {}, { tick: { marketState: 'closed' } }],
    ['price_stale', {}, { tick: { stale: true } }],
    ['insufficient_funds', { size: '4' }],
  ])('%s', async (code, over, quote) => {
    await using rig = await tradingRig();
    if (quote) rig.prices.quote = quoteOf(quote);
    const order = rig.order(over);
    expect(DealOutcome.parse(await rig.as().openPosition(order))).toMatchObject({
      status: 'denied',
      reason: { code },
      replayed: false,
    });
    expect(DealOutcome.parse(await rig.as().openPosition(order))).toMatchObject({
      status: 'denied',
      reason: { code },
      replayed: true,
    });
    expect([rig.venue.requests, await rig.told(), (await rig.risk()).reserved]).toEqual([
      [],
      ['deal.denied'],
      '0',
    ]);
  });
  test('insufficient funds carry the numbers, in the account’s currency', async () => {
    await using rig = await tradingRig();
    // 4 × 100,000 × 1.17006 × 3.33 % = 15,585.1992 dollars at 1.25
    expect(await rig.as().openPosition(rig.order({ size: '4' }))).toMatchObject({
      reason: { code: 'insufficient_funds', required: '12468.16', available: '10000' },
    });
  });
  test('a halt denies an opening, also one that is declared between admission and sending, and lets closes through', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    const halt = sql`update account_risk set halted = true, halt_epoch = halt_epoch + 1`;
    const late = rig.restart({
      dealing: {
        ...rig.venue.dealing,
        send: async (...args) => {
          await rig.database.db.execute(halt);
          return rig.venue.dealing.send(...args);
        },
      },
    });
    expect(await late.as().openPosition(rig.order())).toMatchObject({
      status: 'denied',
      reason: { code: 'dealing_halted' },
    });
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      status: 'denied',
      reason: { code: 'dealing_halted' },
    });
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
    expect([rig.venue.deals, (await rig.risk()).reserved]).toEqual([2, '0']);
  });
});

describe('one key is one deal', () => {
  test('repeated it is replayed, in any spelling of its numbers; with another body it is refused', async () => {
    await using rig = await tradingRig();
    const order = rig.order();
    const first = await rig.as().openPosition(order);
    expect(await rig.as().openPosition({ ...order, size: '1.0' })).toMatchObject({
      id: first.id,
      replayed: true,
    });
    expect(await failure(rig.as().openPosition({ ...order, size: '2' }))).toMatchObject({
      code: 'trading.key_reused',
    });
    expect(
      await failure(rig.as().closePosition(rig.close('D1', { idempotencyKey: order.idempotencyKey }))),
    ).toMatchObject({ code: 'trading.key_reused' });
    expect(rig.venue.requests).toHaveLength(1);
  });
  test('ten at once are one send', async () => {
    await using rig = await tradingRig();
    const order = rig.order();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => rig.as().openPosition(order)));
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1);
    expect([outcomes.filter(({ replayed }) => !replayed).length, rig.venue.requests.length]).toEqual([1, 1]);
  });
  test('two users may use the same one', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const order = rig.order();
    const [ann, his] = [await rig.as().openPosition(order), await rig.as(bob).openPosition(order)];
    expect(his.id).not.toBe(ann.id);
    expect(his.replayed).toBe(false);
  });
});

test('two deals at once cannot spend the same money', async () => {
  await using rig = await tradingRig();
  rig.venue.treat = 'silence'; // one needs 3,117 of 10,000: three fit
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => rig.as().openPosition(rig.order())));
  expect(outcomes.map(({ status }) => status).sort()).toEqual([
    ...Array.from({ length: 5 }, () => 'denied'),
    ...Array.from({ length: 3 }, () => 'unknown'),
  ]);
  expect((await rig.risk()).reserved).toBe('9351.12');
});

describe('the margin of a deal is counted once', () => {
  /** The broker's stream tells the account's figures. */
  const figures = (rig: TradingRig, margin: string) => {
    rig.clock.advance(10);
    const data = { cash: '10000', margin, runningProfit: '0', at: rig.clock.now() };
    return rig.trading.applyAccountEvent({ eventId: 'f', accountId: rig.accountId, kind: 'funds', data });
  };
  const counted = async (rig: TradingRig) => {
    const { margin, reserved } = await rig.risk();
    return { margin: Number(margin), reserved: Number(reserved) };
  };

  test('where the broker’s figures come before the confirm, as seen for 2 to 3 s on the demo account', async () => {
    await using rig = await tradingRig();
    await figures(rig, '0');
    const { dealReference } = await rig.as().openPosition(rig.order());
    expect(await counted(rig)).toEqual({ margin: 0, reserved: 3117.04 });
    await figures(rig, '3116.90'); // filled a little lower than it was reckoned
    expect(await counted(rig)).toEqual({ margin: 3116.9, reserved: 0 });
    await rig.applyConfirm(dealReference);
    expect(await counted(rig)).toEqual({ margin: 3116.9, reserved: 0 });
    expect(await rig.as().summary({})).toMatchObject({ margin: '3116.9' });
  });
  test('where they come after it', async () => {
    await using rig = await tradingRig();
    await figures(rig, '0');
    const { dealReference } = await rig.as().openPosition(rig.order());
    await figures(rig, '3'); // moved by something else: the deal's money stays set aside
    await rig.applyConfirm(dealReference);
    expect(await counted(rig)).toEqual({ margin: 3120.04, reserved: 0 });
    await figures(rig, '3120.10');
    expect(await counted(rig)).toEqual({ margin: 3120.1, reserved: 0 });
  });
  test('of two that await their verdicts, where they show only one of them', async () => {
    await using rig = await tradingRig();
    await figures(rig, '0');
    await rig.as().openPosition(rig.order());
    const { dealReference } = await rig.as().openPosition(rig.order());
    await figures(rig, '3117.04');
    expect(await counted(rig)).toEqual({ margin: 3117.04, reserved: 3117.04 });
    await figures(rig, '6234.08');
    expect(await counted(rig)).toEqual({ margin: 6234.08, reserved: 0 });
    await rig.applyConfirm(dealReference);
    expect(await counted(rig)).toEqual({ margin: 6234.08, reserved: 0 });
  });
});

test('what an accepted deal took is not free before the broker’s next figures, and then it is what they say', async () => {
  await using rig = await tradingRig();
  await openedPosition(rig);
  expect(await rig.risk()).toMatchObject({ reserved: '0', margin: '3117.04' });
  rig.clock.advance(1_000);
  await rig.trading.applyAccountEvent({
    eventId: 'f1',
    accountId: rig.accountId,
    kind: 'funds',
    data: { cash: '10000', margin: '3000', runningProfit: '-5', at: rig.clock.now() },
  });
  expect(await rig.risk()).toMatchObject({ margin: '3000', runningProfit: '-5' });
});
