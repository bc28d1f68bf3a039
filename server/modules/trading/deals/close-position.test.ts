import { describe, expect, test } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { failure } from '../../../testing/failure.ts';
import { openedPosition, quoteOf, tradingRig } from '../../../testing/trading-rig.ts';

describe('trading.closePosition', () => {
  test('closes a part, then the rest, each once', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '3' });
    for (const [size, left, profit] of [
      ['1', '2', '-4.8'],
      [undefined, '0', '-9.6'],
    ] as const) {
      const outcome = await rig.as().closePosition(rig.close(dealId, { size }));
      expect(outcome).toMatchObject({
        kind: 'close',
        status: 'submitted',
        direction: 'SELL',
        size: size ?? '2',
        dealId,
      });
      await rig.applyConfirm(outcome.dealReference);
      expect(await rig.as().getDeal({ id: outcome.id })).toMatchObject({
        status: 'accepted',
        profit,
        profitCurrency: 'GBP',
        level: '1.17000',
      });
      expect((await rig.as().listPositions({})).positions.map((position) => position.size)).toEqual(
        left === '0' ? [] : [left],
      );
    }
    expect(await rig.told()).toEqual(
      ['position.opened', 'position.reduced', 'position.closed'].flatMap((outcome) => [
        'deal.submitting',
        'deal.submitted',
        'deal.accepted',
        outcome,
      ]),
    );
  });
  test('a second close while one is in flight is denied', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    rig.venue.treat = 'silence';
    const [first, second] = await Promise.all([
      rig.as().closePosition(rig.close(dealId)),
      rig.as().closePosition(rig.close(dealId)),
    ]);
    expect([first.status, second.status].sort()).toEqual(['denied', 'unknown']);
    expect([first, second].find(({ status }) => status === 'denied')).toMatchObject({
      reason: { code: 'close_in_flight', dealId },
    });
    expect(rig.venue.requests).toHaveLength(2);
  });

  test('a deal of another kind that awaits its verdict on the position keeps nobody in', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    rig.venue.treat = 'silence';
    await rig.as().closePosition(rig.close(dealId));
    await rig.database.pool.query(`update deals set kind = 'amend' where kind = 'close'`);
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'unknown' });
  });
  test('more than the position is denied; what is closed, unknown or somebody else’s is not found', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const dealId = await openedPosition(rig);
    expect(await rig.as().closePosition(rig.close(dealId, { size: '2' }))).toMatchObject({
      status: 'denied',
      reason: { code: 'size_above_position', size: '2', position: '1' },
    });
    expect(await failure(rig.as(bob).closePosition(rig.close(dealId)))).toMatchObject({
      code: 'trading.position_not_found',
    });
    expect(await failure(rig.as().closePosition(rig.close('DIAAAANOTHINGXX')))).toMatchObject({
      code: 'trading.position_not_found',
    });
    expect(await failure(rig.as(null).closePosition(rig.close(dealId)))).toMatchObject({
      code: 'auth.required',
    });
    expect(rig.venue.requests).toHaveLength(1);
  });
  test('needs no price of ours, but not a market that is known to be shut', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '2' });
    rig.prices.quote = quoteOf({ tick: { marketState: 'closed' } });
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({
      status: 'denied',
      reason: { code: 'market_not_tradeable' },
    });
    rig.prices.quote = new AppError('broker.unavailable');
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
  });
  test('a confirm that comes late is of the close whose reference it bears, not of the next of the same size', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '3' });
    const first = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    await rig.trading.reconcileAccount(rig.accountId);
    rig.clock.advance(5_000);
    rig.venue.treat = 'silence';
    const second = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    await rig.applyConfirm(first.dealReference);
    expect(await rig.as().getDeal({ id: first.id })).toMatchObject({ status: 'accepted' });
    expect(await rig.as().getDeal({ id: second.id })).toMatchObject({ status: 'unknown' });
  });

  test('one that never arrived is decided also where a part was closed elsewhere before, and nobody told', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '3' });
    const elsewhere = { kind: 'close', dealId, direction: 'SELL', size: '1' } as const;
    rig.venue.book(elsewhere, 'WEB1');
    rig.clock.advance(20_000);
    rig.venue.treat = 'silence';
    const close = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    for (const ms of [31_000, 3_000, 2_500]) {
      rig.clock.advance(ms);
      await rig.trading.reconcileAccount(rig.accountId);
    }
    expect(await rig.as().getDeal({ id: close.id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'never_reached_broker' },
    });
  });

  test('its confirm may come before the answer that tells the broker’s reference', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    rig.venue.during = () => rig.applyConfirm();
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({
      status: 'accepted',
      profit: '-4.8',
    });
  });
});
