// Our rules before a deal is sent and the broker's own, held against each other on what is new: openings and working orders. What we let through it takes, and what we refuse it refuses too.
import { describe, expect, test } from 'vitest';
import { bothSides, type Wanted } from './both-sides.ts';
import {
  attachments,
  levelAt,
  maybe,
  pick,
  pointsNear,
  quotedFor,
  randomFor,
  seed,
  sizeNear,
  trailNear,
  worstNear,
} from './drawing.ts';
import { weigh, type Verdict } from './verdicts.ts';

/** Of each kind. */
const draws = 800;
const directions = ['BUY', 'SELL'] as const;

describe('our rules agree with the broker', () => {
  test('on generated openings', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    const random = randomFor('openings');
    const all: Verdict[] = [];
    for (let n = 0; n < draws; n++) {
      const price = both.priceOf(pick(random, both.epics));
      const direction = pick(random, directions);
      const { market } = price;
      const now = quotedFor(direction, price);
      const attached =
        random() < 0.1
          ? { trailingStop: trailNear(random, now, price) }
          : attachments(random, direction, now, price);
      const worst = maybe(random, 0.15, () => worstNear(random, now, price));
      const base = { epic: market.epic, direction, size: sizeNear(random, market) };
      all.push(await both.ask({ kind: 'open', input: { ...base, ...attached, ...worst } } as Wanted));
    }
    const { table, unnamed, count } = weigh(all);
    console.log(`openings, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
  });

  test('on generated working orders', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    const random = randomFor('orders');
    const all: Verdict[] = [];
    for (let n = 0; n < draws; n++) {
      const price = both.priceOf(pick(random, both.epics));
      const direction = pick(random, directions);
      const { market } = price;
      const type = pick(random, ['limit', 'stop'] as const);
      const now = quotedFor(direction, price);
      const beneath = ((direction === 'BUY') === (type === 'limit')) !== random() < 0.1;
      const points = pointsNear(random, market.dealingRules.minNormalStopOrLimitDistance, now, market);
      const level = levelAt(random, now, { points, beneath }, price);
      if (level === undefined) continue;
      const goodTillAt = maybe(
        random,
        0.3,
        () => new Date(both.clock.now().getTime() + pick(random, [-60_000, 0, 86_400_000])),
      );
      const base = { epic: market.epic, direction, size: sizeNear(random, market), type, level, goodTillAt };
      const attached = attachments(random, direction, level, price);
      all.push(await both.ask({ kind: 'place_order', input: { ...base, ...attached } } as Wanted));
    }
    const { table, unnamed, count } = weigh(all);
    console.log(`orders, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
  });
});
