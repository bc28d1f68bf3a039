// What an account's state, its limits and the loss of its day do to deals, through the procedures. The arithmetic is in day.test.ts and guard.test.ts.
import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { accountDays, accountRisk, brokerAccounts, users } from '../../../../drizzle/schema/index.ts';
import type { Environment } from '../../../../shared/primitives.ts';
import { AccountRisk } from '../../../../shared/risk.ts';
import { systemClock, type Clock } from '../../../lib/clock.ts';
import { failure } from '../../../testing/failure.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const setRisk = (rig: TradingRig, set: Partial<typeof accountRisk.$inferInsert>) =>
  rig.database.db.update(accountRisk).set(set).where(eq(accountRisk.accountId, rig.accountId));
/** Ann's account becomes one of this environment; a live one is switched on. */
async function rigOn(environment: Environment, clock = createManualClock()) {
  const rig = await tradingRig({ clock });
  await rig.database.db.update(brokerAccounts).set({ environment });
  await setRisk(rig, { liveDealing: environment === 'live' });
  rig.prices.quote = quoteOf({}, clock.now());
  return rig;
}
/** The broker tells figures now. */
const tell = (rig: TradingRig<Clock>, cash: string, runningProfit = '0', margin = '0') =>
  rig.trading.applyAccountEvent({
    eventId: `f-${rig.clock.now().getTime()}`,
    accountId: rig.accountId,
    kind: 'funds',
    data: { cash, margin, runningProfit, at: rig.clock.now().toISOString() },
  });
/** Figures, then a second passes. */
async function tellThen(rig: TradingRig, ...figures: [string, string?, string?]) {
  await tell(rig, ...figures);
  rig.clock.advance(1_000);
}
async function opened(rig: TradingRig): Promise<string> {
  const { dealReference } = await rig.as().openPosition(rig.order());
  await rig.applyConfirm(dealReference);
  return rig.venue.confirms.get(dealReference!)!.dealId!;
}
/** A process that reads the broker's lists, with this cash among them. */
const reading = (rig: TradingRig, cash: string) =>
  rig.restart({
    evidence: {
      ...rig.venue.evidence,
      funds: async () => ({ cash, margin: '0', runningProfit: '0', at: rig.clock.now() }),
    },
  });
const refused = (reason: object) => ({ status: 'denied', reason });

describe('the state of an account', () => {
  test('a live account that is switched on only closes until both limits are set', async () => {
    await using rig = await rigOn('live');
    await setRisk(rig, { maxSize: '5', maxDailyLoss: '500' });
    const dealId = await opened(rig);
    await setRisk(rig, { maxSize: null, maxDailyLoss: null });
    expect(await rig.as().openPosition(rig.order())).toMatchObject(
      refused({ code: 'reduce_only', missing: ['maxSize', 'maxDailyLoss'] }),
    );
    expect(await rig.as().setRiskLimits({ maxSize: '5' })).toMatchObject({
      environment: 'live',
      dealingState: 'reduce_only',
      missing: ['maxDailyLoss'],
      limits: { maxSize: '5', maxDailyLoss: null },
    });
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      reason: {
        code: 'reduce_only',
        missing: ['maxDailyLoss'],
        message: expect.stringContaining('maxDailyLoss'),
      },
    });
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
    expect(await rig.as().setRiskLimits({ maxDailyLoss: '500' })).toMatchObject({
      dealingState: 'active',
      missing: [],
    });
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      status: 'submitted',
      environment: 'live',
    });
  });

  test('while live dealing is off nothing is admitted, closes included, and every answer says how to switch it on', async () => {
    await using rig = await rigOn('live');
    await setRisk(rig, { maxSize: '5', maxDailyLoss: '500' });
    const dealId = await opened(rig);
    const sent = rig.venue.requests.length;
    await setRisk(rig, { liveDealing: false });
    for (const outcome of [
      await rig.as().openPosition(rig.order()),
      await rig.as().closePosition(rig.close(dealId)),
    ])
      expect(outcome).toMatchObject({
        ...refused({
          code: 'live_dealing_off',
          message: expect.stringContaining('accounts.enableLiveDealing'),
        }),
        environment: 'live',
      });
    expect(rig.venue.requests).toHaveLength(sent);
    expect(await rig.as().getRisk({})).toMatchObject({ dealingState: 'off' });
  });

  test('live dealing that is switched off between admission and sending: neither an opening nor a close leaves', async () => {
    await using rig = await rigOn('live');
    await setRisk(rig, { maxSize: '5', maxDailyLoss: '500' });
    const dealId = await opened(rig);
    const sent = rig.venue.requests.length;
    const { dealing } = rig.venue;
    const switchOff = () => setRisk(rig, { liveDealing: false, haltEpoch: sql`halt_epoch + 1` as never });
    const late = rig.restart({
      dealing: {
        openPosition: async (...args) => (await switchOff(), dealing.openPosition(...args)),
        closePosition: async (...args) => (await switchOff(), dealing.closePosition(...args)),
      },
    });
    const off = refused({ code: 'live_dealing_off' });
    expect(await late.as().openPosition(rig.order())).toMatchObject(off);
    await setRisk(rig, { liveDealing: true });
    expect(await late.as().closePosition(rig.close(dealId))).toMatchObject(off);
    expect([rig.venue.requests.length, (await rig.risk()).reserved]).toEqual([sent, '0']);
  });

  test.each(['simulated', 'demo'] as const)(
    'a %s account deals without a switch and without limits',
    async (environment) => {
      await using rig = await rigOn(environment);
      expect(await rig.as().getRisk({})).toMatchObject({
        environment,
        dealingState: 'active',
        missing: [],
        limits: { maxSize: null, maxDailyLoss: null },
      });
      expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted', environment });
    },
  );
});

describe('limits', () => {
  test.each(['simulated', 'demo', 'live'] as const)(
    'a size above the limit is refused with both numbers, one of it goes (%s)',
    async (environment) => {
      await using rig = await rigOn(environment);
      await rig.as().setRiskLimits({ maxSize: '1.5', maxDailyLoss: '500' });
      expect(await rig.as().openPosition(rig.order({ size: '1.51' }))).toMatchObject(
        refused({ code: 'size_limit', size: '1.51', limit: '1.5' }),
      );
      expect(await rig.as().openPosition(rig.order({ size: '1.5' }))).toMatchObject({ status: 'submitted' });
    },
  );

  test('a change is an event with what was before, the same again is none; null takes one away', async () => {
    await using rig = await rigOn('demo');
    const answer = await rig.as().setRiskLimits({ maxSize: '2', maxDailyLoss: '100' });
    expect(AccountRisk.parse(answer)).toMatchObject({
      accountId: rig.accountId,
      currency: 'GBP',
      limits: { maxSize: '2', maxDailyLoss: '100' },
    });
    await rig.as().setRiskLimits({ maxSize: '2' });
    await rig.as().setRiskLimits({ maxSize: null });
    expect(await rig.told()).toEqual(['risk.limits_changed', 'risk.limits_changed']);
    for await (const event of rig.events.follow(rig.userId, 'trading', { after: '1' })) {
      expect(event).toMatchObject({
        type: 'risk.limits_changed',
        environment: 'demo',
        accountId: rig.accountId,
        data: {
          dealingState: 'active',
          limits: { maxSize: null, maxDailyLoss: '100' },
          previous: { maxSize: '2', maxDailyLoss: '100' },
        },
      });
      break;
    }
  });

  test('a stricter limit stops what is admitted and not sent yet; a wider one stops nothing', async () => {
    await using rig = await rigOn('demo');
    await rig.as().setRiskLimits({ maxSize: '2' });
    const meanwhile = (maxSize: string) =>
      rig.restart({
        dealing: {
          ...rig.venue.dealing,
          openPosition: async (...args) => (
            await rig.as().setRiskLimits({ maxSize }),
            rig.venue.dealing.openPosition(...args)
          ),
        },
      });
    expect(
      await meanwhile('3')
        .as()
        .openPosition(rig.order({ size: '2' })),
    ).toMatchObject({ status: 'submitted' });
    expect(
      await meanwhile('1')
        .as()
        .openPosition(rig.order({ size: '2' })),
    ).toMatchObject({ status: 'denied' });
    expect(rig.venue.requests).toHaveLength(1);
  });

  test('they are whoever’s account it is: not anybody else’s, not without signing in, not with a key that may only deal', async () => {
    await using rig = await rigOn('demo');
    await rig.addUser('bob');
    const { accountId } = rig;
    const mine = [{ accountId, maxSize: '1' }, { accountId }] as const;
    expect(await failure(rig.as('user_bob').setRiskLimits(mine[0]))).toMatchObject({
      code: 'accounts.not_found',
    });
    expect(await failure(rig.as('user_bob').getRisk(mine[1]))).toMatchObject({ code: 'accounts.not_found' });
    expect(await failure(rig.as(null).setRiskLimits(mine[0]))).toMatchObject({ code: 'auth.required' });
    expect(await failure(rig.as(null).getRisk(mine[1]))).toMatchObject({ code: 'auth.required' });
    const dealing = rig.as(rig.userId, ['account:read', 'trade:open', 'trade:close']);
    expect(await failure(dealing.setRiskLimits(mine[0]))).toMatchObject({ code: 'auth.scope_missing' });
    expect(await dealing.getRisk(mine[1])).toMatchObject({ accountId });
  });

  test.each<[object, string]>([
    [{}, 'maxSize'],
    [{ maxSize: '0' }, 'maxSize'],
    [{ maxDailyLoss: '-5' }, 'maxDailyLoss'],
    [{ maxDailyLoss: '1e3' }, 'maxDailyLoss'],
    [{ maxDailyLoss: 100 }, 'maxDailyLoss'],
    [{ maxSize: '1', size: '1' }, 'size'],
  ])('%j is refused by the field %s', async (input, field) => {
    await using rig = await rigOn('demo');
    const problem = await failure(rig.as().setRiskLimits(input as never));
    expect(problem).toMatchObject({
      code: 'request.invalid',
      options: { fields: { [field]: expect.any(String) } },
    });
  });

  test('limits of an account that is disconnected stay as they are', async () => {
    await using rig = await rigOn('demo');
    await rig.database.db.update(brokerAccounts).set({ disconnectedAt: rig.clock.now() });
    const { accountId } = rig;
    expect(await failure(rig.as().setRiskLimits({ accountId, maxSize: '1' }))).toMatchObject({
      code: 'accounts.disconnected',
    });
    expect(await rig.as().getRisk({ accountId })).toMatchObject({ limits: { maxSize: null } });
  });
});

describe('the loss of a day', () => {
  test('running losses count: once they reach the limit nothing is opened, with both numbers, and closing goes on', async () => {
    await using rig = await rigOn('live');
    await tellThen(rig, '10000');
    await rig.as().setRiskLimits({ maxSize: '5', maxDailyLoss: '100' });
    const dealId = await opened(rig);
    await tellThen(rig, '10000', '-99.99', '400');
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
    await tell(rig, '10000', '-100', '400');
    expect(await rig.as().openPosition(rig.order())).toMatchObject(
      refused({ code: 'daily_loss_limit', loss: '100', limit: '100' }),
    );
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
    expect((await rig.as().getRisk({})).today).toMatchObject({
      on: '2026-01-05',
      timeZone: 'UTC',
      startsAt: new Date('2026-01-05T00:00:00Z'),
      equityAtStart: '10000',
      equity: '9900',
      loss: '100',
    });
  });

  test('a gain makes it smaller again, and another day forgets it', async () => {
    await using rig = await rigOn('demo');
    await rig.as().setRiskLimits({ maxDailyLoss: '100' });
    await tellThen(rig, '10000');
    await tellThen(rig, '9850');
    expect(await rig.as().openPosition(rig.order())).toMatchObject({
      reason: { code: 'daily_loss_limit', loss: '150' },
    });
    await tellThen(rig, '9850', '60', '400');
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
    await tellThen(rig, '9850', '-10', '400');
    expect((await rig.as().getRisk({})).today?.loss).toBe('160');
    rig.clock.advance(24 * 3_600_000);
    await tell(rig, '9850', '-30', '400');
    expect((await rig.as().getRisk({})).today).toMatchObject({
      on: '2026-01-06',
      equityAtStart: '9840',
      loss: '20',
    });
  });

  test('the last figures before midnight count, however long nobody ran; of an account without any the first of the day', async () => {
    const clock = createManualClock(new Date('2026-01-05T22:00:00Z'));
    await using rig = await rigOn('demo', clock);
    expect((await rig.as().getRisk({})).today).toBeNull();
    await tell(rig, '10000', '50', '400');
    clock.advance(3_600_000);
    await tell(rig, '10000', '20', '400'); // the cash stays: the short way
    clock.advance(11 * 3_600_000); // every process was away at midnight
    await tell(rig, '9990', '0');
    expect((await rig.as().getRisk({})).today).toMatchObject({
      on: '2026-01-06',
      equityAtStart: '10020',
      equityAtStartAt: new Date('2026-01-05T23:00:00Z'),
      equity: '9990',
      loss: '30',
    });
    expect(await rig.database.db.select().from(accountDays)).toMatchObject([
      { environment: 'demo', equity: '10050', timeZone: 'UTC' },
      { environment: 'demo', equity: '10020', startsAt: new Date('2026-01-06T00:00:00Z') },
    ]);
  });

  test('a deal right after midnight, before any figures, begins the day as well', async () => {
    const clock = createManualClock(new Date('2026-01-05T23:59:50Z'));
    await using rig = await rigOn('demo', clock);
    await rig.as().setRiskLimits({ maxDailyLoss: '100' });
    await tellThen(rig, '10000');
    await tellThen(rig, '9850');
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ reason: { code: 'daily_loss_limit' } });
    clock.advance(20_000);
    rig.prices.quote = quoteOf({}, clock.now());
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
  });

  test('days follow the user’s zone over its summer time', async () => {
    const clock = createManualClock(new Date('2026-03-28T12:00:00Z'));
    await using rig = await rigOn('demo', clock);
    await rig.database.db.update(users).set({ timeZone: 'Europe/London' });
    const lengths: [string, number][] = [];
    for (let i = 0; i < 3; i++, clock.advance(24 * 3_600_000)) {
      await tell(rig, '10000', String(i), '400');
      const { on, startsAt, endsAt } = (await rig.as().getRisk({})).today!;
      lengths.push([on, (endsAt.getTime() - startsAt.getTime()) / 3_600_000]);
    }
    expect(lengths).toEqual([
      ['2026-03-28', 24],
      ['2026-03-29', 23],
      ['2026-03-30', 24],
    ]);
  });

  test('another zone counts from the end of the running day: no change of it makes a loss forgotten sooner', async () => {
    const clock = createManualClock(new Date('2026-01-05T09:00:00Z'));
    await using rig = await rigOn('demo', clock);
    await tellThen(rig, '10000');
    await tellThen(rig, '9900');
    await rig.database.db.update(users).set({ timeZone: 'Asia/Tokyo' }); // midnight there is 15:00 UTC
    clock.advance(7 * 3_600_000);
    await tell(rig, '9900', '-1', '400');
    expect((await rig.as().getRisk({})).today).toMatchObject({ timeZone: 'UTC', loss: '101' });
    clock.advance(9 * 3_600_000); // 01:00 UTC, 10:00 in Tokyo
    await tell(rig, '9900', '-2', '400');
    expect((await rig.as().getRisk({})).today).toMatchObject({
      on: '2026-01-06',
      timeZone: 'Asia/Tokyo',
      startsAt: new Date('2026-01-06T00:00:00Z'), // not 5 January 15:00 UTC, which lies in the day before
      endsAt: new Date('2026-01-06T15:00:00Z'),
      loss: '1',
    });
  });

  test('a clock that was ahead for a while leaves the day as it was', async () => {
    const clock = createManualClock();
    await using rig = await rigOn('demo', clock);
    await tellThen(rig, '10000');
    await tellThen(rig, '9900');
    clock.set(40 * 24 * 3_600_000);
    await tell(rig, '9890');
    clock.set(-40 * 24 * 3_600_000);
    await tell(rig, '9880');
    expect((await rig.as().getRisk({})).today).toMatchObject({ on: '2026-01-05', equityAtStart: '10000' });
    expect((await rig.as().getRisk({})).today?.loss).toBe('120');
  });

  test('a limit that nobody can hold the account against is not kept: without figures nothing is opened, and closing goes on', async () => {
    await using rig = await rigOn('live');
    await rig.as().setRiskLimits({ maxSize: '5', maxDailyLoss: '500' });
    const dealId = await opened(rig);
    rig.clock.advance(120_000);
    rig.prices.quote = quoteOf({}, rig.clock.now());
    rig.venue.down = true;
    expect(await rig.as().openPosition(rig.order())).toMatchObject(
      refused({ code: 'daily_loss_unknown', limit: '500' }),
    );
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
  });

  test('a refusal rests on figures that were read for it: a loss that is made good opens at once', async () => {
    await using rig = await rigOn('demo');
    await rig.as().setRiskLimits({ maxDailyLoss: '100' });
    await tellThen(rig, '10000');
    await tell(rig, '10000', '-150', '400');
    rig.clock.advance(5_000); // the venue tells of no running loss when it is asked
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
  });
});

describe('money that is paid in and out', () => {
  test('a deposit hides no loss, and a loss that was closed is one', async () => {
    await using rig = await rigOn('demo');
    await tellThen(rig, '10000');
    await tellThen(rig, '10000', '-80', '400');
    await tellThen(rig, '9920', '0');
    await tellThen(rig, '10420', '0');
    expect((await rig.as().getRisk({})).today).toMatchObject({
      paidIn: '500',
      paidOut: '0',
      equity: '10420',
      loss: '80',
    });
  });

  test('a withdrawal is no loss once the broker’s history shows that nothing was closed, half a minute later', async () => {
    await using rig = await rigOn('demo');
    await tellThen(rig, '10000');
    await tell(rig, '9700');
    const loss = async () => (await rig.as().getRisk({})).today?.loss;
    const process = reading(rig, '9700');
    await process.reconcileAccount(rig.accountId); // its history may lag behind the cash
    expect(await loss()).toBe('300');
    rig.clock.advance(30_000);
    await process.reconcileAccount(rig.accountId);
    expect((await rig.as().getRisk({})).today).toMatchObject({ paidOut: '300', loss: '0' });
  });

  test('where a daily loss is set, cash that goes is looked into at once, and again until it is known where it went', async () => {
    await using rig = await rigOn('demo');
    await tellThen(rig, '10000');
    await tellThen(rig, '9900');
    expect(await rig.waitingJobs()).toEqual([]);
    await rig.as().setRiskLimits({ maxDailyLoss: '500' });
    await tellThen(rig, '9900', '-50', '400');
    expect(await rig.waitingJobs()).toEqual([]);
    await tellThen(rig, '9700', '-50', '400');
    expect(await rig.waitingJobs()).toEqual(['trading.reconcile-account']);
  });

  test('a reading that comes too early to tell is followed by another one', async () => {
    await using rig = await tradingRig({ clock: systemClock, work: true });
    await rig.as().setRiskLimits({ maxDailyLoss: '500' });
    await tell(rig, '10500');
    await tell(rig, '10200'); // the venue tells 10,000 when it is read
    const waiting = async () =>
      (
        await rig.database.pool.query<{ inSeconds: number }>(
          `select round(extract(epoch from start_after - created_on))::int as "inSeconds" from pgboss.job where name = 'trading.reconcile-account' and state = 'created'`,
        )
      ).rows;
    await expect.poll(waiting, { timeout: 30_000 }).toEqual([{ inSeconds: expect.closeTo(30, -1) }]);
  });

  test('a position that was stopped out far from its last price is a loss, not a withdrawal', async () => {
    await using rig = await rigOn('demo');
    await tellThen(rig, '10000', '-50', '400');
    await tell(rig, '9500', '0');
    rig.venue.activity.push({
      dealId: 'OUT-1',
      dealReference: null,
      epic: 'CS.D.EURUSD.CFD.IP',
      status: 'accepted',
      actions: [{ action: 'closed', dealId: 'ELSEWHERE' }],
      direction: 'SELL',
      size: '1',
      level: '1.16',
      throughApi: false,
      at: rig.clock.now(),
    });
    const process = reading(rig, '9500');
    for (let i = 0; i < 2; i++) {
      rig.clock.advance(31_000);
      await process.reconcileAccount(rig.accountId);
    }
    expect((await rig.as().getRisk({})).today).toMatchObject({ paidOut: '0', loss: '450' });
  });
});
