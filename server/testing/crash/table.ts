// Which cells of step × fault there are, a seeded sample of them, and the table of how often each was hit.
import { seededRandom } from '../../ig-simulator/random.ts';
import { brokerFaults, runCell, type Cell, type Run } from './cells.ts';
import type { CrashWorld } from './world.ts';

export interface PlannedCell extends Cell {
  dieAt: string;
}
type Random = () => number;

/** Numbers within [0, 1) that follow from `seed`. */
export function numbersOf(seed: string): Random {
  const bytes = seededRandom(seed);
  return () => bytes(2).reduce((sum, byte) => (sum + byte) / 256, 0);
}
const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!;

/** Every cell of `kind`: the steps are what a run without a death does under each fault. */
export async function planCells(
  world: CrashWorld,
  kind: Cell['kind'],
): Promise<{ cells: PlannedCell[]; problems: string[] }> {
  const cells: PlannedCell[] = [];
  const problems: string[] = [];
  for (const fault of brokerFaults) {
    const run = await runCell(world, { kind, fault });
    if (fault !== 'none' && run.struck !== 1)
      problems.push(`${kind}, ${fault}: it struck ${run.struck} times`);
    problems.push(...run.problems.map((problem) => `${kind}, ${fault}, nobody died: ${problem}`));
    cells.push(...run.steps.map((dieAt) => ({ kind, fault, dieAt })));
  }
  return { cells, problems };
}

/** What the fate of a deal hangs on. No sample is without a death at each of these steps, nor at each kind of them. */
const decisive = /(begin|commit) transaction|sendOnce/;
const decisiveKinds = [
  'before commit',
  'after commit',
  'before sendOnce',
  'during sendOnce',
  'after sendOnce',
];
/** Of the other steps, every so many-th; which ones, chance says. */
const otherSteps = 3;

/** A few of the cells: every decisive step under some fault, every fault where it strikes, and some of the other steps. */
export function sampleOf(cells: readonly PlannedCell[], random: Random): PlannedCell[] {
  // A fault strikes where the request leaves: before that its cell is like any other's.
  const leaving = brokerFaults.map((fault) =>
    cells.find((cell) => cell.fault === fault && cell.dieAt.startsWith('during'))!,
  );
  const rows = [...Map.groupBy(cells, ({ dieAt }) => dieAt)].filter(
    ([step]) => !leaving.some(({ dieAt }) => dieAt === step),
  );
  const [always, others] = [
    rows.filter(([step]) => decisive.test(step)),
    rows.filter(([step]) => !decisive.test(step)),
  ];
  const offset = Math.floor(random() * otherSteps);
  return [
    ...[...always, ...others.filter((_, index) => index % otherSteps === offset)].map(([, row]) =>
      pick(row, random),
    ),
    ...leaving,
  ];
}

export function createHits(planned: readonly PlannedCell[]) {
  const hits = new Map<string, { died: number; struck: number }>(
    planned.map(({ dieAt, fault }) => [`${dieAt}|${fault}`, { died: 0, struck: 0 }]),
  );
  return {
    count({ fault }: Cell, { steps, died, struck }: Run) {
      const cell = died ? hits.get(`${steps.at(-1)}|${fault}`) : undefined;
      if (cell) {
        cell.died++;
        cell.struck += struck;
      }
    },
    /** Planned cells that no run has hit, decisive kinds of step at which none died, and faults that never struck. */
    empty: (): string[] => [
      ...[...hits].filter(([, { died }]) => died === 0).map(([name]) => name),
      ...decisiveKinds.filter(
        (kind) => ![...hits].some(([name, { died }]) => name.startsWith(kind) && died > 0),
      ),
      ...brokerFaults.filter(
        (fault) =>
          fault !== 'none' &&
          ![...hits].some(([name, { struck }]) => name.endsWith(`|${fault}`) && struck > 0),
      ),
    ],
    /** A row a call, a column a fault: deaths before/after (or at) the call, `*` where the fault struck as well, `.` where no such step exists. */
    text(): string {
      const calls = [...new Set([...hits.keys()].map((name) => name.replace(/^\w+ |\|.*$/g, '')))];
      const cellOf = (call: string, fault: string) => {
        const parts = ['before', 'during', 'after'].flatMap(
          (when) => hits.get(`${when} ${call}|${fault}`) ?? [],
        );
        return parts.length === 0
          ? '.'
          : parts.map(({ died, struck }) => `${died}${struck > 0 ? '*' : ''}`).join('/');
      };
      const rows = [
        ['', ...brokerFaults],
        ...calls.map((call) => [call, ...brokerFaults.map((fault) => cellOf(call, fault))]),
      ];
      const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
      return rows
        .map((row) =>
          row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
        )
        .join('\n');
    },
  };
}
