// What the state of an account (its live switch, the limits it must have) lets through, through the procedures.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { refused, rigOn, setRisk } from '../../../testing/risk-rig.ts';
import { openedPosition } from '../../../testing/trading-rig.ts';

test('a live account that is switched on only closes until both limits are set', async () => {
  await using rig = await rigOn('live');
  await setRisk(rig, { maxSize: '5', maxDailyLoss: '500' });
  const dealId = await openedPosition(rig);
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
  const dealId = await openedPosition(rig);
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
  const dealId = await openedPosition(rig);
  const sent = rig.venue.requests.length;
  const { dealing } = rig.venue;
  const switchOff = () => setRisk(rig, { liveDealing: false, haltEpoch: sql`halt_epoch + 1` as never });
  const late = rig.restart({
    dealing: {
      send: async (...args) => (await switchOff(), dealing.send(...args)),
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
