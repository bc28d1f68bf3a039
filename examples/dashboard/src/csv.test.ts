import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell, csvFileName, csvHead, csvLines, type CsvColumn } from './csv.ts';

test.each([
  ['text', 'EUR/USD', 'EUR/USD'],
  ['nothing', null, ''],
  ['a decimal keeps its zeros', '1.38780', '1.38780'],
  ['a number below zero is no formula', '-12.50', '-12.50'],
  ['an instant is RFC 3339 in UTC', new Date(Date.UTC(2026, 2, 1, 9, 30)), '2026-03-01T09:30:00.000Z'],
  ['a comma is quoted', 'a, b', '"a, b"'],
  ['a quote is doubled', 'the "best"', '"the ""best"""'],
  ['a line break is quoted', 'a\r\nb', '"a\r\nb"'],
  ['a formula is text', '=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ['a formula with plus', '+1+1', "'+1+1"],
  ['a formula with minus', '-1+cmd|x', "'-1+cmd|x"],
  ['a formula with at', '@SUM(A1)', "'@SUM(A1)"],
  ['a formula behind a blank', ' =1', "' =1"],
  ['a formula behind a tab', '\t=1', "'\t=1"],
  ['a formula behind a line break', '\r=1', '"\'\r=1"'],
  ['a wide equals sign', '＝1', "'＝1"],
  ['a sign inside is nothing', 'a=b', 'a=b'],
] as const)('%s', (_, cell, written) => expect(csvCell(cell)).toBe(written));

test('lines end in CRLF, the heading too, and every line has every column', () => {
  const columns: CsvColumn<{ id: string; profit: string | null }>[] = [
    ['id', ({ id }) => id],
    ['profit', ({ profit }) => profit],
  ];
  expect(
    csvHead(columns) +
      csvLines(columns, [
        { id: 'a', profit: '-1.50' },
        { id: 'b', profit: null },
      ]),
  ).toBe('id,profit\r\na,-1.50\r\nb,\r\n');
});

/** A reader of RFC 4180, as plain as it is: cells and what ends each, one behind the other. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('whatever the cells hold, a reader of RFC 4180 gets them back, save the apostrophe before what would be a formula, and none begins one', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'=+-@,"\r\n\ta1.') })),
        {
          minLength: 1,
        },
      ),
      (rows) => {
        const columns: CsvColumn<[string, string]>[] = [
          ['one', ([one]) => one],
          ['two', ([, two]) => two],
        ];
        const read = parse(csvLines(columns, rows));
        expect(read.map((row) => row.map((cell) => cell.replace(/^'/, '')))).toEqual(
          rows.map((row) => row.map((cell) => cell.replace(/^'/, ''))),
        );
        for (const cell of read.flat())
          expect(/^-?\d+(\.\d+)?$/.test(cell) || !/^[=+\-@\t\r\n]/.test(cell)).toBe(true);
      },
    ),
  ));

test.each([
  [{ from: '2026-03-01', to: '2026-03-31' }, 'ftrader-deals-demo-savings-abc12-2026-03-01-to-2026-03-31.csv'],
  [{ from: '', to: '' }, 'ftrader-deals-demo-savings-abc12-from-the-first-to-now.csv'],
])('a file is named by what it holds, whose it is and which days: %j', (days, name) =>
  expect(csvFileName({ what: 'deals', account: 'DEMO · Savings ABC12', ...days })).toBe(name),
);

test('a name of an account is no path and no other name of a file', () =>
  expect(csvFileName({ what: 'deals', account: '../../é "x"\n.exe', from: '', to: '' })).toBe(
    'ftrader-deals-e-x-exe-from-the-first-to-now.csv',
  ));
