// Our own file: what an export writes, and what its import reads; with other names of columns and kinds, any plain file. Pure.
import { importColumns, type ImportColumn } from '../../../../shared/portfolio-import.ts';
import { TransactionTerms, type TransactionKind } from '../../../../shared/portfolio-transactions.ts';
import { readInstant, readNumber, RowProblem } from './cells.ts';
import type { ImportContext, ImportOptions, Profile } from './profile.ts';
import { csvLine } from './table.ts';

const columnName = ({ columns }: ImportOptions, column: ImportColumn) => columns?.[column] ?? column;
const numbers = ['quantity', 'price', 'amount', 'fee', 'tax', 'rate', 'newUnits', 'oldUnits'] as const;
const words = ['instrument', 'currency', 'direction'] as const;
const sides = [
  ['sold', 'soldAmount', 'soldCurrency'],
  ['bought', 'boughtAmount', 'boughtCurrency'],
] as const;
const kinds: ReadonlySet<string> = new Set(TransactionTerms.options.map(({ shape }) => shape.kind.value));

export const ownProfile: Profile = {
  name: 'a file of our own columns',
  required: (options) => (['at', 'kind'] as const).map((column) => [columnName(options, column)]),
  reads: (options) => importColumns.map((column) => columnName(options, column)),
  order: 'file',
  draftsOf(cells, context) {
    const cell = (column: ImportColumn) => cells(columnName(context, column));
    const number = (column: ImportColumn) =>
      readNumber(cell(column), { column: columnName(context, column), mark: context.decimal });
    const kind = kindOf(cell('kind'), context);
    const terms: Record<string, unknown> = { kind };
    for (const column of numbers) if (cell(column) !== '') terms[column] = number(column);
    for (const column of words) if (cell(column) !== '') terms[column] = cell(column);
    if (terms['instrument'] !== undefined)
      terms['instrument'] =
        context.instruments.find(({ name }) => name === terms['instrument'])?.instrument ??
        terms['instrument'];
    for (const [side, amount, currency] of sides)
      if (cell(amount) !== '' || cell(currency) !== '')
        terms[side] = { amount: number(amount), currency: cell(currency) };
    if (cell('lots') !== '') terms['lots'] = readLots(cell('lots'));
    const column = columnName(context, 'at');
    const zone = context.timeZone ?? context.zoneOfPortfolio;
    return [
      {
        at: readInstant(cell('at'), { column, dates: context.dates, zone }),
        terms: { ...terms, kind },
        note: cell('note') || null,
        key: cell('key') || undefined,
        reverses: cell('reverses') || undefined,
      },
    ];
  },
};

function kindOf(text: string, context: ImportContext): TransactionKind {
  const kind = context.kinds.find(({ word }) => word.toLowerCase() === text.toLowerCase())?.kind ?? text;
  if (kinds.has(kind)) return kind as TransactionKind;
  throw new RowProblem(
    `${columnName(context, 'kind')} is ${JSON.stringify(text.slice(0, 40))}, which is no kind of transaction: write one of ${[...kinds].join(', ')}, or say in kinds which it is`,
  );
}

/** `KEY QUANTITY`, several separated by `|`. */
const readLots = (text: string) =>
  text.split('|').map((lot) => {
    const [transactionId = '', quantity = '', ...more] = lot.trim().split(/\s+/);
    if (quantity === '' || more.length > 0)
      throw new RowProblem(
        `lots is ${JSON.stringify(text.slice(0, 80))}: write the key of an opening row, a space and a quantity, and | between two lots`,
      );
    return { transactionId, quantity };
  });

/** A transaction to be exported; `keyOf` gives the key of another one by its id. */
export interface ToExport {
  key: string;
  at: Date;
  terms: TransactionTerms;
  reverses: string | null;
  note: string | null;
}
export const exportHead = csvLine(importColumns);

/** A transaction as a row of an export. */
export function exportLine(
  { key, at, terms, reverses, note }: ToExport,
  keyOf: (id: string) => string,
): string {
  const cells: Partial<Record<ImportColumn, string>> = { key, at: at.toISOString(), note: note ?? '' };
  if (reverses !== null) cells.reverses = keyOf(reverses);
  for (const [name, value] of Object.entries(terms)) {
    if (name === 'sold' || name === 'bought') {
      const { amount, currency } = value as { amount: string; currency: string };
      Object.assign(cells, { [`${name}Amount`]: amount, [`${name}Currency`]: currency });
    } else if (name === 'lots')
      cells.lots = (value as { transactionId: string; quantity: string }[])
        .map(({ transactionId, quantity }) => `${keyOf(transactionId)} ${quantity}`)
        .join('|');
    else cells[name as ImportColumn] = value as string;
  }
  return csvLine(importColumns.map((column) => cells[column] ?? ''));
}
