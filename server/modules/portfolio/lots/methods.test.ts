// What every method of cost basis agrees on, and what each does of its own.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { CostMethod } from '../../../../shared/portfolio.ts';
import { afterSplit, magnitude, sum } from '../ledger/amount.ts';
import { gainOf, positionAfter, type Matched } from './lot.ts';
import { matchLots } from './methods.ts';
import type { LotEvent, Split, Trade } from './trade.ts';

const dayMs = 86_400_000;
const start = Date.parse('2025-01-06T10:00:00Z');
const methods = CostMethod.options;

/** The n-th event of a test, `day` days after its start. */
const trade = (n: number, day: number, quantity: string, price: string, more: Partial<Trade> = {}): Trade => {
  const at = new Date(start + day * dayMs + n);
  const value = decimal.multiply(magnitude(quantity), price);
  return {
    is: 'trade',
    id: `tx_${n}`,
    at,
    on: at.toISOString().slice(0, 10),
    quantity,
    value,
    costs: '0',
    valueBase: value,
    costsBase: '0',
    ...more,
  };
};
const split = (day: number, newUnits: string, oldUnits: string): Split => {
  const at = new Date(start + day * dayMs);
  return { is: 'split', at, on: at.toISOString().slice(0, 10), newUnits, oldUnits };
};

/** Realised after what dealing cost, plus what the rest is worth at `price`, less what it and its dealing cost. */
function totalGain({ matches, lots }: Matched, price: string): string {
  const realised = sum(matches.map((match) => gainOf(match).net));
  const unrealised = lots.map(({ side, quantity, value, costs }) => {
    const worth = decimal.multiply(quantity, price);
    const gross = side === 'long' ? decimal.subtract(worth, value) : decimal.subtract(value, worth);
    return decimal.subtract(gross, costs);
  });
  return decimal.add(realised, sum(unrealised));
}
const summary = ({ matches, lots }: Matched) => ({
  gains: matches.map((match) => `${match.quantity}: ${decimal.round(gainOf(match).net, 6, 'half-even')}`),
  open: lots.map(
    ({ side, quantity, value }) => `${side} ${quantity} for ${decimal.round(value, 6, 'half-even')}`,
  ),
});

const cents = fc.integer({ min: 1, max: 1_000_000 }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
const step = fc.record({
  days: fc.integer({ min: 0, max: 20 }),
  quantity: fc
    .tuple(fc.boolean(), fc.integer({ min: 1, max: 50_000 }))
    .map(([sells, n]) => decimal.divide(String(sells ? -n : n), '1000', 3, 'down')),
  price: cents,
  costs: fc.integer({ min: 0, max: 999 }).map((n) => decimal.divide(String(n), '100', 2, 'down')),
});
const tradesOnly = fc.array(step, { minLength: 1, maxLength: 30 }).map((steps) => {
  let day = 0;
  return steps.map(({ days, quantity, price, costs }, n) =>
    trade(n, (day += days), quantity, price, { costs, costsBase: costs }),
  );
});
/** Splits that units of three digits stand exactly, at any place. */
const withSplits = fc
  .tuple(
    tradesOnly,
    fc.array(fc.tuple(fc.nat(29), fc.constantFrom(['2', '1'], ['3', '2'], ['7', '1'], ['1', '4'])), {
      maxLength: 3,
    }),
  )
  .map(([trades, splits]): LotEvent[] =>
    trades.flatMap((each, n) => [
      ...splits
        .filter(([place]) => place === n)
        .map(([, [newUnits, oldUnits]]): LotEvent => ({
          is: 'split',
          at: each.at,
          on: each.on,
          newUnits: newUnits!,
          oldUnits: oldUnits!,
        })),
      each,
    ]),
  );

test('realised plus unrealised is the same by every method, to the last digit, and it is money out less money in', () => {
  fc.assert(
    fc.property(withSplits, cents, (events, price) => {
      let [position, paid] = ['0', '0'];
      for (const event of events) {
        if (event.is === 'split') position = afterSplit(position, event);
        else {
          position = decimal.add(position, event.quantity);
          const signed = event.quantity.startsWith('-') ? decimal.subtract('0', event.value) : event.value;
          paid = sum([paid, signed, event.costs]);
        }
      }
      const expected = decimal.subtract(decimal.multiply(position, price), paid);
      const all = methods.map((method) => [method, matchLots(method, events)] as const);
      expect(all.map(([method, { lots }]) => [method, positionAfter(lots)])).toEqual(
        methods.map((method) => [method, position]),
      );
      expect(all.map(([method, matched]) => [method, totalGain(matched, price)])).toEqual(
        methods.map((method) => [method, expected]),
      );
    }),
    { numRuns: 300 },
  );
});

test('no quantity is matched twice, and no match is of nothing', () => {
  fc.assert(
    fc.property(tradesOnly, (events) => {
      for (const method of methods) {
        const { matches, lots } = matchLots(method, events);
        const came = sum(
          events.filter(({ quantity }) => !quantity.startsWith('-')).map(({ quantity }) => quantity),
        );
        const open = sum(lots.filter(({ side }) => side === 'long').map(({ quantity }) => quantity));
        expect(decimal.add(sum(matches.map(({ quantity }) => quantity)), open)).toBe(came);
        expect(matches.every(({ quantity }) => decimal.compare(quantity, '0') > 0)).toBe(true);
      }
    }),
  );
});

describe('which lot a sale takes', () => {
  const bought = [trade(1, 0, '10', '5'), trade(2, 1, '10', '9'), trade(3, 2, '10', '7')];
  const events = [...bought, trade(4, 60, '-15', '10', { lots: [{ transactionId: 'tx_3', quantity: '4' }] })];
  test.each<[CostMethod, string[], string[]]>([
    ['fifo', ['10: 50', '5: 5'], ['long 5 for 45', 'long 10 for 70']],
    ['lifo', ['10: 30', '5: 5'], ['long 10 for 50', 'long 5 for 45']],
    ['hifo', ['10: 10', '5: 15'], ['long 5 for 35', 'long 10 for 50']],
    ['average', ['15: 45'], ['long 15 for 105']],
    ['specific', ['4: 12', '10: 50', '1: 1'], ['long 9 for 81', 'long 6 for 42']],
    ['section_104', ['15: 45'], ['long 15 for 105']],
  ])('%s', (method, gains, open) => {
    expect(summary(matchLots(method, events))).toEqual({ gains, open });
  });

  test('of a short position HIFO closes first what was sold for the least', () => {
    const short = [trade(1, 0, '-10', '5'), trade(2, 1, '-10', '4'), trade(3, 2, '10', '3')];
    expect(summary(matchLots('hifo', short))).toEqual({ gains: ['10: 10'], open: ['short 10 for 50'] });
  });

  test('a lot that is named and has less than is named gives what it has; the rest is of the oldest', () => {
    const named = trade(4, 3, '-15', '10', { lots: [{ transactionId: 'tx_2', quantity: '12' }] });
    expect(summary(matchLots('specific', [...bought, named])).gains).toEqual(['10: 10', '5: 25']);
  });
});

describe('UK section 104', () => {
  const rules = (events: LotEvent[]) =>
    matchLots('section_104', events).matches.map(
      ({ quantity, rule, acquired, disposed }) =>
        `${quantity} ${disposed.transactionId} with ${acquired.transactionId} ${rule}`,
    );

  test('the same day comes before the 30 days after, and these before the pool', () => {
    expect(
      rules([
        trade(1, 0, '100', '5'),
        trade(2, 50, '-60', '8'),
        trade(3, 50, '10', '7'),
        trade(4, 60, '20', '6'),
      ]),
    ).toEqual(['30 tx_2 with tx_1 pool', '10 tx_2 with tx_3 same_day', '20 tx_2 with tx_4 thirty_days']);
  });

  test('day 30 counts and day 31 does not', () => {
    const sold = [trade(1, 0, '100', '5'), trade(2, 40, '-50', '8')];
    expect(rules([...sold, trade(3, 70, '50', '6')])).toEqual(['50 tx_2 with tx_3 thirty_days']);
    expect(rules([...sold, trade(3, 71, '50', '6')])).toEqual(['50 tx_2 with tx_1 pool']);
  });

  test('what a day sells takes what it buys before an earlier sale may', () => {
    expect(
      rules([
        trade(1, 0, '100', '5'),
        trade(2, 40, '-50', '8'),
        trade(3, 45, '40', '6'),
        trade(4, 45, '-30', '7'),
      ]),
    ).toEqual(['40 tx_2 with tx_1 pool', '10 tx_2 with tx_3 thirty_days', '30 tx_4 with tx_3 same_day']);
  });

  test('what is bought on one day is one acquisition at its average', () => {
    const { matches } = matchLots('section_104', [
      trade(1, 0, '100', '5'),
      trade(2, 40, '-10', '8'),
      trade(3, 41, '10', '4'),
      trade(4, 41, '10', '6'),
    ]);
    expect(matches.map(({ acquired }) => acquired.value)).toEqual(['50']);
  });

  test('a split between a sale and what is bought back is counted in the units of the sale', () => {
    expect(
      summary(
        matchLots('section_104', [
          trade(1, 0, '100', '5'),
          trade(2, 40, '-50', '8'),
          split(45, '2', '1'),
          trade(3, 50, '60', '3'),
        ]),
      ),
    ).toEqual({ gains: ['30: 60', '20: 60'].toReversed(), open: ['long 160 for 400'] });
  });

  test('what is sold beyond the pool waits for what is bought after the 30 days', () => {
    expect(rules([trade(1, 0, '-50', '5'), trade(2, 100, '80', '4')])).toEqual([
      '50 tx_1 with tx_2 later_acquisition',
    ]);
  });
});

test('a split gives the lots together what the position has, though each would round', () => {
  const events = [trade(1, 0, '1', '9'), trade(2, 1, '1', '9'), trade(3, 2, '1', '9'), split(3, '2', '9')];
  for (const method of methods) expect(positionAfter(matchLots(method, events).lots)).toBe('0.666666666667');
});

test('splits that do not come out even lose neither units nor money by any method', () => {
  const part = fc.constantFrom('1', '0.5', '0.3');
  const uneven = fc.constantFrom(['1', '3'], ['2', '3'], ['3', '7'], ['10', '9']);
  const life = fc.array(fc.record({ buys: fc.integer({ min: 1, max: 999 }), part, uneven, price: cents }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(life, cents, (turns, price) => {
      let [position, paid] = ['0', '0'];
      const events = turns.flatMap(({ buys, part: sold, uneven: [newUnits, oldUnits], price: each }, n) => {
        const bought = trade(3 * n, 40 * n, String(buys), each);
        const divided = split(40 * n + 5, newUnits!, oldUnits!);
        position = afterSplit(decimal.add(position, bought.quantity), divided);
        const units = sold === '1' ? position : decimal.round(decimal.multiply(position, sold), 12, 'down');
        const gone = trade(3 * n + 1, 40 * n + 10, decimal.subtract('0', units), each);
        position = decimal.subtract(position, units);
        paid = decimal.add(paid, decimal.subtract(bought.value, gone.value));
        return [bought, divided, gone];
      });
      const expected = decimal.subtract(decimal.multiply(position, price), paid);
      for (const method of methods) {
        const matched = matchLots(method, events);
        expect([method, positionAfter(matched.lots), totalGain(matched, price)]).toEqual([
          method,
          position,
          expected,
        ]);
      }
    }),
    { numRuns: 200 },
  );
});
