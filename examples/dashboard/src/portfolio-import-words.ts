// What is said of a file before it is imported: its head, what its words mean, and where a line of it is. Pure.
import type { ImportFile, TransactionKind } from '../../../client/index.ts';
import { kindName } from './portfolio-words.ts';

export type ColumnName = keyof NonNullable<ImportFile['columns']>;
export const columnName: Record<ColumnName, string> = {
  key: 'Key of the row',
  at: 'Time',
  kind: 'Kind',
  instrument: 'Instrument',
  quantity: 'Units',
  price: 'Price',
  currency: 'Currency',
  amount: 'Amount',
  fee: 'Fee',
  tax: 'Tax',
  rate: 'Exchange rate',
  direction: 'Direction of a transfer',
  newUnits: 'New units of a split',
  oldUnits: 'Old units of a split',
  soldAmount: 'Amount sold',
  soldCurrency: 'Currency sold',
  boughtAmount: 'Amount bought',
  boughtCurrency: 'Currency bought',
  lots: 'Lots that are closed',
  reverses: 'Row that it reverses',
  note: 'Note',
};

/** The names in the first line: cells between the separator that it has most of. */
export function headOf(csv: string): string[] {
  const line = /^\ufeff?(.*)/.exec(csv)?.[1]?.replace(/\r$/, '') ?? '';
  const count = (separator: string) => line.split(separator).length;
  const [separator = ','] = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a));
  const cells = line.match(new RegExp(`"(?:[^"]|"")*"|[^${separator}]+`, 'g')) ?? [];
  return cells
    .map((cell) =>
      cell
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .replaceAll('""', '"'),
    )
    .filter(Boolean);
}

const isKind = (word: string): word is TransactionKind => Object.hasOwn(kindName, word);

/** Lines such as `Kauf = buy` and `Apple Inc. = AAPL`: names of kinds, and of instruments. */
export function readWords(text: string): Pick<ImportFile, 'kinds' | 'instruments'> | { missed: string } {
  const kinds: ImportFile['kinds'] = [];
  const instruments: ImportFile['instruments'] = [];
  for (const line of text
    .split('\n')
    .map((each) => each.trim())
    .filter(Boolean)) {
    const [, name, meant] = /^(.+?)\s*=\s*(\S+)$/.exec(line) ?? [];
    if (name === undefined || meant === undefined)
      return { missed: `“${line}” is no line such as Kauf = buy` };
    if (isKind(meant)) kinds.push({ word: name, kind: meant });
    else instruments.push({ name, instrument: meant });
  }
  return { kinds, instruments };
}

/** Where the text of a line begins and ends; the head is 1. */
export function placeOfLine(csv: string, row: number): { from: number; to: number } {
  const lines = csv.split('\n');
  const from = lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0);
  return { from, to: from + (lines[row - 1]?.length ?? 0) };
}
