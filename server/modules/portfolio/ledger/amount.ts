// Words for sums and signs of decimal text, beside shared/decimal.ts. Pure.
import { decimal } from '../../../../shared/decimal.ts';

/** Digits behind the point that a division keeps, rounded half to even: of money, of a rate, of units after a split. */
export const placesKept = { money: 20, rate: 20, units: 12 } as const;

export const negate = (a: string) => decimal.subtract('0', a);
// Signs are read off the text, without parsing it: they are asked for more often than anything is computed.
export const isZero = (a: string) => !/[1-9]/.test(a);
export const isNegative = (a: string) => a.startsWith('-') && !isZero(a);
export const isPositive = (a: string) => !a.startsWith('-') && !isZero(a);
export const magnitude = (a: string) => (isNegative(a) ? negate(a) : decimal.canonical(a));
export const sum = (amounts: readonly string[]) => amounts.reduce(decimal.add, '0');
export const lesser = (a: string, b: string) => (decimal.compare(a, b) <= 0 ? a : b);

/** `a × part ÷ whole`, to the places that money keeps; exactly `a` for the whole. Throws RangeError when `whole` is 0. */
export const share = (a: string, part: string, whole: string) =>
  decimal.compare(part, whole) === 0
    ? a
    : decimal.divide(decimal.multiply(a, part), whole, placesKept.money, 'half-even');

/** Units after `newUnits` were given for each `oldUnits`. */
export const afterSplit = (units: string, { newUnits, oldUnits }: { newUnits: string; oldUnits: string }) =>
  decimal.divide(decimal.multiply(units, newUnits), oldUnits, placesKept.units, 'half-even');

/** Null where anything that it is made of is not known. */
export const known = <Args extends string[]>(
  compute: (...args: Args) => string,
  ...args: { [Index in keyof Args]: string | null }
): string | null => (args.includes(null) ? null : compute(...(args as unknown as Args)));
