// The crash test of one kind of deal: a process that dies before, during or after any call it makes to deal, whatever the broker does.
// Each kind's is in a file of its own, so that several run at a time. Deep form: npm run test:deep.
import { expect, test } from 'vitest';
import type { DealKindName } from '../../../shared/trading.ts';
import { brokerFaults, runCell } from './cells.ts';
import { createHits, numbersOf, planCells, sampleOf } from './table.ts';
import { crashWorld } from './world.ts';

export const deep = process.env['FTRADER_DEEP'] === '1';
export const seed = process.env['FTRADER_SEED'] ?? String((process.pid * 7919) % 100_003);
/** Of the deep runs these many have the next process die as well, at a step of its recovery. */
const secondDeathShare = 0.3;
const recoverySteps = 60;
/** Processes are back within this; it shifts their timers. */
const maxDownMs = 5_000;
/** How long callers wait for a verdict, if they do; every other one does not. */
const waitMs = 1_000;
/** The longest that a user may wait for a verdict, with one death. */
const decidedWithinMs = 60_000;

/** At most one deal, always decided. */
export const diesAtAnyStep = (kind: DealKindName): void =>
  test(
    `${kind}: dying at any step under any fault leaves at most one deal per intent, and each is decided as the broker booked it`,
    { timeout: deep ? 1_800_000 : 180_000 },
    async () => {
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
