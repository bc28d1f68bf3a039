// What a sealed row is hashed as, and over what: anybody with the rows can work it out again. Pure.
import { createHash } from 'node:crypto';

/** The columns that a hash covers, in its order. Instants are texts to the millisecond (2026-01-05T09:00:00.000Z), JSON is text. */
export const chained = [
  'id',
  'at',
  'action',
  'user_id',
  'session_id',
  'subject',
  'request_id',
  'ip',
  'outcome',
  'finished_at',
  'before',
  'after',
] as const;
export type ChainedRow = Record<(typeof chained)[number], string | null>;

/** Goes first into every hash, so that another form can follow this one. */
const version = 'ftrader-audit-1';
/** Stands before the first row. */
export const emptyHash = '0'.repeat(64);

/** SHA-256, in hexadecimal, over the hash at the place before and the row as a JSON array: version, place, then the columns. */
export function hashOf(previous: string, place: number, row: ChainedRow): string {
  const facts = chained.map((name) =>
    name === 'before' || name === 'after' ? canonicalJson(row[name]) : row[name],
  );
  return createHash('sha256')
    .update(previous + JSON.stringify([version, place, ...facts]))
    .digest('hex');
}

/** A JSON text with its names sorted, no spaces, and its numbers as they were written. It stays a text, so that `null` is not nothing. */
function canonicalJson(text: string | null): string | null {
  if (text === null) return null;
  const revive = (_name: string, value: unknown, { source = '' }: { source?: string } = {}) =>
    typeof value === 'number' ? JSON.rawJSON(source) : isRecord(value) ? sorted(value) : value;
  return JSON.stringify(JSON.parse(text, revive));
}
const sorted = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
/** Numbers have become raw by the time the object around them is looked at. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) !== null;
