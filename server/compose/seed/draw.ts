// Chance that follows from a seed and a label alone, whatever was drawn before. Pure.
import { createHash } from 'node:crypto';

/** Within [0, 1). */
export const draw = (...labels: readonly (string | number)[]): number =>
  createHash('sha256').update(labels.join('/')).digest().readUIntBE(0, 6) / 2 ** 48;
/** One of `items`. */
export const pickOf = <T>(items: readonly T[], ...labels: readonly (string | number)[]): T =>
  items[Math.floor(draw(...labels) * items.length)]!;
