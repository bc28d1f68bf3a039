import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import { decide } from './decide.ts';
import { plain } from '../numbers.ts';
import { confirmOf } from './confirm.ts';
import { restoreState, stateHash, stateText } from './state-text.ts';
import { cashOf, emptyState, evolve } from './state.ts';
import { createWorld, eurusd, ftse, ftseBet, type World } from './test-world.ts';
import type { Decision, Position } from './decisions.ts';
import type { State } from './types.ts';
import { accountFigures } from './value.ts';

/** `npm run test:deep` looks at many more. fast-check prints the seed of a failure. */
const depth = process.env['FTRADER_DEEP'] === '1' ? 50 : 1;
const timeout = { timeout: 20_000 * depth };

const homes = [
  ['CFD1', eurusd],
  ['CFD1', ftse],
  ['CFD2', eurusd],
  ['CFD2', ftse],
  ['BET1', ftseBet],
] as const;
type Home = (typeof homes)[number];
const bases = { [eurusd]: [1.17, 0.0001, 5], [ftse]: [9690, 1, 1], [ftseBet]: [9690, 1, 1] } as Record<
  string,
  [level: number, point: number, digits: number]
>;

const distance = fc.option(fc.integer({ min: 0, max: 120 }).map(String), { nil: undefined });
const direction = fc.constantFrom('BUY', 'SELL');
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('open'),
      home: fc.nat(4),
      direction,
      size: fc.constantFrom('0.1', '1', '1.5', '2', '3.255', '40'),
      forceOpen: fc.boolean(),
      stopDistance: distance,
      limitDistance: distance,
      dealReference: fc.option(
        fc.nat(9).map((n) => `ref-${n}`),
        { nil: undefined },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('close'),
      home: fc.nat(4),
      pick: fc.nat(20),
      size: fc.constantFrom('all', '1', '0.5', '99'),
      wrongWay: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      byEpic: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('quote'),
      home: fc.nat(4),
      points: fc.integer({ min: -150, max: 150 }),
      spread: fc.integer({ min: 0, max: 6 }),
      open: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('amend'),
      home: fc.nat(4),
      pick: fc.nat(20),
      stop: distance,
      limit: distance,
      guaranteed: fc.boolean(),
      trails: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('place'),
      home: fc.nat(4),
      direction,
      size: fc.constantFrom('0.5', '1', '2', '60'),
      points: fc.integer({ min: -60, max: 60 }),
      kind: fc.constantFrom('LIMIT', 'STOP'),
      net: fc.boolean(),
      stopDistance: distance,
      guaranteed: fc.boolean(),
      hours: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('order'),
      home: fc.nat(4),
      pick: fc.nat(20),
      points: fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      home: fc.nat(4),
      hoursOn: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('margin'), home: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cash'),
      home: fc.nat(4),
      pence: fc.integer({ min: -8_000_000, max: 4_000_000 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A level so many points from the middle of the market. */
function levelAt(world: World, epic: string, points: number): string {
  const { bid, offer } = world.quotes.get(epic)!;
  const [, point, digits] = bases[epic]!;
  return ((Number(bid) + Number(offer)) / 2 + points * point).toFixed(digits);
}
function perform(world: World, wanted: Step, home: Home = homes[wanted.home]!): readonly Decision[] {
  const [accountId, epic] = home;
  if (wanted.do === 'wait') {
    world.context.now = new Date(world.context.now.getTime() + wanted.hoursOn * 3_600_000);
    return world.run({ type: 'time' });
  }
  if (wanted.do === 'margin') return world.run({ type: 'checkMargin', accountId });
  if (wanted.do === 'place') {
    const { direction, size, points, kind, net, stopDistance, guaranteed, hours } = wanted;
    return [
      world.place({
        accountId,
        epic,
        expiry: accountId === 'BET1' ? 'DFB' : '-',
        currencyCode: epic === eurusd ? 'USD' : 'GBP',
        direction: direction as 'BUY',
        size,
        level: levelAt(world, epic, points),
        kind: kind as 'STOP',
        forceOpen: !net,
        ...(stopDistance && { stopDistance, guaranteedStop: guaranteed }),
        ...(hours && { goodTill: new Date(world.context.now.getTime() + hours * 3_600_000).toISOString() }),
      }),
    ];
  }
  if (wanted.do === 'order') {
    const orders = world.account(accountId).orders.filter((order) => order.epic === epic);
    const dealId = orders[wanted.pick % Math.max(1, orders.length)]?.dealId ?? 'DIAAAAANOTHINGX';
    return world.run(
      wanted.points !== undefined
        ? { type: 'amendOrder', accountId, dealId, level: levelAt(world, epic, wanted.points) }
        : { type: 'cancelOrder', accountId, dealId },
    );
  }
  if (wanted.do === 'quote') {
    const [base, point, digits] = bases[epic]!;
    const bid = base + wanted.points * point;
    return world.set(
      epic,
      bid.toFixed(digits),
      (bid + wanted.spread * point).toFixed(digits),
      wanted.open ? 'TRADEABLE' : 'CLOSED',
    );
  }
  if (wanted.do === 'cash')
    return world.run({ type: 'adjustCash', accountId, amount: (wanted.pence / 100).toFixed(2) });
  if (wanted.do === 'open') {
    const { direction, size, forceOpen, stopDistance, limitDistance, dealReference } = wanted;
    const attached = forceOpen
      ? { ...(stopDistance && { stopDistance }), ...(limitDistance && { limitDistance }) }
      : {};
    return [
      world.open({
        accountId,
        epic,
        expiry: accountId === 'BET1' ? 'DFB' : '-',
        currencyCode: epic === eurusd ? 'USD' : 'GBP',
        direction: direction as 'BUY',
        size,
        forceOpen,
        ...attached,
        ...(dealReference && { dealReference }),
      }),
    ];
  }
  const held = world.account(accountId).positions.filter((position) => position.epic === epic);
  const position = held[wanted.pick % Math.max(1, held.length)];
  if (wanted.do === 'amend') {
    const sign = position?.direction === 'SELL' ? -1 : 1;
    const { stop, limit, trails, guaranteed } = wanted;
    const stopLevel = stop && levelAt(world, epic, -sign * Number(stop));
    return world.run({
      type: 'amendPosition',
      accountId,
      dealId: position?.dealId ?? 'DIAAAAANOTHINGX',
      ...(limit && { limitLevel: levelAt(world, epic, sign * Number(limit)) }),
      ...(stopLevel && {
        stopLevel,
        ...(trails
          ? { trailingStop: true, trailingStopDistance: stop, trailingStopIncrement: '10' }
          : { guaranteedStop: guaranteed }),
      }),
    });
  }
  const opposite = position?.direction === 'BUY' ? 'SELL' : 'BUY';
  const size = wanted.size === 'all' ? (position?.size ?? '1') : wanted.size;
  return world.run({
    type: 'closePosition',
    accountId,
    ...(wanted.byEpic ? { epic } : { dealId: position?.dealId ?? 'DIAAAAANOTHINGX' }),
    direction: wanted.wrongWay ? (position?.direction ?? 'BUY') : opposite,
    size,
  });
}

const accountIds = ['CFD1', 'CFD2', 'BET1'];
const sum = (amounts: readonly string[]) => amounts.reduce(decimal.add, '0');
const positionsOf = (state: State): Position[] =>
  accountIds.flatMap((id) => [...state.accounts.get(id)!.positions]);

const booksOf = (state: State) =>
  new Map(
    [...state.books.entries()].map(([epic, { positions, orders, quiet }]) => [
      epic,
      { positions: new Set(positions), orders: new Set(orders), quiet },
    ]),
  );

const premiumsOf = (decision: Decision) =>
  decision.type === 'dealt'
    ? decision.closings.flatMap(({ premium }) => (premium ? [`-${premium}`] : []))
    : [];

function checkMoney(world: World) {
  for (const id of accountIds) {
    const account = world.account(id);
    expect(account.cash).toBe(sum(world.log.filter(({ accountId }) => accountId === id).map(cashOf)));
    const figures = accountFigures(world.state, id, world.context);
    expect(figures.equity).toBe(decimal.add(figures.cash, figures.profitLoss));
    expect(figures.available).toBe(decimal.subtract(figures.equity, figures.deposit));
  }
}
function checkPositions(world: World) {
  const dealt = world.log.filter((decision) => decision.type === 'dealt');
  const sizes = new Map(positionsOf(world.state).map(({ dealId, size }) => [dealId, size]));
  for (const { opening } of dealt) {
    if (!opening) continue;
    const taken = dealt
      .flatMap(({ closings }) => closings)
      .filter(({ position }) => position.dealId === opening.dealId);
    const left = decimal.subtract(opening.size, sum(taken.map(({ size }) => size)));
    expect(decimal.compare(left, '0')).toBeGreaterThanOrEqual(0);
    expect(sizes.get(opening.dealId) ?? '0').toBe(left);
  }
  const books = [...world.state.books.entries()].map(([, book]) => book);
  expect(new Set(books.flatMap(({ positions }) => positions))).toEqual(new Set(positionsOf(world.state)));
  expect(new Set(books.flatMap(({ orders }) => orders))).toEqual(
    new Set(accountIds.flatMap((id) => world.account(id).orders)),
  );
}
/** Nothing that is left would be hit, moved or filled by the quote just looked at: the quiet band hid nothing. */
function checkTriggers(world: World, [, epic]: Home) {
  const { bid, offer } = world.quotes.get(epic)!;
  for (const { direction, kind, level } of accountIds
    .flatMap((id) => world.account(id).orders)
    .filter((order) => order.epic === epic)) {
    const ahead = decimal.compare(direction === 'BUY' ? offer : bid, level);
    expect(ahead).toBe((kind === 'LIMIT') === (direction === 'BUY') ? 1 : -1);
  }
  for (const { direction, stopLevel, limitLevel, trailing } of positionsOf(world.state).filter(
    (position) => position.epic === epic,
  )) {
    const [level, sign] = direction === 'BUY' ? [bid, 1] : [offer, -1];
    if (stopLevel !== null) expect(decimal.compare(level, stopLevel) * sign).toBe(1);
    if (limitLevel !== null) expect(decimal.compare(level, limitLevel) * sign).toBe(-1);
    if (trailing) expect(decimal.compare(level, trailing.movesAt) * sign).toBe(-1);
  }
}

test(
  'whatever is asked in whatever order: money is conserved, no size falls below zero, confirms tell what cash did, the journal folds to the state',
  timeout,
  () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
        const world = createWorld();
        let folded = world.log.reduce<State>(
          (state, decision) => evolve(state, JSON.parse(JSON.stringify(decision)) as Decision),
          emptyState,
        );
        for (const wanted of steps) {
          const before = new Map(accountIds.map((id) => [id, world.account(id).cash]));
          const decisions = perform(world, wanted);
          for (const decision of decisions)
            folded = evolve(folded, JSON.parse(JSON.stringify(decision)) as Decision);
          expect(stateText(folded)).toBe(stateText(world.state));
          for (const id of accountIds) {
            const own = decisions.filter(({ accountId }) => accountId === id);
            const profits = own.flatMap((decision) =>
              'dealReference' in decision
                ? [String(confirmOf(decision, plain).profit ?? 0), ...premiumsOf(decision)]
                : [cashOf(decision)],
            );
            expect(decimal.subtract(world.account(id).cash, before.get(id)!)).toBe(sum(profits));
          }
          if (wanted.do === 'quote' && wanted.open) checkTriggers(world, homes[wanted.home]!);
        }
        checkMoney(world);
        checkPositions(world);
        expect(new Set(world.log.map(({ dealId }) => dealId)).size).toBe(world.log.length);
        for (const id of accountIds) {
          const references = world.log.flatMap((decision) =>
            decision.accountId === id && decision.type === 'dealt' && decision.cause === 'request'
              ? [decision.dealReference]
              : [],
          );
          expect(new Set(references).size).toBe(references.length);
        }
      }),
      { numRuns: 120 * depth },
    );
  },
);

test('a state restored from its text decides as the one it was taken from', timeout, () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.array(step, { minLength: 1, maxLength: 10 }),
      (steps, later) => {
        const world = createWorld();
        for (const wanted of steps) perform(world, wanted);
        let restored = restoreState(stateText(world.state));
        expect(stateHash(restored)).toBe(stateHash(world.state));
        expect(booksOf(restored)).toEqual(booksOf(world.state));
        for (const wanted of later) {
          const decisions = perform(world, wanted);
          for (const [epic] of [[eurusd], [ftse], [ftseBet]] as const)
            expect(decide(restored, { type: 'tick', epic }, world.context)).toEqual(
              wanted.do === 'quote' && homes[wanted.home]![1] === epic ? decisions : [],
            );
          restored = decisions.reduce(evolve, restored);
        }
        expect(stateText(restored)).toBe(stateText(world.state));
      },
    ),
    { numRuns: 60 * depth },
  );
});

test('equity does not depend on the order of independent events', timeout, () => {
  const lanes: readonly Home[] = [
    ['CFD1', eurusd],
    ['CFD1', ftse],
    ['BET1', ftseBet],
  ];
  // The clock and a look at an account's margin concern every lane.
  const lane = fc.array(
    step.filter((wanted) => wanted.do !== 'wait' && wanted.do !== 'margin'),
    { maxLength: 12, size: 'max' },
  );
  fc.assert(
    fc.property(fc.tuple(lane, lane, lane), fc.infiniteStream(fc.nat(2)), (steps, turns) => {
      const outcome = (order: Iterable<number>) => {
        const world = createWorld();
        for (const accountId of ['CFD1', 'BET1'])
          world.run({ type: 'adjustCash', accountId, amount: '100000000' }); // nothing is refused for want of funds
        const queues = steps.map((list) => [...list]);
        for (const turn of order) {
          const next = queues[turn]!.shift();
          // References are shared by an account, so the lanes of one would not be independent with them.
          if (next)
            perform(
              world,
              'dealReference' in next ? { ...next, dealReference: undefined } : next,
              lanes[turn],
            );
        }
        for (const [i, queue] of queues.entries())
          for (const next of queue)
            perform(world, 'dealReference' in next ? { ...next, dealReference: undefined } : next, lanes[i]);
        return accountIds.map((id) => accountFigures(world.state, id, world.context));
      };
      expect(outcome([...turns.take(40)])).toEqual(outcome([]));
    }),
    { numRuns: 80 * depth },
  );
});

test('the steps above reach every kind of decision, so the properties are not empty', () => {
  const kinds = new Set<string>();
  for (const steps of fc.sample(fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), {
    numRuns: 150,
    seed: 20260105,
  })) {
    const world = createWorld();
    for (const wanted of steps) perform(world, wanted);
    for (const decision of world.log) {
      kinds.add('cause' in decision ? `${decision.type} ${decision.cause}` : decision.type);
      if (decision.type === 'dealt' && decision.closings.some(({ premium }) => premium)) kinds.add('premium');
    }
  }
  for (const kind of [
    'dealt request',
    'dealt stop',
    'dealt limit',
    'dealt order',
    'dealt margin',
    'rejected request',
    'positionAmended request',
    'positionAmended trailing',
    'orderChanged request',
    'orderChanged order',
    'orderChanged expiry',
    'funded',
    'premium',
    'cashAdjusted',
  ])
    expect(kinds).toContain(kind);
});

test('one position per reference with the duplicate check on, one per request with it off', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ n: fc.nat(5), direction }), { maxLength: 25 }),
      fc.boolean(),
      (requests, duplicateCheckOff) => {
        const world = createWorld();
        for (const { n, direction } of requests)
          world.open(
            { dealReference: `ref-${n}`, direction: direction as 'BUY', size: '1' },
            { duplicateCheckOff },
          );
        const references = world.account().positions.map(({ dealReference }) => dealReference);
        const wanted = requests.map(({ n }) => `ref-${n}`);
        expect(references).toEqual(duplicateCheckOff ? wanted : [...new Set(wanted)]);
      },
    ),
  );
});
