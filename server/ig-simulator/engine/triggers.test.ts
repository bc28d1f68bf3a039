import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nightsBetween } from './funding.ts';
import { nextDue } from './due.ts';
import { createWorld, eurusd, ftse } from './test-world.ts';
import type { OpenPosition } from './commands.ts';

const at = (text: string) => ({ now: new Date(text) });
const ftseOrder: Partial<OpenPosition> = { epic: ftse, currencyCode: 'GBP' };
const bitcoin: Partial<OpenPosition> = { epic: 'CS.D.BITCOIN.CFD.IP', size: '1' };

describe('overnight funding', () => {
  // The world begins on Monday 2026-01-05; London is on UTC.
  test.each<[name: string, order: Partial<OpenPosition>, until: string, days: number[], first: string]>([
    // 1.17003 × 100,000 × 0.75 = 87,752.25; long pays 3.9 − 1.93 + 0.8 = 2.77 %
    ['currencies are charged three days on Wednesday', {}, '2026-01-12T12:00:00Z', [1, 1, 3, 1, 1], '-6.66'],
    ['a short position pays the other way round', { direction: 'SELL' }, '2026-01-06T12:00:00Z', [1], '2.81'], // −1.97 + 0.8: received
    ['indices three days on Friday', ftseOrder, '2026-01-12T12:00:00Z', [1, 1, 1, 1, 3], '-1.72'], // 9,690.5 at 3.97 + 2.5 %
    ['crypto every night', bitcoin, '2026-01-12T12:00:00Z', [1, 1, 1, 1, 1, 1, 1], '-30.2'], // 92,424 × 0.75 at 3.9 + 12 %
  ])('%s', (_name, order, until, days, first) => {
    const world = createWorld();
    const { dealId } = world.open(order);
    const decisions = world.run({ type: 'time' }, at(until));
    const charges = decisions.flatMap((decision) => (decision.type === 'funded' ? decision.charges : []));
    expect(charges.map((charge) => charge.days)).toEqual(days);
    expect(charges[0]).toMatchObject({ dealId, amount: first });
    expect(decisions[0]).toMatchObject({ night: '2026-01-05T22:00:00.000Z' });
    expect(Number(world.account().cash)).toBeCloseTo(
      100_000 + charges.reduce((sum, { amount }) => sum + Number(amount), 0),
      8,
    );
  });

  test('is charged once a night, whatever the clock says again, and only for what was open then', () => {
    const world = createWorld();
    world.open();
    expect(world.run({ type: 'time' }, at('2026-01-05T21:59:59.999Z'))).toEqual([]);
    expect(world.run({ type: 'time' }, at('2026-01-05T22:00:00.000Z'))).toHaveLength(1);
    expect(world.run({ type: 'time' }, at('2026-01-05T22:00:01.000Z'))).toEqual([]);
    world.open({}, at('2026-01-05T22:30:00.000Z'));
    const [night] = world.run({ type: 'time' }, at('2026-01-06T22:00:00.000Z'));
    expect(night).toMatchObject({ type: 'funded', charges: [{}, {}] });
    expect(world.run({ type: 'time' }, at('2026-01-05T22:00:00.000Z'))).toEqual([]); // a clock that went back
  });

  test('comes an hour earlier by UTC in London’s summer', () => {
    const world = createWorld();
    world.open({}, at('2026-07-06T12:00:00.000Z'));
    expect(world.run({ type: 'time' }, at('2026-07-06T20:59:59.999Z'))).toEqual([]);
    expect(world.run({ type: 'time' }, at('2026-07-06T21:00:00.000Z'))).toMatchObject([
      { night: '2026-07-06T21:00:00.000Z' },
    ]);
  });

  test('is not due for what was opened as the day ended', () => {
    const world = createWorld();
    const { dealId } = world.open({}, at('2026-01-05T21:59:59.999Z'));
    world.open({}, at('2026-01-05T22:00:00.000Z'));
    expect(world.run({ type: 'time' }, at('2026-01-05T23:00:00.000Z'))).toMatchObject([
      { charges: [{ dealId }] },
    ]);
  });

  test('nights made up for end by London’s clock of their own day, on both sides of a change', () => {
    const nights = nightsBetween(Date.parse('2026-03-27T12:00:00Z'), Date.parse('2026-03-31T12:00:00Z'));
    expect(nights.map((atMs) => new Date(atMs).toISOString().slice(0, 13))).toEqual([
      '2026-03-27T22',
      '2026-03-28T22',
      '2026-03-29T21',
      '2026-03-30T21',
    ]);
  });

  test('an account without positions is not charged for the nights before it opened one', () => {
    const world = createWorld();
    world.open({}, at('2026-03-02T12:00:00.000Z'));
    expect(world.run({ type: 'time' }, at('2026-03-03T12:00:00.000Z'))).toMatchObject([
      { night: '2026-03-02T22:00:00.000Z' },
    ]);
  });
});

test('time next matters at the nearer of an order’s date and the end of the trading day; never while nothing is open', () => {
  const world = createWorld();
  const now = world.context.now.getTime();
  const due = () => nextDue(world.state, now) && new Date(nextDue(world.state, now)!).toISOString();
  expect(due()).toBeUndefined();
  world.place();
  expect(due()).toBeUndefined();
  world.open();
  expect(due()).toBe('2026-01-05T22:00:00.000Z');
  world.place({ goodTill: '2026-01-05T10:00:00.000Z' });
  expect(due()).toBe('2026-01-05T10:00:00.000Z');
});

/** Positions at the edges of the bands, in other currencies, with and without a guaranteed stop. */
const held = fc.constantFrom<Partial<OpenPosition>>(
  {},
  { size: '200' },
  { size: '172.5', direction: 'SELL' },
  { size: '3', stopDistance: '60', guaranteedStop: true },
  { ...ftseOrder, size: '12.5' },
  { ...ftseOrder, size: '40', direction: 'SELL' },
  { epic: 'CS.D.USDJPY.CFD.IP', currencyCode: 'JPY', size: '7' },
  { ...bitcoin, size: '0.5' },
);
test('the quick look at an account never hides a close-out: afterwards equity covers half the margin, or nothing is left', () => {
  let closed = 0;
  fc.assert(
    fc.property(
      fc.array(held, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: -300, max: 300 }),
      (orders, points, pounds) => {
        const world = createWorld();
        world.run({ type: 'adjustCash', accountId: 'CFD1', amount: '10000000' });
        for (const order of orders) world.open(order);
        world.quotes.set(eurusd, {
          bid: (1.17 + points / 1e5).toFixed(5),
          offer: (1.17006 + points / 1e5).toFixed(5),
          status: 'TRADEABLE',
        });
        const { equity, deposit } = world.figures();
        world.run({
          type: 'adjustCash',
          accountId: 'CFD1',
          amount: (Number(deposit) / 2 - Number(equity) + pounds).toFixed(2),
        });
        closed += world.run({ type: 'checkMargin', accountId: 'CFD1' }).length;
        const after = world.figures();
        expect(
          Number(after.equity) * 2 >= Number(after.deposit) || world.account().positions.length === 0,
        ).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
  expect(closed).toBeGreaterThan(0);
});

describe('margin close-out', () => {
  test('begins when equity no longer covers half the margin, takes the largest margin first, and stops as soon as it may', () => {
    const world = createWorld();
    const small = world.open({ size: '10' }); // margin 29,222
    const large = world.open({ size: '20' }); // margin 58,445
    const check = () => world.run({ type: 'checkMargin', accountId: 'CFD1' });
    world.set(eurusd, '1.14500', '1.14506');
    expect(check()).toEqual([]); // 30 × 250.6 points × 7.5 lost: 43,615 of 100,000 is left, half the margin is 42,894
    world.set(eurusd, '1.14400', '1.14406');
    expect(check()).toMatchObject([
      {
        type: 'dealt',
        cause: 'margin',
        confirmAt: null,
        closings: [{ position: { dealId: large.dealId }, remaining: '0' }],
      },
    ]);
    expect(world.account().positions.map(({ dealId }) => dealId)).toEqual([small.dealId]);
    expect(check()).toEqual([]);
  });

  test('goes on to the next position, but leaves what cannot be dealt now', () => {
    const world = createWorld();
    world.open({ size: '20' });
    world.open({ ...ftseOrder, size: '50' });
    world.set(eurusd, '1.0', '1.00006');
    world.set(ftse, '9690.0', '9691.0', 'CLOSED');
    expect(world.run({ type: 'checkMargin', accountId: 'CFD1' })).toHaveLength(1);
    expect(world.account().positions).toMatchObject([{ epic: ftse }]);
    world.set(ftse, '9690.0', '9691.0');
    expect(world.run({ type: 'checkMargin', accountId: 'CFD1' })).toMatchObject([
      { cause: 'margin', epic: ftse },
    ]);
    expect(world.run({ type: 'checkMargin', accountId: 'CFD1' })).toEqual([]);
  });
});
