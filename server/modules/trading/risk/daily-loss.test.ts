// The loss of an account’s day against its limit, through the procedures. The arithmetic is in day.test.ts.
import { expect, test } from 'vitest';
import { accountDays, users } from '../../../../drizzle/schema/index.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { refused, rigOn, tell, tellThen } from '../../../testing/risk-rig.ts';
import { openedPosition, quoteOf } from '../../../testing/trading-rig.ts';

test('running losses count: once they reach the limit nothing is opened, with both numbers, and closing goes on', async () => {
  await using rig = await rigOn('live');
  await tellThen(rig, '10000');
  await rig.as().setRiskLimits({ maxSize: '5', maxDailyLoss: '100' });
  const dealId = await openedPosition(rig);
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
  const dealId = await openedPosition(rig);
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
