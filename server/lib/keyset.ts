// Pages of a list ordered by instant, then id, and the opaque cursor at which the next one begins. No trading word lives here.
import { asc, Column, desc, is, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Page } from '../../shared/primitives.ts';
import { AppError } from './app-error.ts';

/** What a query has to take over, beside its own conditions. */
export interface Window {
  after: SQL | undefined;
  orderBy: SQL[];
  limit: number;
}
export type Order = 'newest first' | 'oldest first';

/**
 * Reads pages of `table` in the order of its columns `at` (an instant of millisecond precision) and `id` (unique text); rows that arrive
 * meanwhile shift nothing. Of what is no table of ours, expressions stand for the columns. Fast with an index on the list's own columns, then `at`, then `id`: it serves both orders. What it returns
 * throws request.invalid for a cursor that no list gave out; `nextCursor` is null at the end.
 */
export function keyset<At extends string, Id extends string>(
  table: Record<At | Id, PgColumn | SQL>,
  { at, id, order }: { at: At; id: Id; order: Order },
) {
  const [direction, beyond] = order === 'newest first' ? [desc, sql`<`] : [asc, sql`>`];
  const columns = [table[at], table[id]] as const;
  const orderBy = columns.map(direction);
  /** A comparison of rows and not of columns one by one, so that PostgreSQL finds the place in the index. */
  const isBeyond = (place: Place) =>
    sql`(${columns[0]}, ${columns[1]}) ${beyond} (${param(place.at, columns[0])}, ${param(place.id, columns[1])})`;

  return async function page<Row extends Record<At, Date> & Record<Id, string>>(
    { cursor, limit }: Page,
    read: (window: Window) => PromiseLike<Row[]>,
  ): Promise<{ rows: Row[]; nextCursor: string | null }> {
    const after = cursor === undefined ? undefined : isBeyond(decode(cursor));
    const found = await read({ after, orderBy, limit: limit + 1 });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const isMore = found.length > limit && last !== undefined;
    return { rows, nextCursor: isMore ? encode({ at: last[at], id: last[id] }) : null };
  };
}

/** As its column writes it. */
const param = (value: unknown, column: PgColumn | SQL) =>
  is(column, Column) ? sql.param(value, column) : sql.param(value);

/** Where a page ended. */
interface Place {
  at: Date;
  id: string;
}

/** What is said of a cursor that no page gave out. */
export const notOurCursor =
  'must be the nextCursor of the page before: leave it out to start at the first page';

const encode = ({ at, id }: Place): string => Buffer.from(`${at.getTime()}.${id}`).toString('base64url');

function decode(cursor: string): Place {
  const [, ms, id] =
    /^(\d{1,14})\.([\x21-\x7e]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms === undefined || id === undefined)
    throw new AppError('request.invalid', { fields: { cursor: notOurCursor } });
  return { at: new Date(Number(ms)), id };
}
