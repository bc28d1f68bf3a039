// Why a value in the base currency changed: by its price, by the exchange rate, and by both together. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { CurrencyEffects } from '../../../../shared/portfolio-holdings.ts';
import { isZero, negate, placesKept, sum } from '../ledger/amount.ts';

/** Money, and the same money in the base currency. */
export interface TwoFold {
  value: string;
  valueBase: string;
}

/**
 * From `before` (value C at rate r) to `after` (V at s): local (V − C)·r, exchange C·(s − r), cross (V − C)·(s − r). They sum to the
 * total exactly: what the division of a rate rounds away is in the cross effect.
 */
export function effectsOf(before: TwoFold, after: TwoFold): CurrencyEffects {
  const total = decimal.subtract(after.valueBase, before.valueBase);
  const rateBefore = rateOf(before) ?? rateOf(after) ?? '0';
  const rateAfter = rateOf(after) ?? rateBefore;
  const local = decimal.multiply(decimal.subtract(after.value, before.value), rateBefore);
  const exchange = decimal.subtract(decimal.multiply(before.value, rateAfter), before.valueBase);
  return { local, exchange, cross: decimal.subtract(total, decimal.add(local, exchange)), total };
}
/** Null for nothing, which is nothing in every currency. */
const rateOf = ({ value, valueBase }: TwoFold) =>
  isZero(value) ? null : decimal.divide(valueBase, value, placesKept.rate, 'half-even');

const parts = ['local', 'exchange', 'cross', 'total'] as const;
export const sumOfEffects = (all: readonly CurrencyEffects[]): CurrencyEffects =>
  build((part) => sum(all.map((each) => each[part])));
/** Of what is owed instead of held. */
export const oppositeEffects = (effects: CurrencyEffects): CurrencyEffects =>
  build((part) => negate(effects[part]));
function build(of: (part: (typeof parts)[number]) => string): CurrencyEffects {
  const [local, exchange, cross, total] = parts.map(of) as [string, string, string, string];
  return { local, exchange, cross, total };
}
