// A real server killed with SIGKILL at steps of its dealing; and that no kind of deal is without its file of deaths. Deep form: npm run test:deep.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deep, seed } from './deaths.ts';
import { kindNames } from './kinds.ts';
import { killAtEach } from './kill.ts';
import { numbersOf, planCells, type PlannedCell } from './table.ts';
import { crashWorld } from './world.ts';

test('every kind of deal has a file in which its process dies', () => {
  const fileOf = (kind: string) => path.join(import.meta.dirname, `${kind.replaceAll('_', '-')}.test.ts`);
  expect(kindNames.filter((kind) => !existsSync(fileOf(kind)))).toEqual([]);
});

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
  { timeout: deep ? 1_800_000 : 240_000 }, // so that what is not decided in time is said, instead of a time-out
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
