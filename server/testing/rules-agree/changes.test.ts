// Our rules and the broker's own, held against each other on changes of what is open or rests, in every state of a market: amends of positions and of orders, closes of a part and of the whole, at market and at a level.
import { describe, expect, test } from 'vitest';
import { AmendOrder, AmendPosition } from '../../../shared/deal-requests.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { Direction } from '../../../shared/trading.ts';
import { bothSides, type BothSides, type Wanted } from './both-sides.ts';
import {
  distanceNear,
  levelAt,
  levelNear,
  maybe,
  pick,
  pointsNear,
  quotedFor,
  randomFor,
  seed,
  trailNear,
  worstNear,
  type Random,
} from './drawing.ts';
import { weigh, type Verdict } from './verdicts.ts';

/** Of each kind. */
const draws = 400;
const directions = ['BUY', 'SELL'] as const;
const opposite = (direction: Direction) => (direction === 'BUY' ? 'SELL' : 'BUY');
/** Half of the time a market is as it is at this hour. */
const states = [
  null,
  'edits-only',
  null,
  'closings-only',
  null,
  'auction',
  null,
  'closed',
  null,
  'suspended',
] as const;
const perState = draws / states.length;

/** Between two states, in which prices move. */
const movesMs = 60_000;

/** Asks for what `draw` makes, a state of all markets after the other. */
async function inEveryState(both: BothSides, draw: () => Promise<Verdict | undefined>): Promise<Verdict[]> {
  const all: Verdict[] = [];
  for (const state of states) {
    await both.setMarkets(null);
    both.clock.advance(movesMs);
    await both.setMarkets(state);
    for (let n = 0; n < perState; n++) {
      const verdict = await draw();
      if (verdict) all.push(verdict);
    }
  }
  return all;
}
/** Ten times the minimum each way in every market. */
async function openAll(both: BothSides): Promise<void> {
  for (const epic of both.epics)
    for (const direction of directions) {
      const { market } = both.priceOf(epic);
      const size = decimal.multiply(market.dealingRules.minDealSize.value, '10');
      const opened = await both.ask({ kind: 'open', input: { epic, direction, size } });
      expect(opened).toMatchObject({ ours: null, theirs: null });
    }
}
const changed = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const key = { idempotencyKey: 'a-key-of-a-draw', waitMs: 0 };

describe('our rules agree with the broker', () => {
  test('on generated amends of positions', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    await openAll(both);
    const random = randomFor('amends');
    const all = await inEveryState(both, async () => {
      const position = pick(random, await both.positions());
      const { direction, dealId, epic } = position;
      const price = both.priceOf(epic);
      const now = quotedFor(opposite(direction), price);
      const guaranteed = random() < 0.2;
      const input = changed({
        dealId,
        stopLevel: maybe(random, 0.6, () =>
          random() < 0.15 ? null : levelNear(random, direction, 'stop', now, price, guaranteed),
        ),
        limitLevel: maybe(random, 0.5, () =>
          random() < 0.15 ? null : levelNear(random, direction, 'limit', now, price),
        ),
        guaranteedStop: guaranteed || maybe(random, 0.1, () => false),
        trailingStop: maybe(random, 0.15, () => (random() < 0.2 ? null : trailNear(random, now, price))),
      });
      if (!AmendPosition.safeParse({ ...input, ...key }).success) return undefined;
      return both.ask({ kind: 'amend', input } as Wanted);
    });
    const { table, unnamed, count } = weigh(all);
    console.log(`amends of positions, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
  });

  test('on generated closes', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    await openAll(both);
    const random = randomFor('closes');
    const all = await inEveryState(both, async () => {
      const open = await both.positions();
      const { direction, dealId, epic, size } = pick(random, open);
      const price = both.priceOf(epic);
      const minimum = price.market.dealingRules.minDealSize.value;
      const part = maybe(random, 0.95, () =>
        random() < 0.2
          ? decimal.multiply(size, pick(random, ['1', '1.001', '2']))
          : decimal.multiply(minimum, pick(random, ['0.5', '1', '1', '1.001', '2', '3'])),
      );
      const worst = maybe(random, 0.2, () => worstNear(random, quotedFor(opposite(direction), price), price));
      const input = changed({ dealId, size: part, ...worst });
      const verdict = await both.ask({ kind: 'close', input } as Wanted);
      // So that there is always something of everything to close.
      if (verdict.theirs === null && decimal.compare(part ?? size, size) >= 0)
        await reopened(both, dealId, open);
      return verdict;
    });
    const { table, unnamed, count } = weigh(all);
    console.log(`closes, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
  });

  test('on generated amends of working orders', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    const random = randomFor('amends of orders');
    await placeAll(both, random);
    const all = await inEveryState(both, async () => {
      const order = pick(random, await both.orders());
      const { direction, type, dealId, epic } = order;
      const price = both.priceOf(epic);
      const { market } = price;
      const now = quotedFor(direction, price);
      const beneath = ((direction === 'BUY') === (type === 'limit')) !== random() < 0.1;
      const points = pointsNear(random, market.dealingRules.minNormalStopOrLimitDistance, now, market);
      const level = maybe(random, 0.5, () => levelAt(random, now, { points, beneath }, price));
      const guaranteed = random() < 0.2;
      const from = level ?? order.level;
      const input = changed({
        dealId,
        level,
        goodTillAt: maybe(random, 0.2, () =>
          random() < 0.2
            ? null
            : new Date(both.clock.now().getTime() + pick(random, [-60_000, 3_600_000, 86_400_000])),
        ),
        stopDistancePoints: maybe(random, 0.5, () =>
          random() < 0.15 ? null : distanceNear(random, from, price, guaranteed),
        ),
        limitDistancePoints: maybe(random, 0.4, () =>
          random() < 0.15 ? null : distanceNear(random, from, price),
        ),
        guaranteedStop: guaranteed || maybe(random, 0.1, () => false),
      });
      if (!AmendOrder.safeParse({ ...input, ...key }).success) return undefined;
      return both.ask({ kind: 'amend_order', input } as Wanted);
    });
    const { table, unnamed, count } = weigh(all);
    console.log(`amends of orders, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
  });
});

/** Opens anew what was closed whole. */
async function reopened(
  both: BothSides,
  dealId: string,
  open: Awaited<ReturnType<BothSides['positions']>>,
): Promise<void> {
  const { epic, direction } = open.find((position) => position.dealId === dealId)!;
  const size = decimal.multiply(both.priceOf(epic).market.dealingRules.minDealSize.value, '10');
  await both.ask({ kind: 'open', input: { epic, direction, size } });
}
/** One order of each type each way in every market, a share of the price away. */
async function placeAll(both: BothSides, random: Random): Promise<void> {
  for (const epic of both.epics)
    for (const direction of directions)
      for (const type of ['limit', 'stop'] as const) {
        const price = both.priceOf(epic);
        const { market } = price;
        const now = quotedFor(direction, price);
        const beneath = (direction === 'BUY') === (type === 'limit');
        const points = decimal.round(
          decimal.multiply(decimal.multiply(now, market.scalingFactor), '0.1'),
          0,
          'up',
        );
        const level = levelAt(() => random() * 0.9, now, { points, beneath }, price)!;
        const input = { epic, direction, type, level, size: market.dealingRules.minDealSize.value };
        expect(await both.ask({ kind: 'place_order', input })).toMatchObject({ ours: null, theirs: null });
      }
}
