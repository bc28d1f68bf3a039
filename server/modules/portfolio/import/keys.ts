// By what a transaction is recognised in another file or portfolio: a key of all that it says, and of how many equal ones come before it. Pure.
import { createHash } from 'node:crypto';
import { decimal } from '../../../../shared/decimal.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';

export interface Keyed {
  id: string;
  at: Date;
  terms: TransactionTerms;
  reverses: string | null;
  note: string | null;
}

/** Fields of terms that are words; all others are decimals, whose spelling does not matter. */
const words = new Set(['kind', 'instrument', 'currency', 'direction', 'transactionId']);
function canonical(value: unknown, name: string): unknown {
  if (typeof value === 'string') return words.has(name) ? value : decimal.canonical(value);
  if (Array.isArray(value)) return value.map((each) => canonical(each, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, each]) => [field, canonical(each, field)]);
}

/** What a transaction says, in 32 hexadecimal digits. `keyOf` gives the key of one that it names by its id. */
export function digestOf({ at, terms, reverses, note }: Keyed, keyOf: (id: string) => string): string {
  const named =
    'lots' in terms && terms.lots
      ? {
          ...terms,
          lots: terms.lots.map((lot) => ({ ...lot, transactionId: keyOf(lot.transactionId) })),
        }
      : terms;
  const said = [at.toISOString(), canonical(named, ''), reverses === null ? null : keyOf(reverses), note];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32);
}
export const keyFor = (digest: string, ordinal: number) => `${digest}-${ordinal}`;

export type Keys = ReturnType<typeof createKeys>;

/**
 * The keys of a ledger, whose rows come in the order of writing, so that what one names comes before it. They are computed when they are asked for, an instant
 * at a time: what is equal is of one instant, and an import asks for few of many.
 */
export function createKeys(rows: readonly Keyed[]) {
  const byInstant = Map.groupBy(rows, ({ at }) => at.getTime());
  const atById = new Map(rows.map(({ id, at }) => [id, at.getTime()]));
  const keyById = new Map<string, string>();
  const idByKey = new Map<string, string>();
  const done = new Set<number>();
  const add = (id: string, key: string) => void (keyById.set(id, key), idByKey.set(key, id));
  function compute(atMs: number): void {
    if (done.has(atMs)) return;
    done.add(atMs);
    const times = new Map<string, number>();
    for (const row of byInstant.get(atMs) ?? []) {
      const digest = digestOf(row, keyOf);
      const ordinal = (times.get(digest) ?? 0) + 1;
      times.set(digest, ordinal);
      add(row.id, keyFor(digest, ordinal));
    }
  }
  /** Of one that is not of the ledger, its id. */
  function keyOf(id: string): string {
    const atMs = atById.get(id);
    if (atMs !== undefined) compute(atMs);
    return keyById.get(id) ?? id;
  }
  return {
    keyOf,
    /** Which one of an instant bears this key; undefined for none. */
    idAt(key: string, at: Date): string | undefined {
      compute(at.getTime());
      return idByKey.get(key);
    },
    /** Which one of all bears this key. Computes every key. */
    idOf(key: string): string | undefined {
      if (!idByKey.has(key)) for (const atMs of byInstant.keys()) compute(atMs);
      return idByKey.get(key);
    },
    /** One that is about to be written. */
    add,
  };
}
