// The seed that the books of a data folder were made with: prices follow from it, so under another one they would tell other profits.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readIfExists, writeFileDurably } from '../../lib/files.ts';

const fileOf = (dir: string) => path.join(dir, 'seed');

/** The seed of the books in `dir`; undefined where there are none, or they are older than this file. */
export const seedOf = (dir: string): string | undefined =>
  existsSync(fileOf(dir)) ? readIfExists(fileOf(dir)) : undefined;

/** Throws RangeError, which says what to do, when the books in `dir` have another seed. */
export function checkSeed(dir: string, seed: string): void {
  const known = seedOf(dir);
  if (known !== undefined && known !== seed)
    throw new RangeError(
      `the books in ${dir} were made with seed ${JSON.stringify(known)}, and prices follow from the seed: start with that one`,
    );
}
/** Notes `seed` in `dir`, whole and durably; only once its books are open, so that a start that was refused leaves no word of it. */
export function keepSeed(dir: string, seed: string): void {
  if (seedOf(dir) === seed) return;
  writeFileDurably(fileOf(dir), seed);
}
