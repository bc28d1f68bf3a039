// The table of the simulator's faults: each has its row, here or in the test that its row names. It is printed at the end, to be pasted.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultNames } from '../ig-simulator/faults/table.ts';
import { crashWorld, type CrashWorld } from './crash/world.ts';
import { sufferFault, type Seen } from './fault-run.ts';
import { faultRows, type Elsewhere, type Suffered } from './fault-table.ts';
import { projectRoot } from './processes.ts';

const rows = Object.entries(faultRows) as [keyof typeof faultRows, Suffered | Elsewhere][];
const suffered = rows.filter((row): row is [(typeof row)[0], Suffered] => 'setting' in row[1]);
const elsewhere = rows.filter((row): row is [(typeof row)[0], Elsewhere] => 'file' in row[1]);
const seen: Seen[] = [];
let world: CrashWorld;

beforeAll(async () => {
  world = await crashWorld('faults');
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  const seconds = (ms: number | null) => (ms === null ? '' : `${(ms / 1_000).toFixed(1)} s`);
  console.log(
    [
      '| fault | its user is told | first opening | opening meanwhile | close meanwhile | found after | back after | decided after | lost | doubled |',
      '|---|---|---|---|---|---|---|---|---|---|',
      ...seen.map(
        (row) =>
          `| ${[row.fault, row.told, row.first, row.meanwhile, row.close, seconds(row.foundMs), seconds(row.backMs), seconds(row.decidedMs), row.lost, row.doubled].join(' | ')} |`,
      ),
      ...elsewhere.map(([name, { file, shows }]) => `| ${name} | ${shows}: ${file} | | | | | | | | |`),
    ].join('\n'),
  );
});

test('every fault of the simulator has its row, and a row that names another test names one that has it', () => {
  expect(rows.map(([name]) => name).sort()).toEqual([...faultNames].sort());
  for (const [name, { file, says }] of elsewhere) {
    const at = path.join(projectRoot, file);
    expect([name, existsSync(at) && readFileSync(at, 'utf8').includes(says)]).toEqual([name, true]);
  }
});

test.each(suffered)(
  'through %s no deal is lost or doubled, each is decided, and its user is told what holds up an opening and when that is over',
  async (name, row) => {
    const found = await sufferFault(world, name, row);
    seen.push(found);
    expect(found).toMatchObject({ lost: 0, doubled: 0, meanwhile: row.open });
    expect(found.told).toBe(row.state === null ? 'nothing' : `${row.state}, up`);
    expect(found.close).not.toBe('account_unavailable');
    if (row.close) expect(found.close).toBe(row.close);
  },
  60_000,
);
