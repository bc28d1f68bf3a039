// The dead-man's switch: fired once after the silence, whoever was down meanwhile, and never while its client is heard of.
import { expect, test } from 'vitest';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { noticed } from '../../../testing/noticed.ts';

const arm = (rig: TradingRig, over: object = {}) =>
  rig.as().armDeadMan({ afterMs: 10_000, action: 'halt', ...over });
const firings = async (rig: TradingRig) =>
  (await rig.told()).filter((type) => type === 'dead_man.fired').length;

test('a client that is heard of in time is never taken for dead, to the millisecond', async () => {
  await using rig = await tradingRig();
  for (let n = 0; n < 5; n++) {
    await arm(rig);
    rig.clock.advance(9_999);
    await rig.trading.fireDeadMen();
  }
  expect([await firings(rig), (await rig.as().getRisk({})).dealingState]).toEqual([0, 'active']);
  rig.clock.advance(1);
  await rig.trading.fireDeadMen();
  expect(await rig.as().getRisk({})).toMatchObject({
    dealingState: 'halted',
    switches: [{ scope: 'account', by: 'dead_man', reason: expect.stringContaining('10000 ms') }],
    deadMan: { action: 'halt', afterMs: 10_000, firedAt: rig.clock.now() },
  });
});

test('it fires once: however many processes look, and again only when it is armed again', async () => {
  await using rig = await tradingRig();
  await arm(rig);
  rig.clock.advance(60_000);
  await Promise.all([rig.trading, rig.restart(), rig.restart()].map((process) => process.fireDeadMen()));
  await rig.restart().fireDeadMen();
  expect(await rig.told()).toEqual(['dealing.halted', 'dead_man.fired']);
  expect(await noticed(rig.database, rig.userId)).toEqual(['dead_man.fired']);
  await rig.as().setDealingState({ scope: 'account', dealingState: 'active' });
  await rig.trading.fireDeadMen();
  expect((await rig.as().getRisk({})).dealingState).toBe('active');
  await arm(rig);
  rig.clock.advance(10_000);
  await rig.trading.fireDeadMen();
  expect(await firings(rig)).toBe(2);
});

test('a lapse while none of our processes ran is acted on by the first that runs again', async () => {
  await using rig = await tradingRig();
  const dealId = await openedPosition(rig);
  await arm(rig, { action: 'flatten' });
  rig.clock.advance(86_400_000);
  const alive = rig.restart();
  const stop = alive.startSweeping();
  await stop();
  expect(await firings(rig)).toBe(1);
  await alive.runSagas();
  expect(rig.venue.requests.at(-1)).toMatchObject({ kind: 'close', dealId });
  expect(rig.venue.positions.size).toBe(0);
});

test('a client that is heard of too late has it fired all the same, whoever looks first, and armed again', async () => {
  await using rig = await tradingRig();
  await arm(rig);
  rig.clock.advance(60_000);
  expect(await arm(rig)).toMatchObject({ dealingState: 'halted', deadMan: { firedAt: null } });
  await rig.trading.fireDeadMen();
  expect(await firings(rig)).toBe(1);
  rig.clock.advance(60_000);
  await rig.trading.fireDeadMen();
  expect(await firings(rig)).toBe(2);
});

test.each(['flatten', 'cancel_all'] as const)(
  '%s is a saga, begun with the firing or not at all',
  async (action) => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    const { dealReference } = await rig.as().placeOrder(rig.resting());
    await rig.applyConfirm(dealReference);
    await arm(rig, { action });
    rig.clock.advance(10_000);
    const broken = rig.restart({
      events: {
        ...rig.events,
        append: () => {
          throw new Error('the database is away');
        },
      },
    });
    await broken.fireDeadMen();
    await broken.runSagas();
    expect(await firings(rig)).toBe(0);
    expect([rig.venue.positions.size, rig.venue.orders.size]).toEqual([1, 1]);
    await rig.trading.fireDeadMen();
    await rig.trading.runSagas();
    expect(await firings(rig)).toBe(1);
    expect([rig.venue.positions.has(dealId), rig.venue.orders.size]).toEqual([action === 'cancel_all', 0]);
  },
);

test('what it begins is carried on at once, since nobody waits for it, and is told as its own', async () => {
  await using rig = await tradingRig();
  await arm(rig, { action: 'flatten' });
  rig.clock.advance(10_000);
  await rig.trading.fireDeadMen();
  const { rows } = await rig.database.pool.query(
    `select start_after <= created_on as at_once from pgboss.job where name = 'trading.run-saga'`,
  );
  expect(rows).toEqual([{ at_once: true }]);
  expect(await rig.as().getRisk({})).toMatchObject({ switches: [{ scope: 'flatten', by: 'dead_man' }] });
});

test('what became of the flattening it began is told by the id in its event: that it runs, then what the broker did not let go', async () => {
  await using rig = await tradingRig();
  const bob = await rig.addUser('bob');
  const dealId = await openedPosition(rig);
  await arm(rig, { action: 'flatten' });
  rig.clock.advance(10_000);
  await rig.trading.fireDeadMen();
  const { events } = await rig.as().listEvents({ after: '0', limit: 50 });
  const [id = ''] = events.flatMap(
    (event) => (event.type === 'dead_man.fired' ? event.data.sagaId : null) ?? [],
  );
  const running = { id, kind: 'flatten', status: 'running', legs: [{ dealId, outcome: 'waiting' }] };
  expect(await rig.as().getSaga({ id })).toMatchObject(running);
  rig.venue.treat = 'reject';
  for (let n = 0; n < 3; n++) {
    await rig.trading.runSagas();
    for (const confirm of [...rig.venue.confirms.values()])
      await rig.trading.applyAccountEvent(rig.venue.confirmEvent(rig.accountId, confirm));
  }
  expect(await rig.as().getSaga({ id })).toMatchObject({
    ...running,
    status: 'incomplete',
    legs: [{ dealId, outcome: 'refused', deal: { status: 'rejected' } }],
    left: [{ kind: 'position', dealId }],
  });
  for (const call of [() => rig.as(bob).getSaga({ id }), () => rig.as().getSaga({ id: 'saga_of_nobody' })])
    await expect(call()).rejects.toMatchObject({ cause: { code: 'trading.saga_not_found' } });
  await expect(rig.as(null).getSaga({ id })).rejects.toMatchObject({ cause: { code: 'auth.required' } });
});

test('one that is disarmed does nothing, and disarming what is not armed is no error', async () => {
  await using rig = await tradingRig();
  expect(await arm(rig)).toMatchObject({ environment: 'simulated', deadMan: { firedAt: null } });
  for (let n = 0; n < 2; n++) expect(await rig.as().disarmDeadMan({})).toMatchObject({ deadMan: null });
  rig.clock.advance(60_000);
  await rig.trading.fireDeadMen();
  expect(await rig.told()).toEqual([]);
});

test('it is its owner’s: others, guests and a login that may not close are refused, and so is silence too short or too long', async () => {
  await using rig = await tradingRig();
  const other = await rig.addUser('bob');
  const input = { afterMs: 10_000, action: 'halt' } as const;
  for (const call of [
    () => rig.as(other).armDeadMan({ ...input, accountId: rig.accountId }),
    () => rig.as(other).disarmDeadMan({ accountId: rig.accountId }),
  ])
    await expect(call()).rejects.toMatchObject({ cause: { code: 'accounts.not_found' } });
  await expect(rig.as(null).armDeadMan(input)).rejects.toMatchObject({ cause: { code: 'auth.required' } });
  await expect(rig.as(rig.userId, ['account:read']).armDeadMan(input)).rejects.toMatchObject({
    cause: { code: 'auth.scope_missing' },
  });
  for (const afterMs of [999, 86_400_001, 1.5])
    await expect(rig.as().armDeadMan({ ...input, afterMs })).rejects.toMatchObject({
      cause: { code: 'request.invalid' },
    });
});
