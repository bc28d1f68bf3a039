// Arithmetic on decimal text: a thin face over decimal.js. Rounding is spelled out at the call; no exponent is ever printed.
import { Decimal } from 'decimal.js';

/** Digits: more than a product of three numbers of a request has (`DecimalInput`) with the places that a division keeps, and of sums of them. */
const precision = 150;
const Exact = Decimal.clone({ precision, toExpNeg: -precision, toExpPos: precision });
export type Rounding = 'down' | 'up' | 'half-even' | 'half-up';
const modes: Record<Rounding, Decimal.Rounding> = {
  down: Decimal.ROUND_DOWN,
  up: Decimal.ROUND_UP,
  'half-even': Decimal.ROUND_HALF_EVEN,
  'half-up': Decimal.ROUND_HALF_UP,
};

/** Canonical text: no trailing zeros, no exponent, no −0. */
const text = (value: Decimal) => (value.isZero() ? '0' : value.toFixed());

export const decimal = {
  add: (a: string, b: string) => text(new Exact(a).plus(b)),
  subtract: (a: string, b: string) => text(new Exact(a).minus(b)),
  multiply: (a: string, b: string) => text(new Exact(a).times(b)),
  /** a ÷ b rounded to `places` digits after the point. Throws on b = 0. */
  divide(a: string, b: string, places: number, rounding: Rounding) {
    const divisor = new Exact(b);
    if (divisor.isZero()) throw new RangeError('division by zero');
    return text(new Exact(a).div(divisor).toDecimalPlaces(places, modes[rounding]));
  },
  round: (a: string, places: number, rounding: Rounding) =>
    text(new Exact(a).toDecimalPlaces(places, modes[rounding])),
  /** −1, 0 or 1. */
  compare: (a: string, b: string) => new Exact(a).comparedTo(b),
  /** Canonical form of any decimal text, exponent forms included (`1.0E10` → `10000000000`). Throws on anything else. */
  canonical: (a: string) => text(new Exact(a)),
};
