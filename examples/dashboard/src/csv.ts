// Rows as CSV (RFC 4180) that a spreadsheet opens without running anything in it. Pure.

/** What a cell may hold: text as it is, an instant as RFC 3339, nothing as an empty cell. */
export type CsvCell = string | Date | null;
export type CsvColumn<Row> = readonly [heading: string, cell: (row: Row) => CsvCell];

/** A number is one also with a minus, which begins a formula elsewhere. */
const isNumber = /^-?\d+(\.\d+)?$/;
/** What spreadsheets take for the beginning of a formula, also behind blanks, and in the wide forms of the signs. */
const beginsFormula = /^[\s\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** One cell: quoted where it must be; what would be read as a formula stands behind an apostrophe and is text. */
export function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (cell instanceof Date) return cell.toISOString();
  const text = !isNumber.test(cell) && beginsFormula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (cells: readonly CsvCell[]): string => `${cells.map(csvCell).join(',')}\r\n`;
/** Its first line: the headings. */
export const csvHead = <Row>(columns: readonly CsvColumn<Row>[]): string =>
  line(columns.map(([heading]) => heading));
export const csvLines = <Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string =>
  rows.map((row) => line(columns.map(([, cell]) => cell(row)))).join('');

interface FileOf {
  what: string;
  /** Whose rows, in words: `SIMULATED · ABC12`. */
  account: string;
  /** Days such as `2026-03-01`; empty: no bound. */
  from: string;
  to: string;
}
/** `ftrader-deals-simulated-abc12-2026-03-01-to-2026-03-31.csv`: says what, whose, and of which days. */
export const csvFileName = ({ what, account, from, to }: FileOf): string =>
  `${['ftrader', what, account, from || 'from-the-first', 'to', to || 'now']
    .join('-')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '')}.csv`;
