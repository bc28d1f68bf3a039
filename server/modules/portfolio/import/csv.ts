// Reads the text of a CSV file as a table; what its cells mean is the profiles'.
import { CsvError, parse } from 'csv-parse/sync';
import { mostOfImport } from '../../../../shared/portfolio-import.ts';
import { UnreadableFile, type CsvFile } from './table.ts';

const separators = [',', ';', '\t'] as const;

/** Rows without any text are left out; a byte order mark is none. Throws UnreadableFile, which names the line. */
export function readCsv(text: string): CsvFile {
  const [first, ...rest] = records(text);
  const head = (first?.cells ?? []).map((name) => name.trim());
  if (!first || head.every((name) => name === ''))
    throw new UnreadableFile('has no head: write the names of the columns into its first line');
  const twice = head.find((name, n) => name !== '' && head.indexOf(name) !== n);
  if (twice !== undefined)
    throw new UnreadableFile(`has the column ${JSON.stringify(twice)} twice: rename one of them`);
  const filled = rest.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (filled.length > mostOfImport.rows)
    throw new UnreadableFile(
      `has ${filled.length} rows, and ${mostOfImport.rows} may come at once: import it in parts, in their order, each with the head`,
    );
  const rows = filled.map(({ cells, line }) => {
    if (cells.slice(head.length).some((cell) => cell.trim() !== ''))
      throw new UnreadableFile(
        `has ${cells.length} cells in row ${line} and ${head.length} columns: put text that holds a separator into quotes`,
      );
    return { row: line, cells: new Map(head.map((name, n) => [name, (cells[n] ?? '').trim()])) };
  });
  return { head, rows };
}

function records(text: string): { cells: string[]; line: number }[] {
  try {
    const found = parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      delimiter: separatorOf(text),
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UnreadableFile(
      `cannot be read at line ${String(cause['lines'])}: close each quote that is opened, and write a quote within quotes twice`,
      { cause },
    );
  }
}

/** What stands most often in the head, outside of quotes. */
function separatorOf(text: string): string {
  const line = (text.split(/[\r\n]/, 1)[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const times = (separator: string) => line.split(separator).length;
  return separators.reduce((best, each) => (times(each) > times(best) ? each : best));
}
