// Netting (forceOpen: false): closes or reduces what is open the other way, opens where nothing is, and never turns a position over.
import { describe, expect, test } from 'vitest';
import { OpenPosition } from '../../../../shared/deal-requests.ts';
import * as build from '../../../testing/build.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { firstReason } from './ruling.ts';
import { weighed } from './net-position.ts';

const sold = (size: string) => ({ direction: 'SELL' as const, size, forceOpen: false as const });
const sizes = async (rig: TradingRig) =>
  (await rig.as().listPositions({})).positions.map(({ direction, size }) => `${direction} ${size}`);
async function twoPositions(rig: TradingRig): Promise<[string, string]> {
  const first = await openedPosition(rig, { size: '2' });
  rig.clock.advance(1_000);
  return [first, await openedPosition(rig, { size: '1' })];
}

describe('trading.openPosition with forceOpen: false', () => {
  test('closes what is open the other way, oldest first, and lists every position it touched', async () => {
    await using rig = await tradingRig();
    const [first, second] = await twoPositions(rig);
    const netted = await rig.as().openPosition(rig.order(sold('2.5')));
    expect(netted).toMatchObject({ kind: 'net', status: 'submitted' });
    expect(rig.venue.requests.at(-1)).toMatchObject({ kind: 'net', direction: 'SELL', size: '2.5' });
    await rig.applyConfirm(netted.dealReference);
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id: netted.id })).toMatchObject({
      status: 'accepted',
      dealId: first,
      profit: '-12',
      affected: [
        { dealId: first, action: 'closed' },
        { dealId: second, action: 'partially_closed' },
      ],
    });
    expect(await sizes(rig)).toEqual(['BUY 0.5']);
    // Our own deal explains it: nobody is told that somebody else closed a position.
    const { rows } = await rig.database.pool.query(
      `select 1 from notifications where kind = 'position.closed'`,
    );
    expect(rows).toEqual([]);
  });

  test('opens a position of its own where nothing is open the other way, and on an account that hedges whatever is', async () => {
    await using rig = await tradingRig();
    const opened = await rig.as().openPosition(rig.order(sold('1')));
    await rig.applyConfirm(opened.dealReference);
    expect(await sizes(rig)).toEqual(['SELL 1']);
    rig.venue.hedges = true;
    const bought = await rig.as().openPosition(rig.order({ ...sold('1'), direction: 'BUY' }));
    await rig.applyConfirm(bought.dealReference);
    const { dealId } = rig.venue.confirms.get(bought.dealReference!)!;
    expect(await sizes(rig)).toEqual(['SELL 1', 'BUY 1']);
    expect(await rig.as().getDeal({ id: bought.id })).toMatchObject({
      status: 'accepted',
      dealId,
      affected: [{ dealId, action: 'opened' }],
    });
  });

  test('a size above what it may net is denied as one that would reverse, and nothing is sent', async () => {
    await using rig = await tradingRig();
    await twoPositions(rig);
    const sent = rig.venue.requests.length;
    expect(await rig.as().openPosition(rig.order(sold('3.01')))).toMatchObject({
      status: 'denied',
      reason: {
        code: 'would_reverse',
        size: '3.01',
        facing: '3',
        message: 'The size 3.01 is more than the 3 that it may net: close that first, then open the rest.',
      },
    });
    expect(rig.venue.requests).toHaveLength(sent);
  });

  test('of two at once that each fit alone only one is sent: together they would reverse', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig, { size: '2' });
    rig.venue.treat = 'silence';
    const outcomes = await Promise.all([
      rig.as().openPosition(rig.order(sold('2'))),
      rig.as().openPosition(rig.order(sold('2'))),
      rig.as().openPosition(rig.order(sold('2'))),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['denied', 'denied', 'unknown']);
    expect(outcomes.flatMap(({ reason }) => reason?.code ?? [])).toEqual(['would_reverse', 'would_reverse']);
  });

  test('what is being closed, and what is being opened the other way, is not counted on', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '2' });
    rig.venue.treat = 'silence';
    await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    expect(await rig.as().openPosition(rig.order(sold('1.5')))).toMatchObject({
      reason: { code: 'would_reverse', facing: '1' },
    });
    await using other = await tradingRig();
    other.venue.treat = 'silence';
    await other.as().openPosition(other.order({ size: '1' }));
    expect(await other.as().openPosition(other.order(sold('1')))).toMatchObject({
      reason: { code: 'would_reverse', facing: '0' },
    });
  });

  test('what was just closed in part is not counted on before the stream or a reading has told what is left', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '3' });
    rig.clock.advance(1_000);
    const first = await rig.as().openPosition(rig.order(sold('2')));
    await rig.applyConfirm(first.dealReference);
    expect(await rig.as().getDeal({ id: first.id })).toMatchObject({ status: 'accepted' });
    expect(await rig.as().openPosition(rig.order(sold('3')))).toMatchObject({
      status: 'denied',
      reason: { code: 'would_reverse', size: '3', facing: '1' },
    });
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, dealId));
    const rest = await rig.as().openPosition(rig.order(sold('1')));
    expect(rest).toMatchObject({ status: 'submitted' });
    await rig.applyConfirm(rest.dealReference);
    expect([...rig.venue.positions.values()]).toEqual([]);
  });

  test('what netted a position proves no close of it that was taken for lost, neither by the history nor by a confirm told twice', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    rig.venue.treat = 'silence';
    const lost = await rig.as().closePosition(rig.close(dealId));
    for (const ms of [31_000, 3_000]) {
      rig.clock.advance(ms);
      await rig.trading.reconcileAccount(rig.accountId);
    }
    rig.venue.treat = 'fill';
    const netted = await rig.as().openPosition(rig.order(sold('1')));
    await rig.applyConfirm(netted.dealReference);
    await rig.trading.reconcileAccount(rig.accountId);
    const confirm = rig.venue.confirms.get(netted.dealReference!)!;
    await rig.trading.applyAccountEvent(rig.venue.confirmEvent(rig.accountId, confirm, 'told-again'));
    expect(await rig.as().getDeal({ id: netted.id })).toMatchObject({ status: 'accepted' });
    expect(await rig.as().getDeal({ id: lost.id })).toMatchObject({ status: 'rejected' });
  });

  test('one that closes and opens, since the position became smaller on its way, opens no more than the broker has', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '2' });
    const process = rig.restart({
      dealing: {
        send: (...args) => {
          rig.venue.book(build.closeRequest({ dealId, size: '1' }), 'WEB-CLOSE');
          return rig.venue.dealing.send(...args);
        },
      },
    });
    const netted = await process.as().openPosition(rig.order(sold('2')));
    await rig.applyConfirm(netted.dealReference);
    expect(await sizes(rig)).toEqual([]); // nobody has said how large it is
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await sizes(rig)).toEqual(['SELL 1']);
    expect((await rig.told()).filter((type) => type === 'position.reduced')).toEqual([]);
  });

  test('an answer that is lost is decided by the history, with all it did', async () => {
    await using rig = await tradingRig();
    const [first, second] = await twoPositions(rig);
    rig.venue.treat = 'fill, then silence';
    const netted = await rig.as().openPosition(rig.order(sold('3')));
    expect(netted.status).toBe('unknown');
    rig.venue.confirms.clear();
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id: netted.id })).toMatchObject({
      status: 'accepted',
      affected: [
        { dealId: first, action: 'closed' },
        { dealId: second, action: 'closed' },
      ],
    });
    expect(await sizes(rig)).toEqual([]);
  });

  /** A limit on exposure that one more contract passes. */
  const limited = (rig: TradingRig) => rig.as().setRiskLimits({ maxExposure: '1' });
  const exposed = { status: 'denied', reason: { code: 'exposure_limit' } };

  test('on an account that was not seen to net the limit on exposure holds as of an opening, so that one that hedges never passes it', async () => {
    await using rig = await tradingRig();
    rig.venue.hedges = true;
    await openedPosition(rig);
    await limited(rig);
    const sent = rig.venue.requests.length;
    expect(await rig.as().openPosition(rig.order(sold('1')))).toMatchObject(exposed);
    expect(rig.venue.requests).toHaveLength(sent);
  });

  test('on one that was seen to net, a deal that reduces is held against no limit on exposure, until it is seen to hedge', async () => {
    await using rig = await tradingRig();
    const net = async () => {
      const deal = await rig.as().openPosition(rig.order(sold('1')));
      if (deal.status === 'submitted') await rig.applyConfirm(deal.dealReference);
      rig.clock.advance(5_000); // a list shows what was dealt before it by 2 s
      await rig.trading.reconcileAccount(rig.accountId);
      return deal;
    };
    await openedPosition(rig, { size: '3' });
    expect(await net()).toMatchObject({ status: 'submitted' });
    await limited(rig);
    expect(await net()).toMatchObject({ status: 'submitted' });
    rig.venue.hedges = true;
    expect(await net()).toMatchObject({ status: 'submitted' }); // the one that shows it
    expect(await net()).toMatchObject(exposed);
  });

  test('while the account only reduces it is denied: on a hedging account it would open; a close is not', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    await rig.as().setDealingState({ scope: 'account', dealingState: 'reduce_only' });
    expect(await rig.as().openPosition(rig.order(sold('1')))).toMatchObject({
      status: 'denied',
      reason: { code: 'reduce_only' },
    });
    expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
  });

  test.each(['stopLevel', 'stopDistancePoints', 'limitLevel', 'limitDistancePoints'])(
    'beside forceOpen: false %s is refused by name, and does not compile',
    (name) => {
      const { error } = OpenPosition.safeParse({ ...build.openPosition(sold('1')), [name]: '1.2' });
      expect(error?.issues).toEqual([
        expect.objectContaining({
          path: [name],
          message: 'cannot stand beside forceOpen: false: leave it out, or leave out forceOpen',
        }),
      ]);
      const netting = { ...sold('1'), epic: 'E', idempotencyKey: 'k', waitMs: 0 };
      // @ts-expect-error A netting deal bears no stop.
      const contradiction: OpenPosition = { ...netting, stopLevel: '1' };
      expect(contradiction).toBeDefined();
    },
  );
});

test.each<[size: string, open: string, closing: string, opening: string, facing: string | null]>([
  ['1', '0', '0', '0', null],
  ['1', '1', '0', '0', null],
  ['1.01', '1', '0', '0', '1'],
  ['1', '1', '0.5', '0', '0.5'],
  ['1', '1', '2', '0', '0'],
  ['1', '0', '0', '1', '0'],
  ['1', '1', '0', '5', null],
])('a size of %s against %s open, %s closing, %s opening', (size, open, closing, opening, facing) => {
  const terms = { epic: 'E', expiry: '-', name: 'E', direction: 'SELL' as const, size, currency: 'USD' };
  const outlook = { price: null };
  const rest = { raisesRisk: true, required: '10', exposure: '100', rulings: () => [], outlook };
  const admission = { terms, ...rest };
  expect(firstReason(weighed(admission, { open, closing, opening, nets: true }).rulings())).toEqual(
    facing === null ? null : { code: 'would_reverse', size, facing },
  );
});
