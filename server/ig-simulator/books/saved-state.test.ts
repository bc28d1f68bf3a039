import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { marketOrder, testSimulator } from '../../testing/test-simulator.ts';
import { seededRandom } from '../random.ts';
import { openState } from './saved-state.ts';

type Options = Parameters<typeof testSimulator>[0];
/** The same requests at the same instants; `from` and `to` pick a part of them. */
async function deal(options: Options, from = 0, to = 6) {
  const clock = createManualClock();
  clock.advance(from * 1_000);
  const simulator = await testSimulator({ clock, ...options });
  const requests = [
    () => simulator.open({}),
    () => simulator.open({ epic: 'IX.D.FTSE.IFE.IP', currencyCode: 'GBP', stopDistance: 15 }),
    () => simulator.open({ direction: 'SELL', dealReference: 'mine' }),
    () => simulator.open({ size: 0.1 }),
    () => simulator.open({ forceOpen: false, direction: 'SELL', size: 2 }),
    () => simulator.open({ epic: marketOrder.epic, limitDistance: 12 }),
  ];
  for (const request of requests.slice(from, to)) {
    expect((await request()).status).toBe(200);
    clock.advance(1_000);
  }
  return simulator;
}

test('the same seed and the same commands give the same hash, another seed or another command another one', async () => {
  const hashes: string[] = [];
  for (const [options, to] of [
    [{ seed: 'one' }, 6],
    [{ seed: 'one' }, 6],
    [{ seed: 'two' }, 6],
    [{ seed: 'one' }, 5],
  ] as [Options, number][]) {
    await using simulator = await deal(options, 0, to);
    hashes.push(simulator.save().hash);
  }
  expect(hashes[1]).toBe(hashes[0]);
  expect(new Set(hashes).size).toBe(3);
});

test('they give it in another process as well: chance comes of the seed alone', async () => {
  const urlOf = (name: string) => pathToFileURL(path.join(import.meta.dirname, name)).href;
  const script = `
    const { createManualClock } = await import(${JSON.stringify(urlOf('../../testing/manual-clock.ts'))});
    const { testSimulator } = await import(${JSON.stringify(urlOf('../../testing/test-simulator.ts'))});
    const simulator = await testSimulator({ clock: createManualClock(), seed: 'one' });
    await simulator.open({});
    await simulator.open({ direction: 'SELL' });
    console.log(simulator.save().hash);
    await simulator[Symbol.asyncDispose]();
  `;
  const run = async () =>
    (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).stdout.trim();
  const [first, second] = await Promise.all([run(), run()]);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
  expect(Buffer.from(seededRandom('one')(8)).toString('hex')).toBe('99647fd1d0412b7e');
});

test('a loaded state knows every reference it ever dealt under, however long ago', async () => {
  const count = 150; // history is kept in pieces of 64
  await using first = await testSimulator({ clock: createManualClock() });
  for (let n = 0; n < count; n++)
    expect((await first.open({ size: 0.1, dealReference: `ref-${n}` })).status).toBe(200);
  const saved: unknown = JSON.parse(JSON.stringify(first.save()));
  await using loaded = await testSimulator({ clock: createManualClock(), begin: saved });
  const outcomes = async (simulator: typeof first) => {
    const seen: unknown[] = [];
    for (const n of [0, 1, 63, 64, 65, 100, count - 1]) {
      const { dealReference } = (await simulator.open({ size: 0.1, dealReference: `ref-${n}` })).body as {
        dealReference: string;
      };
      const confirm = (await simulator.read(`/confirms/${dealReference}`)).body as Record<string, unknown>;
      seen.push([confirm['dealStatus'], confirm['reason']]);
    }
    return seen;
  };
  const before = await outcomes(first);
  expect(new Set(before.map((each) => JSON.stringify(each)))).toEqual(
    new Set(['["REJECTED","DUPLICATE_ORDER_ERROR"]']),
  );
  expect(await outcomes(loaded)).toEqual(before);
});

test('a state saved, written as text and loaded has the same hash, and what follows is as if nothing had come between', async () => {
  await using whole = await deal({});
  await using first = await deal({}, 0, 3);
  const saved: unknown = JSON.parse(JSON.stringify(first.save()));
  {
    const clock = createManualClock();
    clock.advance(3_000);
    await using loaded = await testSimulator({ clock, begin: saved });
    expect(loaded.save()).toMatchObject({ hash: first.save().hash, seed: 'test' });
    expect((await loaded.read('/positions', 2)).body).toEqual((await first.read('/positions', 2)).body);
  }
  await using rest = await deal({ begin: saved }, 3);
  expect(rest.save().hash).toBe(whole.save().hash);
});

test('a loaded state is kept on the disk: a restart finds it and what followed; another one is refused', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'saved-'));
  try {
    await using first = await deal({}, 0, 3);
    const saved = first.save();
    const after = await deal({ begin: saved, dataDir }, 3);
    const { hash } = after.save();
    await after.stop();
    await using again = await testSimulator({ clock: createManualClock(), dataDir });
    expect(again.save().hash).toBe(hash);
    await again.stop();
    await expect(testSimulator({ clock: createManualClock(), dataDir, begin: saved })).rejects.toThrow(
      'holds another state already',
    );
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test('what is no saved state of this seed is refused with what to change', async () => {
  await using simulator = await deal({}, 0, 2);
  const saved = JSON.parse(JSON.stringify(simulator.save())) as {
    seed: string;
    state: { accounts: Record<string, { cash: string }> };
  };
  expect(() => openState({ ...saved, seed: 'other' }, 'test')).toThrow('seed "other"');
  expect(() => openState({ ...saved, format: 1 }, 'test')).toThrow('format 1');
  expect(() => openState([], 'test')).toThrow('no saved state');
  expect(() => openState({ ...saved, state: { decisions: 1, accounts: { A: 5 } } }, 'test')).toThrow(
    'the file was changed',
  );
  saved.state.accounts['ABC12']!.cash = '1000000';
  expect(() => openState(saved, 'test')).toThrow('the file was changed');
});
