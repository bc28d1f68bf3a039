import { describe, expect, test } from 'vitest';
import { findConfirm } from './confirm.ts';
import { messagesOf } from './messages.ts';
import { createWorld, eurusd, ftse, ftseBet, quoteOf, reasonOf } from './test-world.ts';
import type { OpenPosition } from './commands.ts';
import type { DealDecision } from './decisions.ts';
import type { Context } from './types.ts';
import { accountFigures } from './value.ts';

type Case = [reason: string, order: Partial<OpenPosition>, context?: Partial<Context>];
const ftseOrder: Partial<OpenPosition> = { epic: ftse, currencyCode: 'GBP' };
const bet: Partial<OpenPosition> = { accountId: 'BET1', epic: ftseBet, expiry: 'DFB', currencyCode: 'GBP' };
const share: Partial<OpenPosition> = { epic: 'UA.D.AAPL.CASH.IP', size: '10' };

describe('an order is refused with IG’s reason', () => {
  test.each<Case>([
    ['SUCCESS', {}],
    ['INSTRUMENT_NOT_FOUND', { epic: 'CS.D.NOTHING.CFD.IP' }],
    ['INSTRUMENT_NOT_FOUND', { expiry: '-', epic: ftseBet, currencyCode: 'GBP' }],
    ['REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT', { expiry: 'DFB', epic: ftseBet, currencyCode: 'GBP' }],
    ['REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT', { ...ftseOrder, accountId: 'BET1' }],
    ['SUCCESS', bet],
    ['INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY', { currencyCode: 'EUR' }],
    ['MARKET_OFFLINE', { epic: 'CS.D.GBPUSD.CFD.IP' }],
    ['MARKET_CLOSED', {}, { quote: () => ({ bid: '1.17', offer: '1.1701', status: 'CLOSED' }) }],
    ['MINIMUM_ORDER_SIZE_ERROR', { size: '0.99' }],
    ['MINIMUM_ORDER_SIZE_ERROR', { ...ftseOrder, size: '0.49' }],
    ['SUCCESS', { ...ftseOrder, size: '0.5' }],
    ['SIZE_INCREMENT', { size: '1.005' }],
    ['SUCCESS', { size: '1.01' }],
    ['SIZE_INCREMENT', { ...share, size: '1.5' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { guaranteedStop: true, stopDistance: '4.9' }], // 2 for others, 5 for guaranteed ones
    [
      'ATTACHED_ORDER_TRAILING_STOP_ERROR',
      { trailingStop: true, stopDistance: '20', trailingStopIncrement: '4' },
    ],
    ['LIMIT_ORDER_WRONG_SIDE_OF_MARKET', { level: '1.17005' }],
    ['SUCCESS', { level: '1.17006' }],
    ['LIMIT_ORDER_WRONG_SIDE_OF_MARKET', { level: '1.17001', direction: 'SELL' }],
    ['SUCCESS', { level: '1.17', direction: 'SELL' }],
    // EUR/USD: fill 1.17006, minimum 2 points = 0.0002
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.17106' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '1.16987' }],
    ['SUCCESS', { stopLevel: '1.16986' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopDistance: '1.9' }],
    ['SUCCESS', { stopDistance: '2' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitLevel: '1.17025' }],
    ['SUCCESS', { limitLevel: '1.17026' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitDistance: '1.99' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitDistance: '0' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: '0.29' }], // further than 75 %
    ['ATTACHED_ORDER_LEVEL_ERROR', { direction: 'SELL', stopLevel: '1.16' }],
    ['SUCCESS', { direction: 'SELL', stopLevel: '1.18', limitLevel: '1.16' }],
    // FTSE at a spread of 5: 4 points behind the offer is still above the bid, so it would be hit at once
    [
      'ATTACHED_ORDER_LEVEL_ERROR',
      { ...ftseOrder, stopDistance: '4' },
      { quote: () => ({ bid: '9690', offer: '9695', status: 'TRADEABLE' }) },
    ],
    ['ATTACHED_ORDER_LEVEL_ERROR', { ...share, stopLevel: '269.00' }], // 1 % of 271.04 is 2.71
    ['SUCCESS', { ...share, stopLevel: '268.32' }],
    // 100,000 / (3.33 % × 117,006 × 0.75 = 2,922.22) = 34.2 contracts
    ['INSUFFICIENT_FUNDS', { size: '34.23' }],
    ['SUCCESS', { size: '34.22' }],
    ['GENERAL_ERROR', {}, { rate: () => undefined }],
  ])('%s: %j', (reason, order, context) => {
    const world = createWorld();
    const before = world.account(order.accountId);
    const decision = world.open(order, context);
    expect(reasonOf(decision)).toBe(reason);
    if (reason === 'SUCCESS') return;
    const after = world.account(order.accountId);
    expect([after.cash, after.positions]).toEqual([before.cash, before.positions]);
    expect(decision.dealId).toMatch(/^DIAAAA[A-Z]{9}$/);
    expect(
      findConfirm(world.state, after.accountId, decision.dealReference, world.context.now),
    ).toMatchObject({
      dealStatus: 'REJECTED',
      reason,
      status: null,
      level: null,
      size: null,
      expiry: null,
      affectedDeals: [],
    });
  });

  test('with a reference that was used, as a duplicate or as a conflict, unless the check is off', () => {
    const world = createWorld();
    const reasons = [
      world.open({ dealReference: 'mine-1' }),
      world.open({ dealReference: 'mine-1', size: '1.0' }),
      world.open({ dealReference: 'mine-1', direction: 'SELL' }),
      world.open({ dealReference: 'mine-2' }),
      world.open({ dealReference: 'mine-1', accountId: 'CFD2' }),
      world.open({ dealReference: 'mine-2' }, { duplicateCheckOff: true }),
    ].map(reasonOf);
    expect(reasons).toEqual([
      'SUCCESS',
      'DUPLICATE_ORDER_ERROR',
      'CONFLICTING_ORDER',
      'SUCCESS',
      'SUCCESS',
      'SUCCESS',
    ]);
    expect(world.account().positions.map(({ dealReference }) => dealReference)).toEqual([
      'mine-1',
      'mine-2',
      'mine-2',
    ]);
  });

  test('on an account that does not exist by an exception, and no account is made twice', () => {
    const world = createWorld();
    expect(() => world.open({ accountId: 'NOBODY' })).toThrow('no account NOBODY');
    expect(() =>
      world.run({
        type: 'createAccount',
        accountId: 'CFD1',
        login: 'other',
        accountType: 'CFD',
        currency: 'GBP',
        cash: '5',
      }),
    ).toThrow('exists');
    expect(
      world.run({
        type: 'createAccount',
        accountId: 'CFD1',
        login: 'trader',
        accountType: 'CFD',
        currency: 'GBP',
        cash: '5',
      }),
    ).toEqual([]);
  });
});

describe('a close is refused', () => {
  test.each<
    [string, Parameters<ReturnType<typeof createWorld>['close']>[1] & { dealId?: string }, Partial<Context>?]
  >([
    ['SUCCESS', {}],
    ['POSITION_NOT_AVAILABLE_TO_CLOSE', { dealId: 'DIAAAAANOTHINGX' }],
    ['POSITION_NOT_AVAILABLE_TO_CLOSE', { accountId: 'CFD2' }],
    ['POSITION_NOT_AVAILABLE_TO_CLOSE', { size: '3.01' }],
    ['POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION', { direction: 'BUY' }],
    ['MINIMUM_ORDER_SIZE_ERROR', { size: '0.5' }],
    ['SIZE_INCREMENT', { size: '1.001' }],
    ['LIMIT_ORDER_WRONG_SIDE_OF_MARKET', { level: '1.18' }],
    ['SUCCESS', { level: '1.16' }],
    ['MARKET_CLOSED', {}, { quote: () => ({ bid: '1.17', offer: '1.1701', status: 'CLOSED' }) }],
    ['GENERAL_ERROR', {}, { rate: () => undefined }],
  ])('%s: %j', (reason, { dealId, ...order }, context) => {
    const world = createWorld();
    const opened = world.open({ size: '3' });
    expect(reasonOf(world.close(dealId ?? opened.dealId, order, context))).toBe(reason);
    if (reason !== 'SUCCESS') expect(world.account().positions.map(({ size }) => size)).toEqual(['3']);
  });
});

describe('closing', () => {
  test('partly leaves the rest under the same id, and the confirms’ profits are the change of cash', () => {
    const world = createWorld();
    const { dealId } = world.open({ size: '3', dealReference: 'opening' });
    world.set(eurusd, '1.18006', '1.18012');
    const part = world.close(dealId, { size: '1' });
    expect(messagesOf(part)).toMatchObject({
      confirms: {
        status: 'PARTIALLY_CLOSED',
        dealId,
        affectedDeals: [{ dealId, status: 'PARTIALLY_CLOSED' }],
        profit: 750,
        profitCurrency: 'GBP',
        level: 1.18006,
        size: 1,
        direction: 'SELL',
      },
      opu: [
        { status: 'UPDATED', dealId, dealReference: 'opening', size: 2, level: 1.17006, direction: 'BUY' },
      ],
    });
    const rest = world.close(dealId, { size: '2' });
    expect(messagesOf(rest)).toMatchObject({
      confirms: {
        status: 'CLOSED',
        dealId,
        affectedDeals: [{ dealId, status: 'FULLY_CLOSED' }],
        profit: 1500,
        size: 2,
      },
      opu: [{ status: 'DELETED', dealId, dealReference: 'opening', size: 0, level: 1.18006 }],
    });
    expect(part.dealId).not.toBe(dealId);
    expect(world.account()).toMatchObject({ cash: '102250', positions: [] });
    expect(world.state.books.get(eurusd)).toBeUndefined();
  });

  test('by epic takes the oldest first', () => {
    const world = createWorld();
    const first = world.open({ size: '2' });
    const second = world.open({ size: '2' });
    const [closed] = world.run({
      type: 'closePosition',
      accountId: 'CFD1',
      epic: eurusd,
      direction: 'SELL',
      size: '3',
    });
    expect(closed).toMatchObject({
      type: 'dealt',
      closings: [
        { position: { dealId: first.dealId }, remaining: '0' },
        { position: { dealId: second.dealId }, size: '1', remaining: '1' },
      ],
    });
  });
});

describe('without forceOpen an opposite deal nets', () => {
  test.each<[size: string, status: string, left: [direction: string, size: string][], affected: string[]]>([
    [
      '1',
      'PARTIALLY_CLOSED',
      [
        ['BUY', '1'],
        ['BUY', '1'],
      ],
      ['PARTIALLY_CLOSED'],
    ],
    ['2', 'CLOSED', [['BUY', '1']], ['FULLY_CLOSED']],
    ['2.5', 'PARTIALLY_CLOSED', [['BUY', '0.5']], ['FULLY_CLOSED', 'PARTIALLY_CLOSED']],
    ['3', 'CLOSED', [], ['FULLY_CLOSED', 'FULLY_CLOSED']],
    ['5', 'OPEN', [['SELL', '2']], ['FULLY_CLOSED', 'FULLY_CLOSED', 'OPENED']],
  ])('selling %s against 2 and 1: %s', (size, status, left, affected) => {
    const world = createWorld();
    world.open({ size: '2' });
    world.open({ size: '1' });
    const sold = world.open({ direction: 'SELL', size, forceOpen: false });
    expect(world.account().positions.map((position) => [position.direction, position.size])).toEqual(left);
    const confirms = messagesOf(sold)!.confirms!;
    expect([confirms.status, confirms.affectedDeals.map((deal) => deal.status)]).toEqual([status, affected]);
    expect(confirms.profit).toBe(Number(world.account().cash) - 100_000);
  });

  test('and with forceOpen both stand side by side', () => {
    const world = createWorld();
    world.open();
    world.open({ direction: 'SELL' });
    expect(world.account().positions.map(({ direction }) => direction)).toEqual(['BUY', 'SELL']);
  });

  test('a reversal the account cannot carry is refused whole', () => {
    const world = createWorld();
    world.open({ size: '30' });
    expect(reasonOf(world.open({ direction: 'SELL', size: '70', forceOpen: false }))).toBe(
      'INSUFFICIENT_FUNDS',
    );
    expect(world.account().positions.map(({ size }) => size)).toEqual(['30']);
  });
});

describe('a reversal counts what its closing frees', () => {
  const reversed = (bid: string, size: string) => {
    const world = createWorld();
    world.open({ size: '30' }); // margin 87,675.83 of 100,000
    world.quotes.set(eurusd, quoteOf(bid, bid));
    return reasonOf(world.open({ direction: 'SELL', size, forceOpen: false }));
  };
  // At 1.17003 a contract takes 2,922.15; 10 points of 30 contracts are 225.
  test('its margin', () =>
    expect([reversed('1.17006', '64'), reversed('1.17006', '65')]).toEqual([
      'SUCCESS',
      'INSUFFICIENT_FUNDS',
    ]));
  test('its profit, and its loss', () =>
    expect([reversed('1.18006', '64'), reversed('1.16006', '64')]).toEqual([
      'SUCCESS',
      'INSUFFICIENT_FUNDS',
    ]));
});

test('an instrument of two currencies: an opposite deal nets only what is held in its own, and a close of both waits for both rates', () => {
  const carbon = 'CO.D.CFI.Month2.IP';
  const world = createWorld();
  world.set(carbon, '8140.0', '8146.0');
  const bet = { accountId: 'BET1', epic: carbon, expiry: 'DEC-27', size: '0.25' };
  world.open({ ...bet, currencyCode: 'GBP' });
  world.open({ ...bet, currencyCode: 'EUR' });
  expect(world.open({ ...bet, currencyCode: 'EUR', direction: 'SELL', forceOpen: false })).toMatchObject({
    opening: null,
    closings: [{ position: { currency: 'EUR' }, profit: '-1.31', rate: '0.87' }],
  });
  world.open({ ...bet, currencyCode: 'EUR' });
  const close = (over: object) =>
    reasonOf(
      world.run(
        { type: 'closePosition', accountId: 'BET1', epic: carbon, direction: 'SELL', size: '0.5' },
        over,
      )[0] as DealDecision,
    );
  expect([close({ rate: () => undefined }), close({})]).toEqual(['GENERAL_ERROR', 'SUCCESS']);
});

describe('attached stops and limits', () => {
  test.each<
    [cause: string | undefined, order: Partial<OpenPosition>, bid: string, offer: string, profit?: string]
  >([
    [undefined, { stopDistance: '10', limitDistance: '10' }, '1.16907', '1.16913'],
    ['stop', { stopDistance: '10' }, '1.16906', '1.16912', '-75'],
    ['stop', { stopDistance: '10' }, '1.16006', '1.16012', '-750'], // a gap: the first price beyond
    ['limit', { limitDistance: '10' }, '1.17106', '1.17112', '75'],
    ['limit', { limitDistance: '10' }, '1.18006', '1.18012', '750'], // better than its level
    [undefined, { limitDistance: '10' }, '1.17105', '1.17111'],
    ['stop', { direction: 'SELL', stopDistance: '10' }, '1.17094', '1.17100', '-75'],
    [undefined, { direction: 'SELL', stopDistance: '10' }, '1.17093', '1.17099'],
    ['limit', { direction: 'SELL', limitDistance: '10' }, '1.16894', '1.16900', '75'],
  ])('%s of %j at %s/%s', (cause, order, bid, offer, profit) => {
    const world = createWorld();
    const opened = world.open(order);
    const fired = world.set(eurusd, bid, offer);
    if (cause === undefined) return expect(fired).toEqual([]);
    expect(fired).toMatchObject([
      { type: 'dealt', cause, confirmAt: null, closings: [{ position: { dealId: opened.dealId }, profit }] },
    ]);
    expect(messagesOf(fired[0]!)).toMatchObject({
      confirms: null,
      opu: [{ dealId: opened.dealId, status: 'DELETED', size: 0 }],
    });
    expect(world.account().positions).toEqual([]);
    expect(world.set(eurusd, bid, offer)).toEqual([]);
  });

  test('all that one quote reaches are filled in the order they were opened, and nothing while the market is closed', () => {
    const world = createWorld();
    const ids = [
      world.open({ stopDistance: '10' }),
      world.open({ accountId: 'CFD2', stopDistance: '20' }),
      world.open({ stopDistance: '900' }),
    ].map(({ dealId }) => dealId);
    expect(world.set(eurusd, '1.16', '1.16006', 'CLOSED')).toEqual([]);
    const fired = world.set(eurusd, '1.16', '1.16006');
    expect(
      fired.map((decision) => decision.type === 'dealt' && decision.closings[0]!.position.dealId),
    ).toEqual(ids.slice(0, 2));
    expect(new Set(world.log.map(({ dealId }) => dealId)).size).toBe(world.log.length);
  });
});

test('a confirm can be read from its moment for one minute, by its own account only', () => {
  const world = createWorld();
  const { dealReference } = world.open({}, { confirmDelayMs: 200 });
  const at = (ms: number, accountId = 'CFD1') =>
    findConfirm(world.state, accountId, dealReference, new Date(world.context.now.getTime() + ms))?.status;
  expect([at(199), at(200), at(60_199), at(60_200), at(300, 'CFD2')]).toEqual([
    undefined,
    'OPEN',
    'OPEN',
    undefined,
    undefined,
  ]);
});

test('the account’s figures hold IG’s sums', () => {
  const world = createWorld();
  world.open({ size: '2' });
  world.open({ ...ftseOrder, direction: 'SELL', size: '10' });
  world.set(eurusd, '1.16906', '1.16912');
  // EUR/USD: 2 × −0.001 × 100,000 × 0.75; FTSE: (9690 − 9691) × 10. Margin: 3.33 % of 175,359 and 5 % of 96,910.
  expect(accountFigures(world.state, 'CFD1', world.context)).toEqual({
    cash: '100000',
    profitLoss: '-160',
    deposit: '10684.95',
    equity: '99840',
    available: '89155.05',
    equityUsedPct: '10.7',
    limitedRisk: { profitLoss: '0', deposit: '0' },
  });
});
