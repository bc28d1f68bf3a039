import { expect, test } from 'vitest';
import { activityOf, oldActivityOf } from './activity.ts';
import { createWorld, eurusd, type World } from './test-world.ts';
import type { Decision } from './decisions.ts';

const base = { accountId: 'CFD1', epic: eurusd, expiry: '-', size: '2', currencyCode: 'USD' } as const;
const place = (world: World, wanted: object = {}) =>
  world.run({
    type: 'placeOrder',
    ...base,
    direction: 'BUY',
    level: '1.16',
    kind: 'LIMIT',
    stopDistance: '20',
    limitDistance: '30',
    dealReference: 'order',
    ...wanted,
  })[0]!;
const last = (decisions: readonly Decision[]) => decisions.at(-1)!;

/** Each tells how a decision comes about; the last one is looked at. */
const stories: Record<string, [tell: (world: World) => Decision, expected: object]> = {
  'a position opened': [
    (world) =>
      world.open({
        size: '2',
        stopDistance: '20',
        limitLevel: '1.18',
        trailingStop: true,
        trailingStopIncrement: '5',
        dealReference: 'mine',
      }),
    {
      type: 'POSITION',
      status: 'ACCEPTED',
      channel: 'PUBLIC_WEB_API',
      period: '-',
      details: {
        dealReference: 'mine',
        actions: [{ actionType: 'POSITION_OPENED' }],
        marketName: 'EUR/USD ',
        goodTillDate: null,
        currency: 'USD',
        size: 2,
        direction: 'BUY',
        level: 1.17006,
        stopLevel: 1.16806,
        stopDistance: 20,
        guaranteedStop: false,
        trailingStopDistance: 20,
        trailingStep: 5,
        limitLevel: 1.18,
        limitDistance: 99.4,
      },
    },
  ],
  closed: [
    (world) => world.close(world.open().dealId),
    {
      type: 'POSITION',
      details: {
        actions: [{ actionType: 'POSITION_CLOSED' }],
        direction: 'SELL',
        level: 1.17,
        stopLevel: null,
        stopDistance: null,
      },
    },
  ],
  'closed in part': [
    (world) => world.close(world.open({ size: '3' }).dealId),
    { details: { actions: [{ actionType: 'POSITION_PARTIALLY_CLOSED' }], size: 1 } },
  ],
  'netted and reversed': [
    (world) => {
      world.open();
      return world.open({ direction: 'SELL', size: '3', forceOpen: false });
    },
    { details: { actions: [{ actionType: 'POSITION_CLOSED' }, { actionType: 'POSITION_OPENED' }], size: 3 } },
  ],
  refused: [
    (world) => world.open({ size: '0.1' }),
    {
      type: 'POSITION',
      status: 'REJECTED',
      description: 'Deal rejected: MINIMUM_ORDER_SIZE_ERROR',
      details: { actions: [], level: null, currency: null },
    },
  ],
  amended: [
    (world) =>
      world.run({
        type: 'amendPosition',
        accountId: 'CFD1',
        dealId: world.open({ dealReference: 'mine' }).dealId,
        stopLevel: '1.16',
        guaranteedStop: true,
      })[0]!,
    {
      type: 'EDIT_STOP_AND_LIMIT',
      channel: 'PUBLIC_WEB_API',
      details: {
        dealReference: 'mine',
        actions: [{ actionType: 'STOP_LIMIT_AMENDED' }],
        stopLevel: 1.16,
        stopDistance: 100.6,
        guaranteedStop: true,
        limitLevel: null,
        limitDistance: null,
      },
    },
  ],
  'an amend refused': [
    (world) => world.run({ type: 'amendPosition', accountId: 'CFD1', dealId: 'NONE' })[0]!,
    {
      type: 'EDIT_STOP_AND_LIMIT',
      status: 'REJECTED',
      epic: null,
      period: null,
      details: { marketName: null },
    },
  ],
  'a trailing stop moved': [
    (world) => {
      world.open({ stopDistance: '20', trailingStop: true, trailingStopIncrement: '5' });
      return last(world.set(eurusd, '1.17100', '1.17106'));
    },
    {
      type: 'EDIT_STOP_AND_LIMIT',
      channel: 'SYSTEM',
      details: {
        actions: [{ actionType: 'STOP_LIMIT_AMENDED' }],
        stopLevel: 1.16856,
        trailingStopDistance: 20,
      },
    },
  ],
  'a stop hit': [
    (world) => {
      world.open({ stopDistance: '20' });
      return last(world.set(eurusd, '1.16', '1.16006'));
    },
    {
      type: 'POSITION',
      channel: 'SYSTEM',
      details: { actions: [{ actionType: 'POSITION_CLOSED' }], level: 1.16 },
    },
  ],
  'closed for want of margin': [
    (world) => {
      world.open({ size: '10' });
      world.set(eurusd, '1.05', '1.05006');
      return last(world.run({ type: 'checkMargin', accountId: 'CFD1' }));
    },
    { channel: 'SYSTEM', details: { actions: [{ actionType: 'POSITION_CLOSED' }] } },
  ],
  'an order opened': [
    (world) => place(world, { goodTill: '2026-01-06T10:00:00.000Z', guaranteedStop: true }),
    {
      type: 'WORKING_ORDER',
      channel: 'PUBLIC_WEB_API',
      details: {
        dealReference: 'order',
        actions: [{ actionType: 'LIMIT_ORDER_OPENED' }],
        goodTillDate: '2026-01-06T10:00:00',
        currency: 'USD',
        size: 2,
        level: 1.16,
        stopDistance: 20,
        stopLevel: 1.158,
        limitDistance: 30,
        limitLevel: 1.163,
        guaranteedStop: true,
      },
    },
  ],
  'a stop order opened': [
    (world) => place(world, { kind: 'STOP', level: '1.18' }),
    { details: { actions: [{ actionType: 'STOP_ORDER_OPENED' }], guaranteedStop: false } },
  ],
  'an order amended': [
    (world) =>
      world.run({ type: 'amendOrder', accountId: 'CFD1', dealId: place(world).dealId, level: '1.15' })[0]!,
    {
      type: 'WORKING_ORDER',
      details: {
        dealReference: 'order',
        actions: [{ actionType: 'LIMIT_ORDER_AMENDED' }],
        level: 1.15,
        stopLevel: null,
        stopDistance: null,
      },
    },
  ],
  'an order deleted': [
    (world) => world.run({ type: 'cancelOrder', accountId: 'CFD1', dealId: place(world).dealId })[0]!,
    {
      type: 'WORKING_ORDER',
      channel: 'PUBLIC_WEB_API',
      details: { actions: [{ actionType: 'WORKING_ORDER_DELETED' }] },
    },
  ],
  'an order expired': [
    (world) => {
      place(world, { goodTill: '2026-01-05T10:00:00.000Z' });
      return world.run({ type: 'time' }, { now: new Date('2026-01-05T10:00:00Z') })[0]!;
    },
    {
      type: 'WORKING_ORDER',
      channel: 'SYSTEM',
      status: 'ACCEPTED',
      details: { actions: [{ actionType: 'LIMIT_ORDER_DELETED' }] },
    },
  ],
  'an order filled': [
    (world) => {
      place(world);
      return last(world.set(eurusd, '1.15990', '1.15996'));
    },
    {
      type: 'WORKING_ORDER',
      channel: 'SYSTEM',
      status: 'ACCEPTED',
      details: {
        dealReference: 'order',
        actions: [{ actionType: 'LIMIT_ORDER_FILLED' }, { actionType: 'POSITION_OPENED' }],
        level: 1.15996,
        stopDistance: 20,
        stopLevel: 1.15796,
      },
    },
  ],
  'an order reached but not filled': [
    (world) => {
      place(world, { size: '80' });
      return last(world.set(eurusd, '1.15990', '1.15996'));
    },
    {
      type: 'WORKING_ORDER',
      channel: 'SYSTEM',
      status: 'REJECTED',
      description: expect.stringMatching(/^Order deleted: [A-Z]{8}; Order rejected: INSUFFICIENT_FUNDS$/),
      details: { actions: [{ actionType: 'LIMIT_ORDER_DELETED' }] },
    },
  ],
  'an order refused': [
    (world) => place(world, { level: '1.2' }),
    {
      type: 'WORKING_ORDER',
      status: 'REJECTED',
      description: 'Deal rejected: ATTACHED_ORDER_LEVEL_ERROR',
      details: { actions: [] },
    },
  ],
};

test.each(Object.entries(stories))(
  '%s is an activity that says what was done, by whom and to what',
  (_, [tell, expected]) => {
    const world = createWorld();
    const decision = tell(world);
    const activity = activityOf(decision, world.context.instrument)!;
    expect(activity).toMatchObject({
      dealId: decision.dealId,
      date: decision.at.slice(0, 19),
      epic: 'epic' in decision ? decision.epic : undefined,
      ...expected,
    });
    const touched = activity.details.actions.map(({ affectedDealId }) => affectedDealId);
    const known = world.log.flatMap((each) =>
      'dealReference' in each && each.type !== 'rejected' ? [each.dealId] : [],
    );
    expect(known).toEqual(expect.arrayContaining(touched));
    if (activity.details.actions.length > 0)
      for (const id of touched) expect(activity.description).toContain(id.slice(-8));
  },
);

test('cash, funding, preferences and watchlists are no activities', () => {
  const world = createWorld();
  world.open();
  world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '5' });
  world.run({ type: 'setPreferences', accountId: 'CFD1', trailingStopsEnabled: false });
  world.run({ type: 'setWatchlist', accountId: 'CFD1', id: '1', name: 'mine', epics: [] });
  expect(world.run({ type: 'time' }, { now: new Date('2026-01-06T09:00:00Z') })).toMatchObject([
    { type: 'funded' },
  ]);
  expect(
    world.log.filter((decision) => activityOf(decision, world.context.instrument)).map(({ type }) => type),
  ).toEqual(['dealt']);
});

test('version 1 says the same as text', () => {
  const row = (story: string) => {
    const world = createWorld();
    return oldActivityOf(activityOf(stories[story]![0](world), world.context.instrument)!);
  };
  const opened = row('a position opened');
  expect(opened).toEqual({
    epic: eurusd,
    dealId: expect.stringMatching(/^DIAAAAB/),
    activityHistoryId: '0000000003',
    date: '05/01/26',
    time: '09:00',
    activity: 'Order',
    marketName: 'EUR/USD ',
    period: '-',
    result: `Position opened: ${opened.dealId.slice(-8)}`,
    channel: 'Web',
    currency: 'US',
    size: '+2.00',
    level: '1.17006',
    stop: '1.16806',
    limit: '1.18',
    stopType: 'T(20)',
    actionStatus: 'ACCEPT',
  });
  expect(row('closed')).toMatchObject({ size: '-1.00', stop: '-', stopType: '-', limit: '-' });
  expect(row('amended')).toMatchObject({ activity: 'S&L', stopType: 'G', stop: '1.16' });
  expect(row('an order opened')).toMatchObject({ activity: 'Order', stopType: 'G' });
  expect(row('an order amended')).toMatchObject({ stop: '-', level: '1.15' });
  expect(row('a stop order opened')).toMatchObject({ stopType: 'N' });
  expect(row('a stop hit')).toMatchObject({ channel: 'System' });
  expect(row('refused')).toMatchObject({
    actionStatus: 'REJECT',
    level: '-',
    currency: '-',
    result: 'Deal rejected: MINIMUM_ORDER_SIZE_ERROR',
  });
});
