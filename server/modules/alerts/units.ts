// Decimals as whole numbers, for comparing prices exactly and fast. Pure.

const places = 12;
const zeros = '0'.repeat(places);
/** One. */
export const unit = 10n ** BigInt(places);

/** A decimal text in units of 1e-12; digits behind those, which no venue tells, are left out. */
export function unitsOf(text: string): bigint {
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text + zeros);
  const behind = text.slice(point + 1, point + 1 + places);
  return BigInt(text.slice(0, point) + behind + zeros.slice(behind.length));
}

/** Canonical text of units. */
export function textOfUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const behind = digits.slice(-places).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}${behind === '' ? '' : `.${behind}`}`;
}

/** By how many units of per cent `to` is above `from`, rounded down; undefined where a part of `from` says nothing: it is not above 0. */
export const percentAbove = (from: bigint, to: bigint): bigint | undefined =>
  from > 0n ? floorDivide((to - from) * 100n * unit, from) : undefined;

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
