// Holds the sealed log against its hashes, from the last stretch that was cut to the newest row, and names what does not fit. Changes nothing.
import type { Database } from '../../db/client.ts';
import type { Tx } from '../../db/transaction.ts';
import { emptyHash, hashOf } from './chain.ts';
import { sealStore as store, type Seal, type SealedRow } from './seal-store.ts';

/** A hash that was noted outside the database when the log was sealed. */
export interface Expected {
  place: number;
  hash: string;
}
/** A row by which people find it. */
interface NamedRow {
  place: number;
  id: string | null;
  action: string | null;
  at: string | null;
}
type Finding = { message: string } & (
  | { kind: 'altered'; row: NamedRow; orBefore: NamedRow | null }
  | { kind: 'missing'; from: number; to: number; behind: NamedRow | null; ahead: NamedRow | null }
  | { kind: 'seal'; firstPlace: number; lastPlace: number }
  | { kind: 'unsealed_place'; from: number; to: number }
  | { kind: 'cut'; upTo: number; rows: number }
  | { kind: 'expected'; place: number; expected: string; found: string | null }
);
export interface AuditReport {
  ok: boolean;
  /** Rows that bear a hash and were looked at. */
  sealed: number;
  /** Rows that have no place yet. */
  unsealed: number;
  /** Rows that were removed because their time was over. */
  cut: number;
  /** The end of the log: a copy of it, kept elsewhere, is what a rewritten log is found by. */
  newest: Expected | null;
  /** In the order of their places; at most `maxFindings`. */
  findings: Finding[];
  /** More of them than are named. */
  more: number;
}

const pageRows = 2_000;
const maxFindings = 1_000;

/** Reads the log as it is at one moment; servers may go on meanwhile. After a finding it goes on from the hash that is stored. */
export const verifyAudit = (
  { db }: Pick<Database, 'db'>,
  expected: readonly Expected[] = [],
): Promise<AuditReport> =>
  db.transaction((tx) => verify(tx, expected), {
    isolationLevel: 'repeatable read',
    readOnly: true,
  });

async function verify(tx: Tx, expected: readonly Expected[]): Promise<AuditReport> {
  const lastCut = await store.lastCut(tx);
  const start = { place: lastCut?.lastPlace ?? 0, hash: lastCut?.closingHash ?? emptyHash };
  const { unsealed, cut, left } = await store.counts(tx, start.place);
  const report: AuditReport = { ok: true, sealed: 0, unsealed, cut, newest: null, findings: [], more: 0 };
  const find = (finding: Finding) => {
    report.ok = false;
    if (report.findings.length < maxFindings) report.findings.push(finding);
    else report.more += 1;
  };
  const noted = new Map(expected.map((each) => [each.place, each.hash]));
  const compare = (place: number, found: string | null) => {
    const hash = noted.get(place);
    noted.delete(place);
    if (hash === undefined || hash === found) return;
    const message = `place ${place} has another hash than the one that was noted: the log was written anew up to there`;
    find({ kind: 'expected', message, place, expected: hash, found });
  };
  if (left > 0 || cut !== start.place)
    find({
      kind: 'cut',
      upTo: start.place,
      rows: left,
      message:
        left > 0
          ? `up to place ${start.place} the log was cut, and ${left} rows with such places are there`
          : `up to place ${start.place} the log was cut, and there are seals for ${cut} places of it only`,
    });

  const walk = createWalk(start, find);
  const rows = pagesOf(
    (after) => store.sealed(tx, after, pageRows),
    start.place,
    ({ place }) => place,
  );
  const seals = pagesOf(
    (after) => store.seals(tx, after, pageRows),
    start.place,
    ({ lastPlace }) => lastPlace,
  );
  let [seal, row] = [await next(seals), await next(rows)];
  let newest: Expected | null = lastCut ? { place: start.place, hash: start.hash } : null;
  while (seal) {
    walk.begin(seal);
    for (; row && row.place <= seal.lastPlace; row = await next(rows)) {
      walk.see(row);
      compare(row.place, row.hash);
    }
    walk.end(seal);
    newest = { place: seal.lastPlace, hash: seal.closingHash };
    seal = await next(seals);
  }
  const firstBeyond = row?.place;
  for (; row; row = await next(rows)) walk.see(row);
  if (firstBeyond !== undefined)
    find({
      kind: 'unsealed_place',
      from: firstBeyond,
      to: walk.place(),
      message: `places ${firstBeyond} to ${walk.place()} are behind the last seal: no seal stands for them`,
    });
  walk.finish(newest?.place ?? 0);
  for (const { place } of expected) {
    if (!noted.has(place)) continue;
    const ended = await store.sealEndingAt(tx, place);
    if (ended) compare(place, ended.closingHash);
    else
      find({
        kind: 'expected',
        message:
          place > (newest?.place ?? 0)
            ? `place ${place} is not there: the log ends at ${newest?.place ?? 0}`
            : `place ${place} is not there, and no stretch that was cut ends at it`,
        place,
        expected: noted.get(place)!,
        found: null,
      });
  }
  return { ...report, sealed: walk.count(), newest };
}

/** Goes from row to row; `find` is told what does not follow from what stands before it. */
function createWalk(start: Expected, find: (finding: Finding) => void) {
  let count = 0;
  let last: NamedRow | null = null;
  /** The row looked at last, or what was cut. */
  let seen: { place: number; hash: string | null } = start;
  /** The end of the stretch before. */
  let ended = start;
  /** What the hash at a place may rest on: what is stored at the place before, in its row and in a seal; nothing when neither is there. */
  const basesAt = (at: number) =>
    [seen, ended].flatMap(({ place, hash }) => (place === at - 1 && hash !== null ? [hash] : []));
  const missing = (to: number, ahead: NamedRow | null) => {
    const from = seen.place + 1;
    if (to < from) return;
    const which = from === to ? `place ${from} is` : `places ${from} to ${to} are`;
    const between = [last && `behind ${nameOf(last)}`, ahead && `ahead of ${nameOf(ahead)}`].filter(Boolean);
    find({
      kind: 'missing',
      from,
      to,
      behind: last,
      ahead,
      message: `${which} missing${between.length > 0 ? `: ${between.join(', ')}` : ''}`,
    });
  };
  return {
    count: () => count,
    place: () => seen.place,
    begin({ firstPlace, lastPlace, cutAt }: Seal): void {
      const problem = cutAt
        ? 'is marked as cut, although what stands before it is not'
        : firstPlace !== ended.place + 1 && `does not begin where the one before ends, at ${ended.place}`;
      if (!problem) return;
      const message = `the seal of ${firstPlace} to ${lastPlace} ${problem}`;
      find({ kind: 'seal', firstPlace, lastPlace, message });
    },
    see({ place, hash, row }: SealedRow): void {
      const named = { place, id: row.id, action: row.action, at: row.at };
      const bases = basesAt(place);
      missing(place - 1, named);
      if (bases.length > 0 && !bases.some((base) => hashOf(base, place, row) === hash)) {
        const orBefore = last?.place === place - 1 ? last : null;
        const message = `${nameOf(named)} does not fit its hash: it was altered${orBefore ? ', or the row before it together with its hash' : ''}`;
        find({ kind: 'altered', row: named, orBefore, message });
      }
      count += 1;
      last = named;
      seen = { place, hash };
    },
    end({ firstPlace, lastPlace, closingHash }: Seal): void {
      if (last?.place === lastPlace && seen.hash !== closingHash) {
        const message = `the seal of ${firstPlace} to ${lastPlace} has another hash than ${nameOf(last)}, with which it ends: one of the two was altered`;
        find({ kind: 'seal', firstPlace, lastPlace, message });
      }
      ended = { place: lastPlace, hash: closingHash };
    },
    /** What is missing at the end. */
    finish: (newest: number): void => missing(newest, null),
  };
}

const nameOf = ({ place, id, action, at }: NamedRow) => `place ${place} (${id}, ${action}, ${at})`;

async function* pagesOf<Row>(
  page: (after: number) => Promise<Row[]>,
  start: number,
  placeOf: (row: Row) => number,
): AsyncGenerator<Row, undefined> {
  for (let after = start; ;) {
    const rows = await page(after);
    yield* rows;
    const last = rows.at(-1);
    if (!last) return undefined;
    after = placeOf(last);
  }
}
const next = async <Row>(rows: AsyncGenerator<Row, undefined>): Promise<Row | undefined> =>
  (await rows.next()).value;
