import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';

const at = new Date('2026-01-05T09:00:00.123Z');

test('a cursor leads back to its place, and none to the beginning', () => {
  expect(decodeCursor(encodeCursor({ at, id: 'ntf_06a3k' }))).toEqual({ at, id: 'ntf_06a3k' });
  expect(decodeCursor(undefined)).toBeUndefined();
});

test.each([
  '',
  'x',
  ...['12', '12.', 'ab.c', '12.a b', '999999999999999.x', `1.${'x'.repeat(101)}`].map((text) =>
    Buffer.from(text).toString('base64url'),
  ),
])('%j, which no list gave out, is refused', (cursor) => {
  expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
});

test('there is a next page only while there are more rows', () => {
  const rows = ['a', 'b', 'c'].map((id) => ({ at, id }));
  expect(pageOf(rows, 2)).toEqual({ page: rows.slice(0, 2), nextCursor: encodeCursor({ at, id: 'b' }) });
  expect(pageOf(rows, 3)).toEqual({ page: rows, nextCursor: null });
  expect(pageOf([], 3)).toEqual({ page: [], nextCursor: null });
});
