// A short run of a benchmark in a process of its own, for its test. It measures nothing worth reading.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchReport } from './report.ts';

export const runBench = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('./bench.ts', import.meta.url)), ...args], {
    encoding: 'utf8',
  });

/** The report of one round. Throws with what the benchmark said instead. */
export function shortRun(name: string, seconds: number): BenchReport & { details: any } {
  const { stdout, stderr } = runBench(name, '--json', '--rounds', '1', '--seconds', String(seconds));
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout)[0];
}

/** Whether each of the last `count` targets, those that are exact, is what was measured. */
export const kept = ({ targets }: BenchReport, count: number): boolean[] =>
  targets.slice(-count).map(({ target, measured }) => measured === target);
