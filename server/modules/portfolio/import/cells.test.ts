// What the text of a cell means, whoever wrote it.
import { expect, test } from 'vitest';
import { readInstant, readNumber } from './cells.ts';
import { readCsv } from './csv.ts';
import { csvLine } from './table.ts';

test.each([
  ['1234.50', 'point', '1234.50'],
  ['-0.029053', 'point', '-0.029053'],
  ['+5', 'point', '5'],
  ['1,234.50', 'point', '1234.50'],
  ['1,234,567', 'point', '1234567'],
  ['1234,5', 'comma', '1234.5'],
  ['1.234,5', 'comma', '1234.5'],
  ['-1.234.567', 'comma', '-1234567'],
  ['12 345,67', 'comma', '12345.67'],
] as const)('%s with a decimal %s is %s', (text, mark, number) => {
  expect(readNumber(text, { column: 'price', mark })).toBe(number);
});

test.each([
  ['1,234', 'point'],
  ['1.234', 'comma'],
  ['1,5', 'point'],
  ['12,34.5', 'point'],
  ['1.2.3', 'point'],
  ['£5', 'point'],
  ['1e3', 'point'],
  ['', 'point'],
  ['.5', 'point'],
] as const)('%s is no clear number with a decimal %s, and nothing is guessed', (text, mark) => {
  expect(() => readNumber(text, { column: 'price', mark })).toThrow(/^price is .*: write it without/);
});

const at = (text: string, more: Partial<Parameters<typeof readInstant>[1]> = {}) =>
  readInstant(text, { column: 'at', dates: 'iso', zone: 'Europe/Berlin', ...more }).toISOString();
test.each([
  ['2026-03-29T14:30:00Z', {}, '2026-03-29T14:30:00.000Z'],
  ['2026-03-29 14:30:00.1234', {}, '2026-03-29T12:30:00.123Z'],
  ['2024-07-13 06:37:13+00:00', {}, '2024-07-13T06:37:13.000Z'],
  ['2026-01-05T09:30-0500', {}, '2026-01-05T14:30:00.000Z'],
  ['2026-01-05', {}, '2026-01-04T23:00:00.000Z'],
  ['05.01.2026 09:30', { dates: 'dmy' }, '2026-01-05T08:30:00.000Z'],
  ['01/05/2026, 9:30:15', { dates: 'mdy', zone: 'America/New_York' }, '2026-01-05T14:30:15.000Z'],
  // The last hour before the clocks change, and the first after it.
  ['2026-03-29 01:59', {}, '2026-03-29T00:59:00.000Z'],
  ['2026-03-29 03:00', {}, '2026-03-29T01:00:00.000Z'],
  // Shown twice: the first.
  ['2026-10-25 02:30', {}, '2026-10-25T00:30:00.000Z'],
] as const)('%s is %s', (text, more, instant) => {
  expect(at(text, more)).toBe(instant);
});
test.each([
  ['2026-03-29 02:30', {}, /a time that the clocks of Europe\/Berlin leave out: set timeZone/],
  ['2026-02-30', {}, /no date and time such as/],
  ['29.03.2026', {}, /or set dates/],
  ['13/25/2026', { dates: 'dmy' }, /no date and time/],
  ['2026-01-05 24:00', {}, /no date and time/],
] as const)('%s is refused', (text, more, problem) => {
  expect(() => at(text, more)).toThrow(problem);
});

test('a file is read whatever its separator, its line ends and its byte order mark, and each row has its line', () => {
  for (const [separator, end] of [
    [',', '\n'],
    [';', '\r\n'],
    ['\t', '\n'],
  ] as const) {
    const text = [`\ufeffa${separator}"b, c"`, `1${separator}"x ""y"""`, '', `2${separator}`].join(end);
    const { head, rows } = readCsv(text);
    expect(head).toEqual(['a', 'b, c']);
    expect(rows.map(({ row, cells }) => [row, ...cells.values()])).toEqual([
      [2, '1', 'x "y"'],
      [4, '2', ''],
    ]);
  }
});

test.each([
  ['', /has no head/],
  ['a,b,a\n1,2,3', /has the column "a" twice/],
  ['a,b\n1,2\n3,"4', /cannot be read at line 3: close each quote/],
  ['a,b\n1,2,3', /has 3 cells in row 2 and 2 columns/],
  [`a\n${'1\n'.repeat(2_001)}`, /has 2001 rows, and 2000 may come at once: import it in parts/],
])('a file that cannot be read is refused with its line', (text, problem) => {
  expect(() => readCsv(text)).toThrow(problem);
});

test('what is written as a line is read as it was', () => {
  const cells = ['a "b"', 'c;d', '=1+1', "it's", 'ü\u00a0x'];
  expect([...readCsv(`1,2,3,4,5\r\n${csvLine(cells)}`).rows[0]!.cells.values()]).toEqual(cells);
});
