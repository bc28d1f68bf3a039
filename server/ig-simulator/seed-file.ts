// The seed that the books of a data folder were made with: prices follow from it, so under another one they would tell other profits.
import { readFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';

const fileOf = (dir: string) => path.join(dir, 'seed');

/** The seed of the books in `dir`; undefined where there are none, or they are older than this file. */
export function seedOf(dir: string): string | undefined {
  try {
    return readFileSync(fileOf(dir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Notes `seed` in `dir`, synced, before the first entry. Throws RangeError, which says what to do, when the books there have another one. */
export async function keepSeed(dir: string, seed: string): Promise<void> {
  const known = seedOf(dir);
  if (known === seed) return;
  if (known !== undefined) throw new RangeError(`the books in ${dir} were made with seed ${JSON.stringify(known)}, and prices follow from the seed: start with that one`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = await open(fileOf(dir), 'w', 0o600);
  await file.writeFile(seed).then(() => file.sync()).finally(() => file.close());
}
