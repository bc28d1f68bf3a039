// The broker's state as one document: saved, compared by its hash, and begun from elsewhere. Knows no journal and no file.
import { z } from 'zod';
import { restoreState, stateFormat, stateHash, stateText } from '../engine/state-text.ts';
import type { State } from '../engine/types.ts';

/** `hash` is that of the canonical text of `state`: equal for equal states, whatever path led there. Prices follow from `seed`. */
export interface SavedState {
  format: number;
  seed: string;
  /** ISO 8601, UTC: the broker's clock. */ at: string;
  hash: string;
  state: unknown;
}
const Saved = z.object({
  format: z.number(),
  seed: z.string(),
  at: z.iso.datetime(),
  hash: z.string(),
  state: z.looseObject({ decisions: z.int().min(0), accounts: z.record(z.string(), z.unknown()) }),
});

export const saveState = (state: State, { seed, at }: { seed: string; at: Date }): SavedState => ({
  format: stateFormat,
  seed,
  at: at.toISOString(),
  hash: stateHash(state),
  state: JSON.parse(stateText(state)) as unknown,
});

/** The state that `saveState` wrote. Throws RangeError that says what to change: another seed, another version, not a saved state, or one that was edited. */
export function openState(saved: unknown, seed: string): State {
  const read = Saved.safeParse(saved);
  if (!read.success) throw new RangeError(`this is no saved state: ${z.prettifyError(read.error)}`);
  const { format, hash, state, seed: savedSeed } = read.data;
  if (format !== stateFormat)
    throw new RangeError(`the state was saved in format ${format}, this simulator reads ${stateFormat}`);
  if (savedSeed !== seed)
    throw new RangeError(
      `the state was saved with seed ${JSON.stringify(savedSeed)}, and prices follow from the seed: start with that one`,
    );
  let restored: State | undefined;
  try {
    restored = restoreState(JSON.stringify(state));
  } catch {
    restored = undefined; // not what stateText wrote: said below
  }
  if (!restored || stateHash(restored) !== hash)
    throw new RangeError('the state does not have the hash it was saved with: the file was changed');
  return restored;
}
