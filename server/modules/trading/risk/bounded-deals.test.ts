// What the limits on exposure and on the number of orders do to deals, through the procedures. The rules are in bounds.test.ts, setting them in limits.test.ts.
import { expect, test } from 'vitest';
import { deals, users } from '../../../../drizzle/schema/index.ts';
import type { LimitUse } from '../../../../shared/risk-limits.ts';
import { eurusd } from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { refused, rigOn, tell } from '../../../testing/risk-rig.ts';
import { recordStatements, underLock } from '../../../testing/statements.ts';
import { openedPosition, quoteOf, type TradingRig } from '../../../testing/trading-rig.ts';

/** Pounds that one contract of EUR/USD stands for, bought at 1.17006, and where an order to buy rests at 1.16. */
const [bought, resting] = ['93604.8', '92800'];
const useOf = async (rig: TradingRig, limit: LimitUse['limit'], epic: string | null = null) =>
  (await rig.as().getRisk({})).uses.find((use) => use.limit === limit && use.epic === epic);
const pass = (rig: TradingRig, ms: number) => {
  rig.clock.advance(ms);
  rig.prices.quote = quoteOf({}, rig.clock.now());
};
const deny = (code: string, numbers: object = {}) => refused({ code, ...numbers });
const sent = { status: 'submitted' };

test('an opening, an order that rests and a deal under way count as if they were filled; the one too much is denied with its numbers', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({ maxExposure: '300000' });
  await openedPosition(rig); // a position
  expect(await rig.as().placeOrder(rig.resting())).toMatchObject(sent); // under way
  expect(await useOf(rig, 'maxExposure')).toEqual({
    limit: 'maxExposure',
    epic: null,
    max: '300000',
    used: '186404.8', // 93604.8 + 92800
    left: '113595.2',
    wholeAgainAt: null,
  });
  expect(await rig.as().openPosition(rig.order({ size: '1.22' }))).toMatchObject(
    deny('exposure_limit', { exposure: '300602.66', limit: '300000' }),
  );
  await rig.applyConfirm(); // the order rests
  expect((await useOf(rig, 'maxExposure'))?.used).toBe('186404.8');
  expect(await rig.as().openPosition(rig.order({ size: '1.21' }))).toMatchObject(sent);
});

test('what the broker refuses, and an order that is cancelled, frees what it took; both stay orders', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({ maxExposure: '100000', maxOrdersPerDay: 10 });
  rig.venue.treat = 'refuse';
  expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'rejected' });
  rig.venue.treat = 'fill';
  const { dealReference } = await rig.as().placeOrder(rig.resting());
  expect(await rig.as().openPosition(rig.order())).toMatchObject(deny('exposure_limit'));
  await rig.applyConfirm(dealReference);
  const { dealId } = rig.venue.confirms.get(dealReference!)!;
  await rig.as().cancelOrder(rig.change(dealId!));
  await rig.applyConfirm();
  expect((await useOf(rig, 'maxExposure'))?.used).toBe('0');
  expect(await rig.as().openPosition(rig.order())).toMatchObject(sent);
  expect((await useOf(rig, 'maxOrdersPerDay'))?.used).toBe('3'); // refused, cancelled, opened; what was denied here is none
});

test('an order that is moved up counts with what it grows by; one that is moved down is never held back', async () => {
  await using rig = await rigOn('demo');
  const { dealReference } = await rig.as().placeOrder(rig.resting());
  await rig.applyConfirm(dealReference);
  const { dealId } = rig.venue.confirms.get(dealReference!)!;
  await rig.as().setRiskLimits({ maxExposure: resting });
  expect(await rig.as().amendOrder(rig.change(dealId!, { level: '1.16100' }))).toMatchObject(
    deny('exposure_limit', { exposure: '92880' }),
  );
  await rig.as().setRiskLimits({ maxExposure: '1' });
  expect(await rig.as().amendOrder(rig.change(dealId!, { level: '1.15000' }))).toMatchObject(sent);
});

test('a market’s own limit holds in it alone, and the account’s beside it', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({
    maxSize: '3',
    maxExposure: '200000',
    epics: [{ epic: eurusd, maxSize: '2', maxExposure: '100000', maxOrdersPerMinute: 1 }],
  });
  expect(await rig.as().openPosition(rig.order({ size: '2.5' }))).toMatchObject(
    deny('size_limit', { size: '2.5', limit: '2', epic: eurusd }),
  );
  expect(await rig.as().openPosition(rig.order({ size: '1.1' }))).toMatchObject(
    deny('exposure_limit', { exposure: '102965.28', limit: '100000', epic: eurusd }),
  );
  expect(await rig.as().openPosition(rig.order())).toMatchObject(sent);
  expect(await rig.as().openPosition(rig.order())).toMatchObject(
    deny('orders_per_minute_limit', { orders: 1, limit: 1, epic: eurusd }),
  );
  expect(await useOf(rig, 'maxExposure', eurusd)).toMatchObject({ used: bought, left: '6395.2' });
  expect(await useOf(rig, 'maxOrdersPerMinute', eurusd)).toMatchObject({ max: '1', used: '1', left: '0' });
});

test('a limit that cannot be held against anything is not kept: what has no rate here opens nothing, and closing goes on', async () => {
  await using rig = await rigOn('demo');
  const dealId = await openedPosition(rig);
  await rig.as().setRiskLimits({ maxExposure: '1000000' });
  const markets: typeof rig.prices.feed.markets = async (feed, epics) =>
    (await rig.prices.feed.markets(feed, epics)).filter(({ epic }) => epic === eurusd);
  const blind = rig.restart({ prices: { ...rig.prices.feed, markets } });
  expect(await blind.as().openPosition(rig.order())).toMatchObject(
    deny('exposure_unknown', { limit: '1000000' }),
  );
  expect(await blind.as().closePosition(rig.close(dealId))).toMatchObject(sent);
  expect(await rig.as().openPosition(rig.order())).toMatchObject(sent);
});

test('no limit forbids or delays what makes a position smaller, nor what lowers the risk of one', async () => {
  await using rig = await rigOn('demo');
  const dealId = await openedPosition(rig, { size: '2', stopDistancePoints: '50' });
  await rig.as().setRiskLimits({
    maxSize: '0.01',
    maxExposure: '1',
    maxOrdersPerMinute: 1,
    maxOrdersPerDay: 1,
    epics: [{ epic: eurusd, maxOrdersPerMinute: 1, maxOrdersPerDay: 1 }],
  });
  expect(await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.10000' }))).toMatchObject(
    deny('orders_per_minute_limit'),
  );
  expect(await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.16800' }))).toMatchObject(sent);
  await rig.applyConfirm();
  expect(await rig.as().closePosition(rig.close(dealId, { size: '1' }))).toMatchObject(sent);
  await rig.applyConfirm();
  expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject(sent);
  expect((await useOf(rig, 'maxOrdersPerDay'))?.used).toBe('1'); // the opening alone
});

test('orders a minute: at two processes together, counted from when it is set on with those before; a minute later they go again', async () => {
  await using rig = await rigOn('demo');
  const other = rig.restart();
  expect(await rig.as().placeOrder(rig.resting())).toMatchObject(sent);
  pass(rig, 20_000);
  await other.as().setRiskLimits({ maxOrdersPerMinute: 2 });
  expect(await other.as().placeOrder(rig.resting())).toMatchObject(sent);
  const again = new Date('2026-01-05T09:01:01Z');
  for (const process of [rig, other])
    expect(await process.as().placeOrder(rig.resting())).toMatchObject(
      deny('orders_per_minute_limit', { orders: 2, limit: 2, allowedAgainAt: again }),
    );
  expect(await useOf(rig, 'maxOrdersPerMinute')).toMatchObject({
    used: '2',
    left: '0',
    wholeAgainAt: new Date('2026-01-05T09:01:21Z'),
  });
  pass(rig, 40_999);
  expect(await rig.as().placeOrder(rig.resting())).toMatchObject(deny('orders_per_minute_limit'));
  pass(rig, 1);
  expect(await rig.as().placeOrder(rig.resting())).toMatchObject(sent);
  expect(await other.as().placeOrder(rig.resting())).toMatchObject(deny('orders_per_minute_limit'));
});

test('orders a day are of the user’s day: over midnight there, over its summer time, and no change of the zone brings it nearer', async () => {
  const clock = createManualClock(new Date('2026-03-28T22:00:00Z'));
  await using rig = await rigOn('demo', clock);
  await rig.database.db.update(users).set({ timeZone: 'Europe/London' });
  await rig.as().setRiskLimits({ maxOrdersPerDay: 1 });
  const next = () => rig.as().placeOrder(rig.resting());
  expect(await next()).toMatchObject(sent);
  // Midnight of 29 March, a day of 23 hours: the clocks go forward.
  expect(await next()).toMatchObject(
    deny('orders_per_day_limit', { orders: 1, limit: 1, allowedAgainAt: new Date('2026-03-29T00:00:00Z') }),
  );
  pass(rig, 2 * 3_600_000 - 1);
  expect(await next()).toMatchObject(deny('orders_per_day_limit'));
  pass(rig, 1);
  expect(await next()).toMatchObject(sent);
  expect(await next()).toMatchObject(
    deny('orders_per_day_limit', { allowedAgainAt: new Date('2026-03-29T23:00:00Z') }),
  );
  await rig.database.db.update(users).set({ timeZone: 'Asia/Tokyo' }); // midnight there is 15:00 UTC
  pass(rig, 20 * 3_600_000);
  expect(await next()).toMatchObject(deny('orders_per_day_limit'));
  pass(rig, 3 * 3_600_000);
  expect(await next()).toMatchObject(sent);
  expect(await next()).toMatchObject(
    deny('orders_per_day_limit', { allowedAgainAt: new Date('2026-03-30T15:00:00Z') }),
  );
});

test('what is admitted and then stays here was no order', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({ maxOrdersPerDay: 1, maxExposure: '100000' });
  const halting = rig.restart({
    dealing: {
      ...rig.venue.dealing,
      send: async (...args) => {
        await rig.as().setDealingState({ dealingState: 'halted', scope: 'account' });
        return rig.venue.dealing.send(...args);
      },
    },
  });
  expect(await halting.as().openPosition(rig.order())).toMatchObject(deny('dealing_halted'));
  await rig.as().setDealingState({ dealingState: 'active', scope: 'account' });
  expect(await useOf(rig, 'maxOrdersPerDay')).toMatchObject({ used: '0' });
  expect(await rig.as().openPosition(rig.order())).toMatchObject(sent);
});

test('a limit that stops a deal is told once a minute, whatever loops, with its numbers; each limit by itself', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({ maxSize: '2', maxOrdersPerDay: 1 });
  await rig.as().placeOrder(rig.resting());
  for (let tries = 0; tries < 5; tries++) {
    await rig.as().placeOrder(rig.resting());
    await rig
      .restart()
      .as()
      .openPosition(rig.order({ size: '3' }));
  }
  const breaches = async () => (await rig.told()).filter((type) => type === 'risk.breached').length;
  expect(await breaches()).toBe(2);
  pass(rig, 59_999);
  await rig.as().openPosition(rig.order({ size: '3' }));
  expect(await breaches()).toBe(2);
  pass(rig, 1);
  await rig.as().openPosition(rig.order({ size: '3' }));
  expect(await breaches()).toBe(3);
  const { events } = await rig.events.read({ userId: rig.userId, stream: 'trading' }, 0, 100);
  const [first] = events.filter(({ type }) => type === 'risk.breached');
  expect(first).toMatchObject({
    accountId: rig.accountId,
    environment: 'demo',
    data: {
      limit: 'maxOrdersPerDay',
      epic: null,
      market: 'EUR/USD',
      reason: {
        code: 'orders_per_day_limit',
        orders: 1,
        limit: 1,
        allowedAgainAt: new Date('2026-01-06T00:00:00Z'),
      },
    },
  });
  const { rows } = await rig.database.pool.query<{ title: string; body: string }>(
    `select title, body from notifications where kind = 'risk.breached' order by at limit 1`,
  );
  expect(rows).toEqual([
    {
      title: 'A limit stopped a deal in EUR/USD: maxOrdersPerDay',
      body: '1 order was sent today, and the limit is 1: the next may go at 2026-01-06T00:00:00.000Z. Nothing was sent. Closing is never limited; trading.getRisk shows what is used.',
    },
  ]);
});

test('no statement is added to an admission by limits on orders, one by a limit on exposure, and none without', async () => {
  await using rig = await rigOn('demo');
  await tell(rig, '100000');
  const statements = recordStatements(rig.database);
  const admission = async () => {
    statements.take();
    await rig.as().openPosition(rig.order());
    return underLock(statements.take())[0]!.length;
  };
  const before = await admission();
  await rig.as().setRiskLimits({ maxOrdersPerMinute: 100, maxOrdersPerDay: 100 });
  expect(await admission()).toBe(before);
  await rig.as().setRiskLimits({ maxExposure: '1000000' });
  expect(await admission()).toBe(before + 1);
  expect(await rig.database.db.$count(deals)).toBe(3);
});
