// Tables written as text: one row a line, cells between bars, read once. Knows no column's meaning.

/** The rows of `text` by `columns`. Throws RangeError when a row has more or fewer cells, so that a slip shows at the start. */
export function rowsOf<Column extends string>(
  columns: readonly Column[],
  text: string,
): Record<Column, string>[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length !== columns.length)
      throw new RangeError(`${cells.length} cells instead of ${columns.length}: ${line}`);
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]])) as Record<Column, string>;
  });
}
/** `USD -0.3, gold 0.5` as its pairs of a word and a number. */
export const pairsOf = (cell: string): [word: string, value: number][] =>
  cell.split(', ').map((pair) => {
    const [word = '', value] = pair.split(' ');
    return [word, Number(value)];
  });
/** `0 4, 7 2` as pairs of numbers. */
export const stepsOf = (cell: string): [from: number, value: number][] =>
  pairsOf(cell).map(([from, value]) => [Number(from), value]);
/** `cell` as one of `words`. Throws RangeError when it is none. */
export function oneOf<Word extends string>(words: readonly Word[], cell: string): Word {
  const found = words.find((word) => word === cell);
  if (found === undefined) throw new RangeError(`${cell} is none of ${words.join(', ')}`);
  return found;
}
