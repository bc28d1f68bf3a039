// Local, exchange and cross effect: what each is, and that they sum to the total.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { sum } from '../ledger/amount.ts';
import { effectsOf, oppositeEffects } from './effects.ts';

test('100 at 0.80 that become 110 at 0.90: 8 by the price, 10 by the rate, 1 by both', () => {
  const effects = effectsOf({ value: '100', valueBase: '80' }, { value: '110', valueBase: '99' });
  expect(effects).toEqual({ local: '8', exchange: '10', cross: '1', total: '19' });
  expect(oppositeEffects(effects)).toEqual({ local: '-8', exchange: '-10', cross: '-1', total: '-19' });
});

test('what cost nothing, or is worth nothing, has effects too', () => {
  expect(effectsOf({ value: '0', valueBase: '0' }, { value: '10', valueBase: '9' })).toEqual({
    local: '9',
    exchange: '0',
    cross: '0',
    total: '9',
  });
  expect(effectsOf({ value: '10', valueBase: '8' }, { value: '0', valueBase: '0' })).toEqual({
    local: '-8',
    exchange: '0',
    cross: '0',
    total: '-8',
  });
});

test('the three effects sum to the total, exactly, and the cross effect is what its definition says', () => {
  const amount = fc.integer({ min: 1, max: 10 ** 9 }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
  const rate = fc.integer({ min: 1, max: 10 ** 7 }).map((n) => decimal.divide(String(n), '10000', 4, 'down'));
  fc.assert(
    fc.property(amount, rate, amount, rate, (c, r, v, s) => {
      const made = effectsOf(
        { value: c, valueBase: decimal.multiply(c, r) },
        { value: v, valueBase: decimal.multiply(v, s) },
      );
      expect(sum([made.local, made.exchange, made.cross])).toBe(made.total);
      expect(made.total).toBe(decimal.subtract(decimal.multiply(v, s), decimal.multiply(c, r)));
      const cross = decimal.multiply(decimal.subtract(v, c), decimal.subtract(s, r));
      expect(decimal.round(made.cross, 6, 'half-even')).toBe(decimal.round(cross, 6, 'half-even'));
    }),
  );
});
