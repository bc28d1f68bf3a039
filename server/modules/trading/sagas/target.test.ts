// The net size wanted in a market: reached by deals that never turn a position over, once for a key, whoever dies on the way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import type { TargetOutcome } from '../../../../shared/targets.ts';
import * as build from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { mortal, untilDeath } from '../../../testing/mortal.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { toAppError } from '../../../trpc/errors.ts';
import { exposureOf, netOf, stepsTo } from './target.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
let keys = 0;
const wanted = (netSize: string, over: object = {}) => ({
  epic: build.eurusd,
  netSize,
  idempotencyKey: `a-target-${++keys}`,
  waitMs: 0,
  ...over,
});
/** Asks again with the same key, as its error says, where this machine was too slow to answer in time. */
async function told(
  as: ReturnType<TradingRig['as']>,
  input: ReturnType<typeof wanted>,
): Promise<TargetOutcome> {
  try {
    return await as.setTarget(input);
  } catch (error) {
    if (toAppError(error).code !== 'server.unavailable') throw error;
    return told(as, input);
  }
}
/** The stream brings every confirm, the jobs go on with what runs, as often as there are legs and once more. */
async function goOn(rig: TradingRig, process: ReturnType<TradingRig['restart']> = rig.restart()) {
  for (let turn = 0; turn < 3; turn++) {
    for (const confirm of [...rig.venue.confirms.values()])
      await process.applyAccountEvent(rig.venue.confirmEvent(rig.accountId, confirm));
    await process.reconcileAccount(rig.accountId);
    await process.runSagas();
  }
}
const netAt = (rig: TradingRig) => netOf(exposureOf([...rig.venue.positions.values()]));
const deals = (rig: TradingRig) =>
  rig.venue.requests.map((request) => {
    const { kind, direction, size } = request as { kind: string; direction: string; size: string };
    return `${kind} ${direction} ${size}`;
  });

describe('the steps to a net size', () => {
  test.each<[wanted: string, bought: string, sold: string, steps: string[]]>([
    ['2', '0', '0', ['BUY 2']],
    ['2', '2', '0', []],
    ['3', '2', '0', ['BUY 1']],
    ['0.5', '2', '0', ['SELL 1.5']],
    ['0', '2', '0', ['SELL 2']],
    ['-1', '2', '0', ['SELL 2', 'SELL 1']],
    ['1', '0', '2', ['BUY 2', 'BUY 1']],
    ['0', '3', '2', ['SELL 1']],
    ['2', '3', '2', ['BUY 1']],
    ['5', '3', '2', ['BUY 2', 'BUY 2']],
  ])('%s wanted, %s bought and %s sold: %j', (netSize, bought, sold, steps) => {
    expect(stepsTo(netSize, { bought, sold }).map(({ direction, size }) => `${direction} ${size}`)).toEqual(
      steps,
    );
  });
  test('lead there, one way, none of them with more than is open the other way unless nothing is', () => {
    const size = fc.integer({ min: 0, max: 400 }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
    const net = fc.integer({ min: -900, max: 900 }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
    fc.assert(
      fc.property(net, size, size, (netSize, bought, sold) => {
        let open = { bought, sold };
        for (const { direction, size: dealt } of stepsTo(netSize, open)) {
          const facing = direction === 'BUY' ? open.sold : open.bought;
          if (facing !== '0') expect(decimal.compare(dealt, facing)).toBeLessThanOrEqual(0);
          const [side, other] =
            direction === 'BUY' ? (['bought', 'sold'] as const) : (['sold', 'bought'] as const);
          open =
            facing === '0'
              ? { ...open, [side]: decimal.add(open[side], dealt) }
              : { ...open, [other]: decimal.subtract(open[other], dealt) };
        }
        expect(decimal.compare(netOf(open), netSize)).toBe(0);
      }),
    );
  });
});

describe('trading.setTarget', () => {
  test('is reached by one deal where that is enough, with tag and note, and by none where it is so already', async () => {
    await using rig = await tradingRig();
    const input = wanted('2', { tag: 'trend', note: 'long' });
    expect(await told(rig.as(), input)).toMatchObject({
      status: 'running',
      environment: 'simulated',
      epic: build.eurusd,
      netSize: '2',
      legs: [{ direction: 'BUY', size: '2', outcome: 'waiting' }],
      found: null,
      replayed: false,
    });
    await goOn(rig);
    expect(await told(rig.as(), input)).toMatchObject({
      status: 'done',
      legs: [{ outcome: 'done', deal: { kind: 'net', status: 'accepted', tag: 'trend', note: 'long' } }],
      found: '2',
      replayed: true,
    });
    expect(await told(rig.as(), wanted('2.0'))).toMatchObject({ status: 'done', legs: [], found: '2' });
    expect(deals(rig)).toEqual(['net BUY 2']);
  });

  test('a position is turned over in two deals, the second once the first was accepted', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig, { size: '2' });
    rig.venue.requests.length = 0;
    const input = wanted('-1');
    expect(await told(rig.as(), input)).toMatchObject({
      status: 'running',
      legs: [
        { direction: 'SELL', size: '2', outcome: 'waiting', deal: { status: 'submitted' } },
        { direction: 'SELL', size: '1', outcome: 'waiting', deal: null },
      ],
    });
    expect(deals(rig)).toEqual(['net SELL 2']);
    await goOn(rig);
    await goOn(rig);
    expect(await told(rig.as(), input)).toMatchObject({ status: 'done', found: '-1' });
    expect(deals(rig)).toEqual(['net SELL 2', 'net SELL 1']);
  });

  test('what the broker refuses ends it: no further step is begun, and what is open is told', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig, { size: '2' });
    rig.venue.requests.length = 0;
    rig.venue.treat = 'reject';
    const input = wanted('-1');
    await told(rig.as(), input);
    for (let look = 0; look < 3; look++) await goOn(rig);
    expect(await told(rig.as(), input)).toMatchObject({
      status: 'incomplete',
      found: '2',
      legs: [
        { outcome: 'refused', deal: { status: 'rejected' } },
        { outcome: 'gone', deal: null },
      ],
    });
    expect(deals(rig)).toEqual(['net SELL 2']);
    const { rows } = await rig.database.pool.query<{ data: object }>(
      "select data from user_events where type = 'saga.ended'",
    );
    expect(rows).toMatchObject([
      { data: { kind: 'set_target', status: 'incomplete', target: { netSize: '-1', found: '2' } } },
    ]);
  });

  test('a step that is denied here ends it at once', async () => {
    await using rig = await tradingRig();
    expect(await told(rig.as(), wanted('0.5'))).toMatchObject({
      status: 'incomplete',
      found: '0',
      legs: [{ outcome: 'refused', deal: { status: 'denied', reason: { code: 'size_below_minimum' } } }],
    });
    expect(rig.venue.requests).toEqual([]);
  });

  test('a step below the minimum says what to do, and the size asked for is told in its shortest form', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig, { size: '2.5' });
    rig.venue.requests.length = 0;
    const kept = await told(rig.as(), wanted('2.00'));
    expect(kept).toMatchObject({
      status: 'incomplete',
      netSize: '2',
      found: '2.5',
      legs: [
        {
          outcome: 'refused',
          deal: {
            reason: {
              code: 'net_below_minimum',
              message:
                'The size 0.5 is below the minimum of 1, which holds for a part of the 2.5 that it may net too: net at least that, or close a whole position by its dealId.',
            },
          },
        },
      ],
    });
    expect(deals(rig)).toEqual([]);
    expect(await told(rig.as(), wanted('-0'))).toMatchObject({
      netSize: '0',
      legs: [{ direction: 'SELL', size: '2.5' }],
    });
  });

  test('a step that could not be begun within a minute is begun no more', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig, { size: '2' });
    rig.venue.requests.length = 0;
    const input = wanted('-1');
    await told(rig.as(), input);
    rig.clock.advance(60_001);
    for (let look = 0; look < 3; look++) await goOn(rig);
    expect(await told(rig.as(), input)).toMatchObject({ status: 'incomplete', found: '0' });
    expect(deals(rig)).toEqual(['net SELL 2']);
  });

  test('is refused while a deal in the market is undecided or another target runs; a replay is not', async () => {
    await using rig = await tradingRig();
    const input = wanted('2');
    const [one, two] = await Promise.allSettled([
      told(rig.as(), input),
      told(rig.restart().as(), wanted('-2')),
    ]);
    const refused = [one, two].filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { cause: { code: 'trading.market_busy' } } }]);
    expect(await failure(rig.as().setTarget(wanted('3')))).toMatchObject({ code: 'trading.market_busy' });
    expect(rig.venue.requests).toHaveLength(1);
  });

  test('asked for twice at once under one key it is one', async () => {
    await using rig = await tradingRig();
    const input = wanted('2');
    const [one, two] = await Promise.all([told(rig.as(), input), told(rig.restart().as(), input)]);
    expect(one.id).toBe(two.id);
    await goOn(rig);
    expect(deals(rig)).toEqual(['net BUY 2']);
    expect(await failure(rig.as().setTarget({ ...input, netSize: '3' }))).toMatchObject({
      code: 'trading.key_reused',
    });
  });

  test('a market that the feed does not know, a size that is no number, a stranger, a login that may not open: each is refused, and nothing begun', async () => {
    await using rig = await tradingRig();
    const other = await rig.addUser('bob');
    for (const [call, code] of [
      [() => rig.as().setTarget(wanted('1', { epic: 'CS.D.NOSUCH.CFD.IP' })), 'market_data.unknown_epic'],
      [() => rig.as().setTarget(wanted('two')), 'request.invalid'],
      [() => rig.as(null).setTarget(wanted('1')), 'auth.required'],
      [() => rig.as(other).setTarget(wanted('1', { accountId: rig.accountId })), 'accounts.not_found'],
      [() => rig.as(rig.userId, ['trade:close']).setTarget(wanted('1')), 'auth.scope_missing'],
    ] as const)
      expect(await failure(call())).toMatchObject({ code });
    expect(rig.venue.requests).toEqual([]);
    expect((await rig.database.pool.query('select 1 from sagas')).rows).toEqual([]);
  });
});

/** In the short form a prime, so that the runs meet all kinds of steps. */
const [stride, eachStep] = deep ? [1, 'each step'] : [5, 'each 5th step'];
test.each(['fill', 'fill, then silence'] as const)(
  `a process that dies at ${eachStep} of turning a position over, the broker would %s: no deal is made twice, and it ends where it was to, or says where`,
  async (treat) => {
    await using rig = await tradingRig();
    const begin = async () => {
      rig.venue.reset();
      rig.venue.treat = 'fill';
      await rig.trading.reconcileAccount(rig.accountId);
      await openedPosition(rig, { size: '2' });
      rig.venue.requests.length = 0;
      rig.venue.treat = treat;
    };
    const finish = async () => {
      const alive = rig.restart();
      for (const ms of [5_000, 15_000, 31_000, 3_000, 5_000]) {
        rig.clock.advance(ms);
        await alive.sweep();
        await alive.reconcileAccount(rig.accountId);
        await goOn(rig, alive);
      }
      return alive;
    };
    await begin();
    const whole = mortal(rig, Number.POSITIVE_INFINITY);
    await whole.process.as().setTarget(wanted('-1'));
    for (let at = 0; at < whole.steps.length; at += stride) {
      const name = `${at} ${whole.steps[at]}`;
      await finish();
      await begin();
      const input = wanted('-1');
      await untilDeath(mortal(rig, at), (process) => process.as().setTarget(input));
      const alive = await finish();
      const answer = await told(alive.as(), input);
      if (answer.status === 'running') await finish();
      const ended = await told(alive.as(), input);
      expect(ended.status, name).not.toBe('running');
      expect(ended.found, name).toBe(netAt(rig));
      expect(['-1', '0'], name).toContain(netAt(rig));
      expect(new Set(deals(rig)).size, name).toBe(deals(rig).length);
    }
  },
  deep ? 1_800_000 : 300_000,
);
