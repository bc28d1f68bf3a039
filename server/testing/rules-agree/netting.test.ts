// Our rules and the broker's own, held against each other on deals that net: less than is open the other way, as much, more, in another currency, with nothing there.
import { describe, expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import { bothSides, type Wanted } from './both-sides.ts';
import { maybe, pick, quotedFor, randomFor, seed, sizeNear, worstNear } from './drawing.ts';
import { weigh, type Verdict } from './verdicts.ts';

const draws = 400;

describe('our rules agree with the broker', () => {
  test('on generated deals that net', { timeout: 120_000 }, async () => {
    await using both = await bothSides();
    await both.setMarkets(null);
    const random = randomFor('netting');
    const all: Verdict[] = [];
    for (let n = 0; n < draws; n++) {
      if (n === draws / 2) await both.setMarkets('closings-only');
      if (n === draws * 0.6) await both.setMarkets(null);
      const price = both.priceOf(pick(random, both.epics));
      const direction = pick(random, ['BUY', 'SELL'] as const);
      const { market } = price;
      const { epic } = market;
      const facing = (await both.positions())
        .filter((position) => position.epic === epic && position.direction !== direction)
        .reduce((sum, { size }) => decimal.add(sum, size), '0');
      const size =
        random() < 0.3 && facing !== '0'
          ? decimal.multiply(facing, pick(random, ['0.5', '1', '1', '1.001', '2']))
          : sizeNear(random, market);
      const worst = maybe(random, 0.15, () => worstNear(random, quotedFor(direction, price), price));
      const currency = maybe(random, 0.2, () => pick(random, market.currencies).code);
      // Some stand beside what they would net, so that there is more than one to net.
      const kind = random() < 0.2 ? ('open' as const) : ('net' as const);
      const input = { epic, direction, size, currency, ...worst };
      all.push(
        await both.ask(
          (kind === 'net' ? { kind, input: { ...input, forceOpen: false } } : { kind, input }) as Wanted,
        ),
      );
    }
    const { table, unnamed, count } = weigh(all);
    console.log(`deals that net, seed ${seed}:\n${table}`);
    expect(unnamed).toEqual([]);
    expect(count('passes · accepted')).toBeGreaterThan(draws / 10);
    expect(count('would_reverse · accepted')).toBeGreaterThan(0);
  });
});
