// A process that dies before, during or after any call it makes to deal, whatever the broker does: at most one deal, always decided. Deep form: npm run test:deep.
import { expect, test } from 'vitest';
import { brokerFaults, runCell } from './cells.ts';
import { kindNames } from './kinds.ts';
import { killAtEach } from './kill.ts';
import { createHits, numbersOf, planCells, sampleOf, type PlannedCell } from './table.ts';
import { crashWorld } from './world.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const seed = process.env['FTRADER_SEED'] ?? String((process.pid * 7919) % 100_003);
/** Of the deep runs these many have the next process die as well, at a step of its recovery. */
const secondDeathShare = 0.3;
const recoverySteps = 60;
/** Processes are back within this; it shifts their timers. */
const maxDownMs = 5_000;
/** How long callers wait for a verdict, if they do; every other one does not. */
const waitMs = 1_000;
/** The longest that a user may wait for a verdict, with one death. */
const decidedWithinMs = 60_000;

test.each(kindNames)(
  '%s: dying at any step under any fault leaves at most one deal per intent, and each is decided as the broker booked it',
  { timeout: deep ? 1_800_000 : 90_000 },
  async (kind) => {
    await using world = await crashWorld(seed);
    const random = numbersOf(`${seed}/${kind}`);
    const { cells, problems } = await planCells(world, kind);
    const runs = deep
      ? cells.flatMap((cell) => [
          cell,
          ...(random() < secondDeathShare
            ? [{ ...cell, dieAgainAt: Math.floor(random() * recoverySteps) }]
            : []),
        ])
      : sampleOf(cells, random);
    expect(runs.length).toBeGreaterThan(brokerFaults.length);
    const hits = createHits(runs);
    let [worst, worstCell, died] = [0, '', 0];
    for (const cell of runs) {
      const run = await runCell(world, {
        ...cell,
        downMs: Math.floor(random() * maxDownMs),
        waitMs: random() < 0.5 ? waitMs : 0,
      });
      hits.count(cell, run);
      const name = `${cell.dieAt}, ${cell.fault}${cell.dieAgainAt === undefined ? '' : `, again at ${cell.dieAgainAt}`}`;
      problems.push(...run.problems.map((problem) => `${name}: ${problem}`));
      died += Number(run.died) + Number(run.diedAgain);
      if (run.decidedAfterMs > worst && !run.diedAgain) [worst, worstCell] = [run.decidedAfterMs, name];
    }
    console.log(
      `${kind}: seed ${seed}, ${cells.length} cells, ${runs.length} runs, ${died} deaths, worst time to a verdict ${worst} ms (${worstCell})\n${hits.text()}`,
    );
    expect(problems).toEqual([]);
    expect(hits.empty()).toEqual([]);
    expect(worst).toBeLessThanOrEqual(decidedWithinMs);
  },
);

/** Of all cells these are killed for real. */
const killShare = 0.05;
/** In the short form: decided within seconds, since the broker has booked them or nothing was admitted. */
const shortKills = [
  { kind: 'open', fault: 'lost-confirm', dieAt: 'after commit transaction 2' },
  { kind: 'open', fault: 'accept-then-time-out', dieAt: 'during sendOnce under way 1' },
  { kind: 'open', fault: 'doubled-confirm', dieAt: 'before commit transaction 1' },
  { kind: 'close', fault: 'reset-after', dieAt: 'after sendOnce 1' },
] as const;

test.skipIf(process.platform === 'win32')(
  'a server killed with SIGKILL at steps of its dealing, again and again, comes back and decides each deal as the broker booked it',
  { timeout: deep ? 1_800_000 : 120_000 },
  async () => {
    const random = numbersOf(`${seed}/kill`);
    let cells: readonly Pick<PlannedCell, 'kind' | 'fault' | 'dieAt'>[] = shortKills;
    if (deep) {
      await using world = await crashWorld(seed);
      const planned = [];
      for (const kind of kindNames) planned.push(...(await planCells(world, kind)).cells);
      cells = planned.filter(() => random() < killShare);
    }
    expect(cells.length).toBeGreaterThanOrEqual(shortKills.length);
    const { reports, worstMs } = await killAtEach(cells);
    expect(reports).toHaveLength(cells.length);
    console.log(
      `kill -9: seed ${seed}, ${reports.length} deaths, slowest verdict ${worstMs} ms\n${reports.map(({ cell, diedAt, struck, status, booked }) => `  ${cell.kind}, ${cell.fault} (struck ${struck}), died ${diedAt}: ${status}, ${booked} booked`).join('\n')}`,
    );
    expect(
      reports.flatMap(({ cell, problems }) =>
        problems.map((problem) => `${cell.kind}, ${cell.fault}, ${cell.dieAt}: ${problem}`),
      ),
    ).toEqual([]);
  },
);
