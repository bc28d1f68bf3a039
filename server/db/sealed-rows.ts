// Tables that hold sealed texts, and how their rows come under the newest key: one by one, so that servers go on. What is sealed is not known here.
import { keyNameOf, type Keyring } from '../lib/seal.ts';

/** Rows of one table that hold a sealed text each. */
export interface SealedRows {
  /** What a row is to people, for one and for several: `account`, `accounts`. */
  what: readonly [string, string];
  /** What cures a row whose key is gone for good, as a sentence. */
  cure: string;
  /** At most `limit` rows with an id after `after`, in order of id; rows without a sealed text are left out. */
  page(after: string, limit: number): Promise<{ id: string; sealed: string }[]>;
  placeOf(id: string): string;
  /** Writes what `reseal` makes of the text that the row has now, with the row locked; undefined: it stays. False when nothing was written. */
  change(id: string, reseal: (sealed: string) => string | undefined): Promise<boolean>;
}

/** A row that no given key opens. */
interface Unreadable {
  rows: SealedRows;
  id: string;
  key: string;
}
export interface Survey {
  /** How many rows of any table are sealed under each key, by its name. */
  byKey: Map<string, number>;
  unreadable: Unreadable[];
}

const pageRows = 200;
/** Rows that a server sealed under an older key while the others were gone through are met by the next pass. */
const maxPasses = 5;

async function* each(rows: SealedRows): AsyncGenerator<{ id: string; sealed: string }> {
  for (let after = ''; ;) {
    const page = await rows.page(after, pageRows);
    yield* page;
    if (page.length < pageRows) return;
    after = page.at(-1)!.id;
  }
}

/** Opens every row, and changes none. */
export async function surveyKeys(keyring: Keyring, tables: readonly SealedRows[]): Promise<Survey> {
  const survey: Survey = { byKey: new Map(), unreadable: [] };
  for (const rows of tables)
    for await (const { id, sealed } of each(rows)) {
      const key = keyNameOf(sealed);
      survey.byKey.set(key, (survey.byKey.get(key) ?? 0) + 1);
      try {
        keyring.open(sealed, rows.placeOf(id));
      } catch {
        survey.unreadable.push({ rows, id, key });
      }
    }
  return survey;
}

/**
 * Seals every row anew that is not under the newest key, each in a transaction of its own, and gives how many; `onChanged` after each
 * commit. Ended in the middle, it is simply run again. Throws what opening a row throws.
 */
export async function resealRows(
  keyring: Keyring,
  rows: SealedRows,
  onChanged: (id: string) => void = () => undefined,
): Promise<number> {
  const isOld = (sealed: string) => sealed !== '' && keyNameOf(sealed) !== keyring.newest;
  let changed = 0;
  for (let pass = 0; pass < maxPasses; pass++) {
    const before = changed;
    for await (const { id, sealed } of each(rows)) {
      if (!isOld(sealed)) continue;
      const place = rows.placeOf(id);
      const done = await rows.change(id, (now) =>
        isOld(now) ? keyring.seal(keyring.open(now, place), place) : undefined,
      );
      if (!done) continue;
      changed++;
      onChanged(id);
    }
    if (changed === before) break;
  }
  return changed;
}
