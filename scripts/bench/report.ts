// What a benchmark answers, and how it looks on a terminal.

export interface BenchOptions {
  rounds: number;
  seconds: number;
  say: (text: string) => void;
}

/** Whether a run only shows that the benchmark works, as in its test: it then does with less of everything. */
export const isShort = (seconds: number): boolean => seconds < 1;

export interface Target {
  text: string;
  measured: number;
  target: number;
  met: boolean;
  /** False only beyond three times the target. */
  passed: boolean;
}

export interface BenchReport {
  name: string;
  about: string;
  columns: string[];
  rows: (string | number)[][];
  targets: Target[];
  details: unknown;
}

export const atMost = (text: string, measured: number, target: number): Target => ({
  text,
  measured,
  target,
  met: measured <= target,
  passed: measured <= 3 * target,
});
export const atLeast = (text: string, measured: number, target: number): Target => ({
  text,
  measured,
  target,
  met: measured >= target,
  passed: measured >= target / 3,
});
/** Something that must not happen at all. */
export const none = (text: string, measured: number): Target => ({
  text,
  measured,
  target: 0,
  met: measured === 0,
  passed: measured === 0,
});

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

export function printTable({ name, about, columns, rows, targets }: BenchReport): void {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  console.log(`\n${name}: ${about}`);
  for (const row of cells)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('   '),
    );
  for (const { text, measured, target, met, passed } of targets) {
    console.log(
      `${met ? '✔' : passed ? '~' : '✘'} ${text}: ${Number(measured.toFixed(2))} (target ${target})`,
    );
  }
}
