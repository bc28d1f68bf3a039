// The opaque cursor of a list: where a page ended. No trading word lives here.
import { AppError } from './app-error.ts';

/** The place of a row in a list ordered by instant, then id. */
export interface Place {
  at: Date;
  id: string;
}

export const encodeCursor = ({ at, id }: Place): string =>
  Buffer.from(`${at.getTime()}.${id}`).toString('base64url');

/** The place behind a cursor, undefined without one. Throws request.invalid for a text that no list gave out. */
export function decodeCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, ms, id] =
    /^(\d{1,14})\.([\x21-\x7e]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (ms === undefined || id === undefined)
    throw new AppError('request.invalid', { fields: { cursor: 'must be a nextCursor of this list' } });
  return { at: new Date(Number(ms)), id };
}

/** A page of `limit` from up to `limit + 1` rows, and the cursor of the next page; null at the end. */
export function pageOf<Row extends Place>(
  rows: readonly Row[],
  limit: number,
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}
