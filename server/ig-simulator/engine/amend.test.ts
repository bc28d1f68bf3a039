import { describe, expect, test } from 'vitest';
import { messagesOf } from './messages.ts';
import { createWorld, eurusd, reasonOf, type World } from './test-world.ts';
import type { AmendPosition, OpenPosition } from './commands.ts';
import type { DealDecision, Dealt } from './decisions.ts';
import type { Context } from './types.ts';

type Wanted = Partial<Omit<AmendPosition, 'type'>>;
const amend = (
  world: ReturnType<typeof createWorld>,
  dealId: string,
  wanted: Wanted,
  over?: Partial<Context>,
) => world.run({ type: 'amendPosition', accountId: 'CFD1', dealId, ...wanted }, over)[0] as DealDecision;
const trail: Wanted = {
  trailingStop: true,
  stopLevel: '1.16',
  trailingStopDistance: '100',
  trailingStopIncrement: '5',
};

describe('an amend is refused with IG’s reason, and nothing changes', () => {
  test.each<[reason: string, wanted: Wanted, status?: 'EDITS_ONLY' | 'CLOSED' | 'DEAL_NO_EDIT']>([
    ['SUCCESS', {}],
    ['POSITION_NOT_FOUND', { dealId: 'DIAAAAANOTHINGX' }],
    ['POSITION_NOT_FOUND', { accountId: 'CFD2' }],
    // BUY, closing price 1.17000, minimum 2 points
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.16981' }],
    ['SUCCESS', { stopLevel: '1.1698' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.18' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitLevel: '1.17019' }],
    ['SUCCESS', { limitLevel: '1.1702' }],
    ['SUCCESS', { stopLevel: '1.16', limitLevel: '1.18', guaranteedStop: true }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.16951', guaranteedStop: true }], // 5 points for guaranteed ones
    ['SUCCESS', trail],
    ['ATTACHED_ORDER_TRAILING_STOP_ERROR', { ...trail, trailingStopIncrement: '4.9' }],
    ['MARKET_CLOSED', {}, 'CLOSED'],
    ['MARKET_CLOSED', {}, 'DEAL_NO_EDIT'],
    ['MOVE_AWAY_ONLY_STOP', { stopLevel: '1.161', limitLevel: '1.19' }, 'EDITS_ONLY'],
    ['MOVE_AWAY_ONLY_LIMIT', { stopLevel: '1.16', limitLevel: '1.189' }, 'EDITS_ONLY'],
    ['SUCCESS', { stopLevel: '1.159', limitLevel: '1.191' }, 'EDITS_ONLY'],
    ['SUCCESS', { stopLevel: '1.16' }, 'EDITS_ONLY'],
  ])('%s: %j %s', (reason, wanted, status = undefined) => {
    const world = createWorld();
    const { dealId } = world.open({ stopLevel: '1.16', limitLevel: '1.19' });
    const [before] = world.account().positions;
    const decision = amend(
      world,
      dealId,
      wanted,
      status && { quote: () => ({ bid: '1.17', offer: '1.17006', status }) },
    );
    expect(reasonOf(decision)).toBe(reason);
    if (reason !== 'SUCCESS')
      expect([decision.type === 'rejected' && decision.of, world.account().positions]).toEqual([
        'amend',
        [before],
      ]);
  });

  test('also a trailing stop once the account has them switched off', () => {
    const world = createWorld();
    world.run({ type: 'setPreferences', accountId: 'CFD1', trailingStopsEnabled: false });
    expect(reasonOf(amend(world, world.open().dealId, trail))).toBe('TRAILING_STOP_NOT_ALLOWED');
    expect(reasonOf(world.open({ trailingStop: true, stopDistance: '20', trailingStopIncrement: '5' }))).toBe(
      'TRAILING_STOP_NOT_ALLOWED',
    );
  });
});

test('an amend is the whole new state, keeps id and reference, and its confirm bears both', () => {
  const world = createWorld();
  const { dealId } = world.open({ dealReference: 'mine', stopLevel: '1.16', limitLevel: '1.19' });
  const decision = amend(world, dealId, { limitLevel: '1.2' });
  expect(world.account().positions).toMatchObject([
    { dealId, dealReference: 'mine', stopLevel: null, limitLevel: '1.2', size: '1', level: '1.17006' },
  ]);
  expect(messagesOf(decision)).toMatchObject({
    confirms: {
      status: 'AMENDED',
      dealStatus: 'ACCEPTED',
      dealId,
      dealReference: 'mine',
      affectedDeals: [{ dealId, status: 'AMENDED' }],
      direction: 'BUY',
      stopLevel: null,
      limitLevel: 1.2,
      profit: null,
    },
    opu: [{ status: 'UPDATED', dealId, dealReference: 'mine', size: 1, limitLevel: 1.2 }],
    wou: [],
  });
});

test('a level that stays need not keep its distance from a market that has come nearer', () => {
  const world = createWorld();
  const { dealId } = world.open({ stopLevel: '1.16' });
  world.set(eurusd, '1.16010', '1.16016');
  expect(reasonOf(amend(world, dealId, { stopLevel: '1.16', limitLevel: '1.18' }))).toBe('SUCCESS');
  expect(reasonOf(amend(world, dealId, { stopLevel: '1.16001', limitLevel: '1.18' }))).toBe(
    'ATTACHED_ORDER_LEVEL_ERROR',
  );
});

test('a stop that was amended is not hit by a quote older than the amend', () => {
  const world = createWorld();
  const { dealId } = world.open({ stopLevel: '1.16' });
  const later = new Date(world.context.now.getTime() + 5_000);
  amend(world, dealId, { stopLevel: '1.165' }, { now: later });
  world.quotes.set(eurusd, { bid: '1.164', offer: '1.16406', status: 'TRADEABLE' });
  expect(
    world.run(
      { type: 'tick', epic: eurusd, quotedAt: new Date(later.getTime() - 1).toISOString() },
      { now: later },
    ),
  ).toEqual([]);
  expect(
    world.run({ type: 'tick', epic: eurusd, quotedAt: later.toISOString() }, { now: later }),
  ).toMatchObject([{ cause: 'stop' }]);
});

describe('a trailing stop', () => {
  test.each<[direction: 'BUY' | 'SELL', quotes: [bid: string, offer: string][], stops: string[]]>([
    [
      'BUY',
      [
        ['1.17055', '1.17061'],
        ['1.17155', '1.17161'],
        ['1.17100', '1.17106'],
        ['1.17160', '1.17166'],
      ],
      ['1.16906', '1.17006', '1.17006', '1.17056'],
    ], // 0.98 steps, 2.98, back, 1.08
    [
      'SELL',
      [
        ['1.16945', '1.16951'],
        ['1.16795', '1.16801'],
        ['1.16850', '1.16856'],
        ['1.16790', '1.16796'],
      ],
      ['1.171', '1.16950', '1.16950', '1.16900'],
    ],
  ])('of a %s follows in whole steps and never goes back', (direction, quotes, stops) => {
    const world = createWorld();
    const { dealId } = world.open({
      direction,
      stopDistance: '10',
      trailingStop: true,
      trailingStopIncrement: '5',
    });
    const seen = quotes.map(([bid, offer]) => {
      world.set(eurusd, bid, offer);
      return world.account().positions[0]!.stopLevel;
    });
    expect(seen.map(Number)).toEqual(stops.map(Number));
    expect(world.account().positions).toMatchObject([{ dealId }]);
    const moves = world.log.filter(({ type }) => type === 'positionAmended');
    expect(moves.map((decision) => messagesOf(decision))).toEqual(
      moves.map(() =>
        expect.objectContaining({
          confirms: null,
          opu: [expect.objectContaining({ status: 'UPDATED', dealId })],
        }),
      ),
    );
  });
});

describe('a guaranteed stop', () => {
  const guaranteed: Partial<OpenPosition> = { stopDistance: '50', guaranteedStop: true };
  test('fills at its level through a gap, and only then costs its premium', () => {
    const world = createWorld();
    const hit = world.open(guaranteed);
    world.set(eurusd, '1.10000', '1.10006');
    // 50 points × $10 × 0.75, and 1.2 points × $10 × 0.75
    expect(world.log.at(-1)).toMatchObject({
      cause: 'stop',
      level: '1.16506',
      closings: [{ position: { dealId: hit.dealId }, profit: '-375', premium: '9' }],
    });
    expect(world.account().cash).toBe('99616');
    const closed = world.open(guaranteed);
    expect(world.close(closed.dealId)).toMatchObject({ closings: [{ profit: '-4.5' }] });
    expect(world.account().cash).toBe('99611.5');
  });

  test.each([
    ['its limit is hit', (world: World) => world.set(eurusd, '1.18', '1.18006')],
    [
      'the account is closed out',
      (world: World) => {
        world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '-99900' });
        return world.run({ type: 'checkMargin', accountId: 'CFD1' });
      },
    ],
  ])('costs no premium when %s', (_how, happen) => {
    const world = createWorld();
    world.open({ ...guaranteed, limitDistance: '50' });
    const [closed] = happen(world);
    expect(closed).toMatchObject({ type: 'dealt', closings: [{ remaining: '0' }] });
    expect((closed as Dealt).closings[0]).not.toHaveProperty('premium');
  });

  test('keeps its premium when it is moved, and is priced anew when it is taken off and put on', () => {
    const world = createWorld();
    const share = 'UA.D.AAPL.CASH.IP';
    const { dealId } = world.open({ epic: share, stopLevel: '240', guaranteedStop: true });
    const premium = () => world.account().positions[0]!.guaranteed?.premium;
    expect(premium()).toBe('81.312'); // 0.3 % of 27,104 cents
    world.set(share, '300.00', '300.04');
    amend(world, dealId, { stopLevel: '250', guaranteedStop: true });
    expect(premium()).toBe('81.312');
    amend(world, dealId, {});
    amend(world, dealId, { stopLevel: '250', guaranteedStop: true });
    expect(premium()).toBe('90');
  });

  test('is not given up, nor moved away, for more margin than there is', () => {
    const world = createWorld();
    const { dealId } = world.open({ ...guaranteed, size: '40' }); // 40 × 384; as any other it would take 40 × 2,922
    expect(
      [
        amend(world, dealId, {}),
        amend(world, dealId, { stopLevel: '1.12', guaranteedStop: true }),
        amend(world, dealId, { stopLevel: '1.16', guaranteedStop: true }),
      ].map(reasonOf),
    ).toEqual(['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'SUCCESS']);
    expect(world.account().positions).toMatchObject([{ stopLevel: '1.16', guaranteed: { premium: '1.2' } }]);
  });

  test('takes as margin the most that can be lost, premium included, and no more once it is in profit', () => {
    const world = createWorld();
    const { dealId } = world.open(guaranteed);
    expect(world.figures()).toMatchObject({
      deposit: '384',
      limitedRisk: { deposit: '384', profitLoss: '-4.5' },
    });
    amend(world, dealId, { stopLevel: '1.16906', guaranteedStop: true });
    expect(world.figures().deposit).toBe('84');
    world.set(eurusd, '1.19', '1.19006');
    amend(world, dealId, { stopLevel: '1.18', guaranteedStop: true });
    expect(world.figures().deposit).toBe('9');
    amend(world, dealId, {});
    expect(world.figures()).toMatchObject({
      deposit: '2972.03',
      limitedRisk: { deposit: '0', profitLoss: '0' },
    });
  });
});
