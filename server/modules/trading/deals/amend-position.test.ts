// Changing stop and limit through the procedure: what is sent, what proves it, and what is refused before anything is.
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { failure } from '../../../testing/failure.ts';
import { openedPosition, quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const levelsOf = async (rig: TradingRig) =>
  (await rig.as().listPositions({})).positions.map(({ stopLevel, limitLevel }) => ({
    stopLevel,
    limitLevel,
  }));
/** Everything but its own deal and the opening's. */
const toldSince = async (rig: TradingRig, n: number) => (await rig.told()).slice(n);
/** A position with a stop and a limit, and how many events told of it. */
async function protectedPosition(rig: TradingRig) {
  const dealId = await openedPosition(rig, { stopLevel: '1.16500', limitLevel: '1.18000' });
  rig.clock.advance(5_000);
  return { dealId, told: (await rig.told()).length };
}

describe('trading.amendPosition', () => {
  test('changes what is given, keeps what is left out, takes away what is null, and tells it once', async () => {
    await using rig = await tradingRig();
    const { dealId, told } = await protectedPosition(rig);
    for (const [asked, sent] of [
      [{ stopLevel: '1.16600' }, { stopLevel: '1.16600', limitLevel: '1.18000' }],
      [{ limitLevel: null }, { stopLevel: '1.16600', limitLevel: null }],
      [
        { stopLevel: '1.16700', limitLevel: '1.19' },
        { stopLevel: '1.16700', limitLevel: '1.19' },
      ],
    ] as const) {
      rig.clock.advance(1_000);
      const outcome = await rig.as().amendPosition(rig.amend(dealId, asked));
      expect(outcome).toMatchObject({ kind: 'amend', status: 'submitted', dealId, ...sent });
      expect(rig.venue.requests.at(-1)).toMatchObject({ kind: 'amend', dealId, ...sent });
      await rig.applyConfirm();
      expect(await rig.as().getDeal({ id: outcome.id })).toMatchObject({
        status: 'accepted',
        brokerAt: rig.clock.now(),
      });
      expect(await levelsOf(rig)).toEqual([sent]);
      // The stream tells of the position as well, and of the same confirm again.
      await rig.trading.applyAccountEvent(
        rig.venue.positionEvent(rig.accountId, dealId, `again ${told} ${JSON.stringify(asked)}`),
      );
    }
    expect(await toldSince(rig, told)).toEqual(
      [1, 2, 3].flatMap(() => ['deal.submitting', 'deal.submitted', 'deal.accepted', 'position.amended']),
    );
  });

  test('the position’s own news may come before the confirm: it is told once', async () => {
    await using rig = await tradingRig();
    const { dealId, told } = await protectedPosition(rig);
    await rig.as().amendPosition(rig.amend(dealId, { stopLevel: null }));
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId, 'first'));
    await rig.applyConfirm();
    expect(await toldSince(rig, told)).toEqual([
      'deal.submitting',
      'deal.submitted',
      'position.amended',
      'deal.accepted',
    ]);
  });

  test('a change made elsewhere is told as an event of the position, and no deal', async () => {
    await using rig = await tradingRig();
    const { dealId, told } = await protectedPosition(rig);
    const position = rig.venue.positions.get(dealId)!;
    rig.venue.positions.set(dealId, { ...position, stopLevel: '1.168' });
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId, 'elsewhere'));
    expect(await toldSince(rig, told)).toEqual(['position.amended']);
  });

  test('an answer that never comes is decided by the position as the broker lists it', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.venue.treat = 'fill, then silence';
    const { id, status } = await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    expect(status).toBe('unknown');
    rig.venue.confirms.clear();
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted', stopLevel: '1.169' });
    expect(await levelsOf(rig)).toEqual([{ stopLevel: '1.169', limitLevel: '1.18000' }]);
  });

  test('one that was overtaken by a change made elsewhere is decided by the broker’s history', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.venue.treat = 'fill, then silence';
    const { id } = await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    rig.venue.confirms.clear();
    rig.venue.positions.set(dealId, { ...rig.venue.positions.get(dealId)!, stopLevel: '1.1' });
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
    expect(await levelsOf(rig)).toEqual([{ stopLevel: '1.1', limitLevel: '1.18000' }]);
  });

  test('one that never arrived is rejected after two readings without a trace, and a later one with the same levels does not revive it', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.venue.treat = 'silence';
    const { id } = await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    for (let reads = 0; reads < 2; reads++) {
      rig.clock.advance(35_000);
      await rig.trading.reconcileAccount(rig.accountId);
    }
    const rejected = { status: 'rejected', reason: { code: 'never_reached_broker' } };
    expect(await rig.as().getDeal({ id })).toMatchObject(rejected);
    rig.venue.treat = 'fill';
    await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    await rig.applyConfirm();
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject(rejected);
    expect(await rig.told()).not.toContain('break.opened');
  });

  test('the confirm of an earlier change, told late, decides nothing of the next', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.venue.treat = 'reject';
    rig.clock.advance(1);
    await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    const refusal = [...rig.venue.confirms.values()].at(-1)!;
    await rig.applyConfirm();
    rig.clock.advance(500); // within what the clocks may differ
    rig.venue.treat = 'silence';
    const { id } = await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    await rig.trading.applyAccountEvent(
      rig.venue.confirmEvent(rig.accountId, refusal, 'told again under another id'),
    );
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'unknown' });
  });

  test('while one is under way another is denied, and a close goes', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.venue.treat = 'silence';
    await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.169' }));
    expect(await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.168' }))).toMatchObject({
      status: 'denied',
      reason: { code: 'change_in_flight', dealId },
    });
    rig.venue.treat = 'fill';
    const { dealReference } = await rig.as().closePosition(rig.close(dealId));
    await rig.applyConfirm(dealReference);
    expect(await levelsOf(rig)).toEqual([]);
  });

  test('halted, the stop may come nearer and not go further; the limit may change', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    await rig.database.pool.query('update account_risk set halted = true, halt_epoch = halt_epoch + 1');
    const ask = async (levels: object) => {
      rig.clock.advance(1_000);
      const { status, reason } = await rig.as().amendPosition(rig.amend(dealId, levels));
      if (status === 'submitted') await rig.applyConfirm();
      return reason?.code ?? status;
    };
    expect([
      await ask({ stopLevel: '1.164' }),
      await ask({ stopLevel: null }),
      await ask({ stopLevel: '1.166' }),
      await ask({ limitLevel: null }),
    ]).toEqual(['dealing_halted', 'dealing_halted', 'submitted', 'submitted']);
  });

  test.each([
    [
      'a stop above the price',
      { stopLevel: '1.1701' },
      { code: 'stop_wrong_side', stopLevel: '1.1701', level: '1.17000' },
    ],
    [
      'a limit below it',
      { limitLevel: '1.1699' },
      { code: 'limit_wrong_side', limitLevel: '1.1699', level: '1.17000' },
    ],
    ['one too near', { stopLevel: '1.16990' }, { code: 'stop_too_near', distance: '1', minimum: '2' }],
    [
      'one too fine',
      { stopLevel: '1.1660001' },
      { code: 'stop_too_fine', stopLevel: '1.1660001', nearest: '1.166' },
    ],
    ['what it has already', { stopLevel: '1.165', limitLevel: '1.18' }, { code: 'unchanged' }],
  ])('%s is denied with its numbers, and nothing is sent', async (_case, levels, reason) => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    const sent = rig.venue.requests.length;
    expect(await rig.as().amendPosition(rig.amend(dealId, levels))).toMatchObject({
      status: 'denied',
      reason,
    });
    expect(rig.venue.requests).toHaveLength(sent);
  });

  test('a stop that stays need not keep its distance from a market that has come nearer', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.prices.quote = quoteOf({ tick: { bid: '1.16505', offer: '1.16511' } });
    expect(await rig.as().amendPosition(rig.amend(dealId, { limitLevel: '1.17' }))).toMatchObject({
      status: 'submitted',
    });
  });

  test('without a price it goes, and the broker decides; in a market that takes no edits it is denied', async () => {
    await using rig = await tradingRig();
    const { dealId } = await protectedPosition(rig);
    rig.prices.quote = quoteOf({ tick: { marketState: 'closed' } });
    expect(await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.166' }))).toMatchObject({
      reason: { code: 'market_not_tradeable', marketState: 'closed' },
    });
    rig.prices.quote = new AppError('broker.unavailable');
    expect(await rig.as().amendPosition(rig.amend(dealId, { stopLevel: '1.166' }))).toMatchObject({
      status: 'submitted',
    });
  });

  test('asks for something, of a position of one’s own that is open, with the scope that opens', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const { dealId } = await protectedPosition(rig);
    expect(await failure(rig.as().amendPosition(rig.amend(dealId)))).toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining(
        'The input changes nothing: write at least one of stopLevel, limitLevel',
      ),
    });
    for (const [who, id] of [
      [bob, dealId],
      [rig.userId, 'DIAAAANOTHINGXX'],
    ] as const)
      expect(await failure(rig.as(who).amendPosition(rig.amend(id, { stopLevel: '1.1' })))).toMatchObject({
        code: 'trading.position_not_found',
      });
    expect(await failure(rig.as(null).amendPosition(rig.amend(dealId, { stopLevel: '1.1' })))).toMatchObject({
      code: 'auth.required',
    });
    expect(
      await failure(
        rig.as(rig.userId, ['trade:close']).amendPosition(rig.amend(dealId, { stopLevel: '1.1' })),
      ),
    ).toMatchObject({ code: 'auth.scope_missing' });
  });
});
