// Rows that a clock which was ahead has left behind. What is ahead is whatever this process's own clock has not reached.
import { expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { tradingRig, type TradingRig } from '../../testing/trading-rig.ts';

const tenMinutes = 600_000;
const twoDays = 2 * 86_400_000;

/** Moves instants of a table into the future, as a clock that was `ms` ahead had written them. */
const date = (rig: TradingRig, table: string, columns: string[], ms: number) =>
  rig.database.pool.query(
    `update ${table} set ${columns.map((column) => `${column} = ${column} + interval '${ms} ms'`).join(', ')}`,
  );
const fundsEvent = (rig: TradingRig, cash: string, margin = '0') => ({
  kind: 'funds' as const,
  eventId: `funds ${cash} ${margin}`,
  accountId: rig.accountId,
  data: { cash, margin, runningProfit: '0', at: rig.clock.now().toISOString() },
});

test.each([tenMinutes, twoDays])(
  'cash and margin go on after a clock that was %d ms ahead, and are stale until they do',
  async (ms) => {
    await using rig = await tradingRig();
    await rig.trading.applyAccountEvent(fundsEvent(rig, '5000'));
    await date(rig, 'account_risk', ['funds_at'], ms);
    expect((await rig.as().summary({})).stale).toBe(true);
    await rig.trading.applyAccountEvent(fundsEvent(rig, '5000', '17.50')); // figures alone: one statement
    expect(await rig.risk()).toMatchObject({ cash: '5000', margin: '17.50', fundsAt: rig.clock.now() });
    await date(rig, 'account_risk', ['funds_at'], ms);
    rig.clock.advance(1_000);
    await rig.trading.applyAccountEvent(fundsEvent(rig, '6000', '17.50'));
    expect(await rig.risk()).toMatchObject({ cash: '6000', fundsAt: rig.clock.now() });
    expect((await rig.as().summary({})).stale).toBe(false);
  },
);

test('an order is not refused for money that is there because a clock was once ahead', async () => {
  await using rig = await tradingRig();
  await rig.trading.applyAccountEvent(fundsEvent(rig, '10', '9'));
  await date(rig, 'account_risk', ['funds_at'], tenMinutes);
  expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
});

test.each(['submitting', 'unknown'])(
  'a deal left %s by a process whose clock was two days ahead is decided as soon as any other',
  async (status) => {
    await using rig = await tradingRig();
    rig.venue.treat = 'silence';
    await rig.as().openPosition(rig.order({ waitMs: 0 }));
    await rig.trading.settled();
    await rig.database.pool.query(`update deals set status = $1, absent_reads = 0`, [status]);
    if (status === 'submitting')
      await rig.database.pool.query('update deals set connection_closed_at = null');
    await date(rig, 'deals', ['status_at', 'created_at', 'connection_closed_at'], twoDays);
    const statusNow = async () =>
      (await rig.database.pool.query<{ status: string }>('select status from deals')).rows[0]!.status;
    for (const ms of [0, 20_000, 20_000]) {
      rig.clock.advance(ms);
      await rig.trading.sweep();
      await rig.trading.reconcileAccount(rig.accountId);
    }
    // Counted from when it was found, not from when it says.
    expect(await statusNow()).toBe('unknown');
    for (const ms of [20_000, 3_000, 3_000, 3_000]) {
      rig.clock.advance(ms);
      await rig.trading.sweep();
      await rig.trading.reconcileAccount(rig.accountId);
    }
    expect(await statusNow()).toBe('rejected');
  },
);

test('a position that vanished is found so, and only after the usual time, though all that dates it lies ahead', async () => {
  await using rig = await tradingRig();
  await rig.as().openPosition(rig.order());
  await rig.trading.reconcileAccount(rig.accountId);
  await date(rig, 'account_risk', ['positions_read_at'], twoDays);
  await date(rig, 'positions', ['updated_at', 'opened_at'], twoDays);
  rig.venue.positions.clear();
  const open = async () =>
    (await rig.database.pool.query('select 1 from positions where closed_at is null')).rowCount;
  for (const ms of [0, 10_000, 10_000]) {
    rig.clock.advance(ms);
    await rig.trading.reconcileAccount(rig.accountId);
  }
  expect(await open()).toBe(1);
  rig.clock.advance(20_000);
  await rig.trading.reconcileAccount(rig.accountId);
  expect(await open()).toBe(0);
});

test('a sender that was held up too long sends nothing, though the clock was set back meanwhile', async () => {
  await using rig = await tradingRig();
  const held = rig.restart({
    dealing: {
      ...rig.venue.dealing,
      send: (account, request, options) => {
        rig.clock.set(-6_000);
        rig.clock.advance(6_000); // frozen between the admission and the first byte
        return rig.venue.dealing.send(account, request, options);
      },
    },
  });
  await held.as().openPosition(build.openPosition());
  await held.settled();
  expect((await rig.database.pool.query('select status, reason from deals')).rows).toEqual([
    { status: 'rejected', reason: { code: 'never_reached_broker' } },
  ]);
  expect(rig.venue.deals).toBe(0);
});
