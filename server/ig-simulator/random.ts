// Hashes, bytes and numbers that follow from a seed, so that a run can be repeated. Not for secrets.
import type { RandomBytes } from '../lib/ids.ts';

/** A 32-bit hash of `text` (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash, text.length);
}

/** A well-spread 32-bit hash of a seed and a whole number below 2^53. */
export function mix(seed: number, n: number): number {
  let h =
    Math.imul((n >>> 0) ^ seed, 0x9e3779b1) ^
    Math.imul(Math.floor(n / 0x1_0000_0000) + 0x7f4a7c15, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

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
export const between = (random: RandomBytes, [least, most]: readonly [number, number]) =>
  least + Math.floor(fraction(random) * (most - least + 1));
