// What an import would write: which of its transactions are new, which are there already, and which rows are refused and why. Pure.
import type { ImportRow } from '../../../../shared/portfolio-import.ts';
import { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { standing, type LedgerEntry } from '../ledger/entry.ts';
import { postingsOf, reversalOf } from '../ledger/postings.ts';
import { firstImpossible, problemOfTerms } from '../ledger/rules.ts';
import { balanced, instrumentOf, problemOfTime } from '../ledger/written.ts';
import { currenciesOf, rateWithin, type Base } from '../valuation/rates.ts';
import { RowProblem } from './cells.ts';
import { createKeys, digestOf, keyFor, type Keyed } from './keys.ts';
import type { Draft } from './profile.ts';
import type { ReadRow } from './profiles.ts';

export interface Ledger {
  startsOn: string;
  timeZone: string;
  /** All of it, in the order of writing. */
  entries: readonly (LedgerEntry & { note: string | null })[];
  base: Base;
}
export interface NewEntry extends LedgerEntry {
  note: string | null;
  /** What it says, as it is recognised by. */
  digest: string;
}
export interface Plan {
  /** In the order in which they were read. */
  rows: ImportRow[];
  /** What is to be written, with its numbers, if no row is refused. */
  fresh: NewEntry[];
}
/** Where some row is refused already, no more are looked for after so many transactions were passed. */
const mostLooks = 100_000;
type Row = {
  row: number;
  found: ImportRow['transactions'];
  fresh: NewEntry[];
  problem?: string;
  leftOut?: true;
};

/** `next` gives an id. Terms are checked as if each was entered by itself, the ledger with all of them together. */
export function planImport(
  read: readonly ReadRow[],
  ledger: Ledger,
  { next, now }: { next: () => string; now: Date },
): Plan {
  const names = createNames(ledger);
  let number = ledger.entries.at(-1)?.number ?? 0;
  const rows = read.map((each): Row => {
    const row: Row = { row: each.row, found: [], fresh: [] };
    if ('leftOut' in each) return { ...row, leftOut: true };
    if ('problem' in each) return { ...row, problem: each.problem };
    try {
      for (const draft of each.drafts) {
        const entry = entryOf(draft, { names, ledger, id: next(), number: number + 1 });
        const there = names.claim(entry, draft.key);
        row.found.push({ at: entry.at, terms: entry.terms, note: entry.note, there });
        if (there !== null) continue;
        requireAllowed(entry, ledger, now);
        row.fresh.push(entry);
        number += 1;
      }
      return row;
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      return { ...row, fresh: [], problem: error.message };
    }
  });
  refuseImpossible(rows, ledger);
  const fresh = rows.flatMap((row) => (row.problem === undefined ? row.fresh : []));
  const last = ledger.entries.at(-1)?.number ?? 0;
  return {
    rows: rows.map(toImportRow),
    fresh: fresh.map((entry, n) => ({ ...entry, number: last + n + 1 })),
  };
}

const toImportRow = ({ row, found, fresh, problem, leftOut }: Row): ImportRow => ({
  row,
  outcome: leftOut ? 'left_out' : problem !== undefined ? 'refused' : fresh.length > 0 ? 'add' : 'there',
  problem: problem ?? null,
  transactions: found,
});

/** Whom the keys of a file mean: a transaction of the ledger, or an earlier row. */
function createNames({ entries }: Ledger) {
  const keys = createKeys(entries);
  const known = new Set(entries.map(({ id }) => id));
  const labels = new Map<string, string>();
  const times = new Map<string, number>();
  return {
    /** Throws RowProblem for a key that nothing bears. */
    idOf(label: string, field: string): string {
      const id = labels.get(label) ?? (known.has(label) ? label : keys.idOf(label));
      if (id !== undefined) return id;
      throw new RowProblem(
        `${field} names ${JSON.stringify(label.slice(0, 60))}, which is neither the key of an earlier row nor in the portfolio: write it before this row`,
      );
    },
    digest: (entry: Keyed) => digestOf(entry, keys.keyOf),
    /** The id of the transaction that it is already; null: it is new, and known from here on. */
    claim({ id, at, digest }: NewEntry, label: string | undefined): string | null {
      // A key of ours says which of several equal ones it is, so that a part of an export needs no other part.
      const said = label?.startsWith(`${digest}-`) ? Number(label.slice(digest.length + 1)) : Number.NaN;
      const counted = (times.get(digest) ?? 0) + 1;
      times.set(digest, counted);
      const key = keyFor(digest, Number.isSafeInteger(said) && said > 0 ? said : counted);
      const there = keys.idAt(key, at) ?? null;
      if (label !== undefined) labels.set(label, there ?? id);
      if (there === null) keys.add(id, key);
      return there;
    },
  };
}
type Names = ReturnType<typeof createNames>;

/** A draft with what it names put in. Throws RowProblem. */
function entryOf(
  draft: Draft,
  { names, ledger, id, number }: { names: Names; ledger: Ledger; id: string; number: number },
): NewEntry {
  const terms = parseTerms(draft, names);
  const reverses = draft.reverses === undefined ? null : names.idOf(draft.reverses, 'reverses');
  const { at, note } = draft;
  if (note !== null && note.length > 200)
    throw new RowProblem('note has more than 200 characters: shorten it');
  if (note !== null && /\p{Cc}/u.test(note))
    throw new RowProblem('note holds control characters: write it in one line');
  const on = dateIn(ledger.timeZone, at.getTime());
  const said = { id, at, terms, note, reverses };
  const postings = balanced(reverses === null ? postingsOf(terms) : reversalOf(postingsOf(terms)));
  return { ...said, number, on, postings, digest: names.digest(said) };
}

function parseTerms({ terms }: Draft, names: Names): TransactionTerms {
  const lots = terms['lots'] as { transactionId: string; quantity: string }[] | undefined;
  const named = lots && {
    lots: lots.map((lot) => ({ ...lot, transactionId: names.idOf(lot.transactionId, 'lots') })),
  };
  const parsed = TransactionTerms.safeParse({ ...terms, ...named });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const unread = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  if (unread.length > 0)
    throw new RowProblem(
      `${unread.join(', ')} is not read of a transaction of kind ${terms.kind}: leave the cell empty`,
    );
  const { path, code, message } = issues[0]!;
  const what = path.join('.');
  throw new RowProblem(
    code === 'invalid_type'
      ? `${what} is missing: a transaction of kind ${terms.kind} needs it`
      : `${what} of the ${terms.kind} is wrong: ${message}`,
  );
}

/** What can be said of a new one by itself. Throws RowProblem. */
function requireAllowed(entry: NewEntry, ledger: Ledger, now: Date): void {
  const refuse = (field: string, problem: string) => {
    throw new RowProblem(`${field} ${problem}`);
  };
  const time = problemOfTime(ledger, { at: entry.at, now });
  if (time) refuse('at', time);
  const wrong = problemOfTerms(entry.terms);
  if (wrong) refuse(wrong.field, wrong.problem);
  const { currency: base } = ledger.base;
  const without = currenciesOf(entry.terms).find(
    (currency) => rateWithin(entry, currency, ledger.base) === null,
  );
  if (without !== undefined)
    refuse(
      'rate',
      `is needed to turn ${without} into ${base} on ${entry.on}: enter one with PUT /api/portfolio/prices (portfolio.setPrices), or write it into the row`,
    );
}

/**
 * Refuses rows with which the ledger could not have happened, until it could have; what names or takes back a refused row is refused with
 * it. The row that is refused is the one that is impossible, or the last new one before an older transaction that became so.
 */
function refuseImpossible(rows: readonly Row[], ledger: Ledger): void {
  const rowOf = new Map(rows.flatMap((row) => row.fresh.map((entry) => [entry.id, row] as const)));
  refuseReversals(rows, ledger);
  const byInstrument = Map.groupBy(ledger.entries, ({ terms }) => instrumentOf(terms));
  const fresh = Map.groupBy(
    rows.flatMap((row) => row.fresh),
    ({ terms }) => instrumentOf(terms),
  );
  // A row may have to do with several instruments: what is refused for one of them is missing in the others.
  let open = new Set(fresh.keys());
  let looks = 0;
  while (open.size > 0 && !(looks > mostLooks && rows.some(({ problem }) => problem !== undefined))) {
    const again = new Set<string | null>();
    for (const instrument of open) {
      if (instrument === null) continue;
      const older = byInstrument.get(instrument) ?? [];
      const added = (fresh.get(instrument) ?? []).filter(({ id }) => rowOf.get(id)!.problem === undefined);
      if (added.length === 0) continue;
      looks += older.length + added.length;
      const problem = firstImpossible(standing<LedgerEntry>([...older, ...added]));
      if (!problem) continue;
      const { entry, field, problem: what } = problem;
      const row = rowOf.get(entry.id) ?? rowOf.get(latestBefore(added, entry).id)!;
      row.problem = rowOf.has(entry.id)
        ? `${field} ${what}`
        : `is refused: with it the ${entry.terms.kind} ${entry.id} of ${entry.on} could not have happened, its ${field} ${what}. Take that one back first.`;
      for (const { terms } of row.fresh) again.add(instrumentOf(terms));
    }
    for (const row of refuseReversals(rows, ledger))
      for (const { terms } of row.fresh) again.add(instrumentOf(terms));
    open = again;
  }
}
const latestBefore = (added: readonly NewEntry[], { at, number }: LedgerEntry): NewEntry =>
  added
    .filter((each) => each.at < at || (each.at.getTime() === at.getTime() && each.number < number))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.number - b.number)
    .at(-1) ?? added.at(-1)!;

/** Refuses, and gives, rows that take back what cannot be: a reversal says the same as what it takes back, which is no reversal and is taken back once, and which stands. */
function refuseReversals(rows: readonly Row[], { entries }: Ledger): Row[] {
  const refused: Row[] = [];
  const byId = new Map<string, LedgerEntry & { note: string | null }>(
    entries.map((entry) => [entry.id, entry]),
  );
  const taken = new Set(entries.flatMap(({ reverses }) => reverses ?? []));
  for (const row of rows) {
    if (row.problem !== undefined) continue;
    for (const entry of row.fresh) {
      byId.set(entry.id, entry);
      if (entry.reverses === null) continue;
      const wrong = byId.get(entry.reverses);
      const problem = !wrong
        ? 'names a row that is refused: correct that one first'
        : wrong.reverses !== null
          ? 'names a reversal, which is not taken back: enter the transaction again instead'
          : taken.has(entry.reverses)
            ? 'names what is taken back already: leave the row out'
            : saysTheSame(entry, wrong)
              ? undefined
              : 'names a transaction of another instant or other terms: copy those of what is taken back';
      if (problem !== undefined) {
        row.problem = `reverses ${problem}`;
        refused.push(row);
      }
      taken.add(entry.reverses);
    }
  }
  return refused;
}
const plain = (id: string) => id;
const saysTheSame = (a: LedgerEntry, b: LedgerEntry): boolean =>
  digestOf({ ...a, reverses: null, note: null }, plain) ===
  digestOf({ ...b, reverses: null, note: null }, plain);
