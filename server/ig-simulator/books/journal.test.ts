import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger as logger } from '../../lib/logger.ts';
import { stateHash, stateText } from '../engine/state-text.ts';
import { emptyState, evolve } from '../engine/state.ts';
import { createWorld, eurusd } from '../engine/test-world.ts';
import type { Decision } from '../engine/decisions.ts';
import type { State } from '../engine/types.ts';
import { createJournal, DamagedJournal } from './journal.ts';
import { noted } from '../../testing/leftovers.ts';
import { temporaryFolder } from '../../testing/processes.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'journal-'));
});
afterEach(() => rm(dir, { recursive: true }));
const file = (folder = dir) => path.join(folder, 'journal.jsonl');

/** Entries as a desk would append them: accounts, opens with stops, closes, a tick that hits some. */
function entries(count: number): (readonly Decision[])[] {
  const world = createWorld();
  const all: (readonly Decision[])[] = [world.log.slice()];
  const add = (decisions: readonly Decision[]) => decisions.length > 0 && all.push(decisions);
  for (let i = 0; all.length < count; i++) {
    const opened = world.open({
      dealReference: `ref-${i}`,
      direction: i % 2 ? 'SELL' : 'BUY',
      stopDistance: '50',
    });
    add([opened]);
    if (i % 3 === 1) add([world.close(opened.dealId, { direction: i % 2 ? 'BUY' : 'SELL' })]);
    if (i % 7 === 6) for (const bid of ['1.16', '1.18', '1.17']) add(world.set(eurusd, bid, `${bid}006`));
  }
  return all.slice(0, count);
}
const fold = (all: readonly (readonly Decision[])[]): State => all.flat().reduce(evolve, emptyState);
async function write(all: readonly (readonly Decision[])[], folder = dir) {
  const journal = createJournal({ dir: folder, logger });
  await journal.load();
  for (const decisions of all) await journal.append(decisions);
  await journal.close();
}
async function load(folder = dir) {
  const journal = createJournal({ dir: folder, logger });
  try {
    const { state, n } = await journal.load();
    return { hash: stateHash(state), n };
  } finally {
    await journal.close();
  }
}

test('what was appended is there after a restart, and appending goes on', async () => {
  const all = entries(40);
  await write(all.slice(0, 25));
  expect(await load()).toEqual({ n: 25, hash: stateHash(fold(all.slice(0, 25))) });
  await write(all.slice(25));
  expect(await load()).toEqual({ n: 40, hash: stateHash(fold(all)) });
});

test('a write torn at any byte loads as the last synced state, and appending goes on from there', async () => {
  const all = entries(6);
  await write(all.slice(0, 5));
  const { length: before } = await readFile(file());
  await write(all.slice(5));
  const full = await readFile(file());
  const torn = path.join(dir, 'torn');
  const [synced, whole] = [stateHash(fold(all.slice(0, 5))), stateHash(fold(all))];
  await mkdir(torn);
  for (let at = before; at <= full.length; at++) {
    await writeFile(file(torn), full.subarray(0, at));
    expect(await load(torn), `cut at ${at}`).toEqual(
      at === full.length ? { n: 6, hash: whole } : { n: 5, hash: synced },
    );
    if (at % 100 === 0) {
      await write(all.slice(5), torn);
      expect(await load(torn)).toEqual({ n: 6, hash: whole });
    }
  }
});

test('a damaged, missing or doubled line in the middle is an error that names the place, and nothing is cut', async () => {
  await write(entries(6));
  const lines = (await readFile(file(), 'utf8')).split(/(?<=\n)/);
  const cases: [string, string[]][] = [
    ['a digit', lines.with(2, lines[2]!.replace('"size":"1"', '"size":"7"'))],
    ['half a line', lines.with(2, `${lines[2]!.slice(0, 50)}\n`)],
    ['a missing line', lines.toSpliced(2, 1)],
    ['a doubled line', lines.toSpliced(2, 0, lines[2]!)],
    ['a bad last line that was finished', lines.with(5, lines[5]!.replace('"at":"2026', '"at":"2027'))],
    ['an empty line', lines.toSpliced(2, 0, '\n')],
  ];
  for (const [what, damaged] of cases) {
    await writeFile(file(), damaged.join(''));
    await expect(load(), what).rejects.toThrow(/entry at byte \d+ is damaged or out of order/);
    expect(await readFile(file(), 'utf8')).toBe(damaged.join(''));
  }
});

test('snapshot and tail equal the full replay; a broken snapshot is passed over, a journal shorter than its snapshot is refused', async () => {
  const all = entries(2_300);
  const journal = createJournal({ dir, logger });
  await journal.load();
  for (let i = 0; i < all.length; i += 50)
    await Promise.all(all.slice(i, i + 50).map((decisions) => journal.append(decisions)));
  await journal.close();
  const wanted = { n: 2_300, hash: stateHash(fold(all)) };
  const snapshots = (await readdir(dir)).filter((name) => name.startsWith('snapshot')).sort();
  expect(snapshots).toEqual(['snapshot-000000001000.json', 'snapshot-000000002000.json']);
  expect(await load()).toEqual(wanted);

  const newest = path.join(dir, snapshots[1]!);
  const text = await readFile(newest, 'utf8');
  for (const broken of [
    text.slice(0, -100),
    text.replace('"size":"1"', '"size":"2"'),
    '',
    text.replace('"format":1', '"format":0'),
  ]) {
    await writeFile(newest, broken);
    expect(await load()).toEqual(wanted);
  }
  for (const name of snapshots) await rm(path.join(dir, name));
  expect(await load()).toEqual(wanted);

  await writeFile(newest, text);
  await truncate(file(), 1_000);
  await expect(load()).rejects.toThrow(DamagedJournal);
});

test('a journal begun from a saved state keeps it, however many snapshots follow; when none of them can be read it says so', async () => {
  const all = entries(3_101);
  const begin = fold(all.slice(0, 1));
  const journal = createJournal({ dir, logger });
  await journal.load();
  await journal.adopt(begin);
  for (let i = 1; i < all.length; i += 50)
    await Promise.all(all.slice(i, i + 50).map((decisions) => journal.append(decisions)));
  await journal.close();
  const whole = { n: all.length - 1, hash: stateHash(fold(all)) };
  expect(await load()).toEqual(whole);
  const names = (await readdir(dir)).filter((name) => name.startsWith('snapshot-')).sort();
  expect(names.map((name) => Number(/\d+/.exec(name)![0]))).toEqual([
    0,
    expect.any(Number),
    expect.any(Number),
  ]);
  const older = stateText(emptyState); // of a format of long ago, whole in itself
  const end = { format: 1, n: 0, offset: 0, hash: createHash('sha256').update(older).digest('hex') };
  for (const name of names.slice(1))
    await writeFile(path.join(dir, name), `${older}\n${JSON.stringify(end)}\n`);
  expect(await load()).toEqual(whole);
  await writeFile(path.join(dir, names[0]!), 'x');
  await expect(load()).rejects.toThrow(DamagedJournal);
  await rm(file());
  await expect(load()).rejects.toThrow('begun from a saved state');
});

test('appends that wait together are synced together, in order', async () => {
  const all = entries(500);
  const journal = createJournal({ dir, logger });
  await journal.load();
  const order: number[] = [];
  await Promise.all(all.map((decisions, i) => journal.append(decisions).then(() => order.push(i))));
  expect(order).toEqual(all.map((_, i) => i));
  expect(journal.stats()).toEqual({ n: 500, syncs: 1 });
  await journal.close();
  expect(await load()).toEqual({ n: 500, hash: stateHash(fold(all)) });
});

test('a group that forms while another is being synced is the next one, and nobody is told before', async () => {
  const all = entries(60);
  const journal = createJournal({ dir, logger });
  await journal.load();
  const acknowledged: Promise<void>[] = [];
  let decided = 0;
  for (const decisions of all) {
    const upTo = (decided += decisions.length);
    acknowledged.push(
      journal.append(decisions).then(async () => {
        expect(journal.synced().decisions).toBeGreaterThanOrEqual(upTo);
        expect((await readFile(file(), 'utf8')).includes(decisions[0]!.dealId)).toBe(true);
      }),
    );
    await Promise.resolve();
    expect(journal.synced().decisions).toBeLessThan(upTo);
  }
  await Promise.all(acknowledged);
  expect(journal.stats().syncs).toBeLessThan(all.length);
  await journal.close();
  await expect(journal.append(all[0]!)).rejects.toThrow('not open');
});

test('nothing is acknowledged before the disk has synced it, and a sync that fails is no acknowledgement', async () => {
  const all = entries(2);
  const journal = createJournal({ dir, logger });
  await journal.load();
  const syncs: PromiseWithResolvers<void>[] = [];
  const handle = await open(file(), 'r');
  const every = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const spy = vi.spyOn(every, 'datasync').mockImplementation(() => {
    const sync = Promise.withResolvers<void>();
    syncs.push(sync);
    return sync.promise;
  });
  try {
    let acknowledged = false;
    const first = journal.append(all[0]!).then(() => (acknowledged = true));
    while (syncs.length < 1) await setImmediate();
    expect(await readFile(file(), 'utf8')).toContain('"n":1');
    for (let i = 0; i < 20; i++) await setImmediate();
    expect([acknowledged, journal.synced().decisions]).toEqual([false, 0]);
    syncs[0]!.resolve();
    await first;
    const second = expect(journal.append(all[1]!)).rejects.toThrow('cannot be written');
    while (syncs.length < 2) await setImmediate();
    syncs[1]!.reject(new Error('the disk is gone'));
    await second;
  } finally {
    spy.mockRestore();
  }
  await journal.close();
});

test('what does not fold is refused, nothing of it is written, and the journal takes nothing more', async () => {
  const all = entries(3);
  const journal = createJournal({ dir, logger });
  await journal.load();
  await journal.append(all[0]!);
  await expect(journal.append(all[0]!)).rejects.toThrow('cannot be written');
  await expect(journal.append(all[1]!)).rejects.toThrow('cannot be written');
  await journal.close();
  expect(await load()).toEqual({ n: 1, hash: stateHash(fold(all.slice(0, 1))) });
});

/** Appends 1 to account A for ever, eight at a time; prints how many were acknowledged and writes it to a file, since what is printed may be lost in a process that is killed while its reader is slow. */
const appender = (folder: string, acknowledgedFile: string) => `
  const { appendFileSync } = await import('node:fs');
  const [{ createJournal }, { decide }, { evolve }, { silentLogger }] = await Promise.all(${JSON.stringify(['journal.ts', '../engine/decide.ts', '../engine/state.ts', '../../lib/logger.ts'].map((name) => pathToFileURL(path.join(import.meta.dirname, name)).href))}.map((url) => import(url)));
  const journal = createJournal({ dir: ${JSON.stringify(folder)}, logger: silentLogger });
  let { state, n } = await journal.load();
  const run = async (command) => {
    const decisions = decide(state, command, { now: new Date(), random: (size) => new Uint8Array(size) });
    state = decisions.reduce(evolve, state);
    await journal.append(decisions);
    appendFileSync(${JSON.stringify(acknowledgedFile)}, ++n + '\\n');
    console.log(n);
  };
  if (n === 0) await run({ type: 'createAccount', accountId: 'A', login: 'a', accountType: 'CFD', currency: 'GBP', cash: '0' });
  for (;;) await Promise.all(Array.from({ length: 8 }, () => run({ type: 'adjustCash', accountId: 'A', amount: '1' })));
`;

test('kill -9 of a writing process loses nothing that was acknowledged, again and again', async () => {
  using beside = temporaryFolder('acknowledged');
  const acknowledgedFile = path.join(beside.path, 'all');
  for (const stopAt of [37, 1_300, 2_100]) {
    const child = noted(
      spawn(process.execPath, ['--input-type=module', '-e', appender(dir, acknowledgedFile)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const exited = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout }))
      if (Number(line) >= stopAt) child.kill('SIGKILL');
    expect((await exited)[1]).toBe('SIGKILL');
    const acknowledged = Number((await readFile(acknowledgedFile, 'utf8')).trimEnd().split('\n').at(-1));
    expect(acknowledged).toBeGreaterThanOrEqual(stopAt);
    const journal = createJournal({ dir, logger });
    const { state, n } = await journal.load();
    await journal.close();
    expect(n).toBeGreaterThanOrEqual(acknowledged);
    expect(n).toBeLessThanOrEqual(acknowledged + 8);
    expect(state.accounts.get('A')!.cash).toBe(String(n - 1));
  }
}, 60_000);
