// Money that is paid in and out: told apart from what was lost, by figures and the broker’s history.
import { expect, test } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { reading, rigOn, tell, tellThen } from '../../../testing/risk-rig.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';

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
    stopLevel: null,
    limitLevel: null,
    stopDistancePoints: null,
    limitDistancePoints: null,
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
