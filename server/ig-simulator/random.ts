// Bytes and numbers that follow from a seed, so that a run can be repeated. Not for secrets.
import type { RandomBytes } from '../lib/ids.ts';
import { hashText, mix } from './market/noise.ts';

/** An endless sequence of bytes for `seed`. */
export function seededRandom(seed: string): RandomBytes {
  const hash = hashText(seed);
  let n = 0;
  return (size) => Uint8Array.from({ length: size }, () => mix(hash, n++) >>> 24);
}

/** A number within [0, 1). */
export function fraction(random: RandomBytes): number {
  const [a = 0, b = 0, c = 0] = random(3);
  return (a * 65_536 + b * 256 + c) / 2 ** 24;
}
/** A whole number within [least, most]. */
export const between = (random: RandomBytes, [least, most]: readonly [number, number]) => least + Math.floor(fraction(random) * (most - least + 1));
