// A CSV file as rows of named cells, and cells as a line of one. Pure.

export interface CsvRow {
  /** The line of the file on which it ends; the head is 1. */
  row: number;
  /** Trimmed, by the name in the head; empty where the row ends before it. */
  cells: ReadonlyMap<string, string>;
}
export interface CsvFile {
  head: readonly string[];
  rows: readonly CsvRow[];
}
/** What is wrong with a file as a whole, and what to do. */
export class UnreadableFile extends Error {}

/** Cells as a line of CSV, ended by CR LF. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
