// Everything that is filtered as one CSV file, made in this browser. Reads all pages; saves what it made.
import { csvHead, csvLines } from './csv.ts';
import { activityColumns, dealColumns, transactionColumns } from './history-columns.ts';
import type { HistoryPart } from './history-filter.ts';
import type { HistoryRow } from './history-queries.ts';
import type { HistoryQuery } from './use-history.ts';

/** As many as the server gives at once. */
const pageRows = 500;
/** A file with more is no file for a spreadsheet: a narrower span of days makes two of it. */
export const maxCsvRows = 200_000;

const linesOf: Record<HistoryPart, (rows: readonly HistoryRow[]) => string> = {
  deals: (rows) =>
    csvLines(
      dealColumns,
      rows.flatMap((row) => (row.of === 'deals' ? [{ ...row.deal, name: row.name }] : [])),
    ),
  activity: (rows) =>
    csvLines(
      activityColumns,
      rows.flatMap((row) => (row.of === 'activity' ? [row.entry] : [])),
    ),
  transactions: (rows) =>
    csvLines(
      transactionColumns,
      rows.flatMap((row) => (row.of === 'transactions' ? [row.transaction] : [])),
    ),
};
const headOf: Record<HistoryPart, () => string> = {
  deals: () => csvHead(dealColumns),
  activity: () => csvHead(activityColumns),
  transactions: () => csvHead(transactionColumns),
};

/** All that fits, newest first, with a heading line; `isWhole` is false where there was more than a file takes. `onRows` hears how many there are so far. Rejects with the signal. */
export async function historyCsv(
  part: HistoryPart,
  { read, fits }: HistoryQuery<HistoryRow>,
  { onRows, signal }: { onRows(rows: number): void; signal: AbortSignal },
): Promise<{ text: string; rows: number; isWhole: boolean }> {
  let [text, rows] = [headOf[part](), 0];
  let next: string | null = null;
  do {
    const page = await read(next ?? undefined, pageRows);
    signal.throwIfAborted();
    const fitting = page.rows.filter((row) => fits(row));
    text += linesOf[part](fitting);
    rows += fitting.length;
    onRows(rows);
    next = page.nextCursor;
  } while (next !== null && rows < maxCsvRows);
  return { text, rows, isWhole: next === null };
}

/** As a download of this name. */
export function saveText(name: string, text: string, type = 'text/csv'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers read it after the click
}
