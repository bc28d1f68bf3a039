// Faults of the streams, line by line.
import { afterEach, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { rawStream } from '../../testing/raw-stream.ts';
import { marketOrder, testSimulator } from '../../testing/test-simulator.ts';
import type { FaultSetting } from '../faults/settings.ts';
import { defaultKeepaliveMs } from './requests.ts';

const epic = marketOrder.epic;
const other = 'CS.D.EURUSD.CFD.IP';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
async function world(faults: FaultSetting[] = []) {
  const clock = createManualClock();
  const simulator = await testSimulator({ clock, faults });
  cleanups.push(() => simulator.stop());
  const connect = async (account?: string) => {
    const stream = await rawStream(simulator, account);
    cleanups.push(() => stream[Symbol.dispose]());
    return stream;
  };
  return { clock, simulator, connect, hits: () => simulator.faults()[0]!.hits };
}
const idOf = (conok: string) => conok.split(',')[1]!;
const recovery = (id: string, from: number) => ({
  LS_session: id,
  LS_polling: 'true',
  LS_idle_millis: '0',
  LS_recovery_from: String(from),
});

test.each([
  [65, 'Unsupported protocol version: 2.5.0'],
  [5, 'Server overloaded'],
  [6, 'Credentials cannot be checked now'],
  [1, 'User/password check failed'],
])('create-refused: CONERR %i over WebSocket and HTTP, as often as asked', async (code, text) => {
  const { connect } = await world([{ name: 'create-refused', code, count: 2 }]);
  const stream = await connect();
  expect(await stream.create()).toBe(`CONERR,${code},${text}`);
  expect(await stream.post('create_session', {})).toEqual([`CONERR,${code},${text}`]);
  expect(await (await connect()).create()).toMatch(/^CONOK/);
});

test('create-refused may be random, and the same at every run', async () => {
  const answers = async (seed: string) => {
    const { connect } = await world([{ name: 'create-refused', probability: 0.5, seed }]);
    const stream = await connect();
    const lines: string[] = [];
    for (let i = 0; i < 20; i++)
      lines.push(
        (await stream.post('create_session', { LS_polling: 'true', LS_idle_millis: '0' }))[0]!.split(',')[0]!,
      );
    return lines.join();
  };
  const first = await answers('a');
  expect(first).toMatch(/CONOK.*CONERR|CONERR.*CONOK/);
  expect([await answers('a'), (await answers('b')) === first]).toEqual([first, false]);
});

test.each([4, 20])('recovery-refused: a recovery gets CONERR %i, a plain bind does not', async (code) => {
  const { simulator, connect } = await world();
  const stream = await connect();
  const id = idOf(await stream.create());
  await stream.prices(epic);
  simulator.setFaults([
    { name: 'stream-drop' },
    { name: 'recovery-refused', code, accountId: 'ABC12', count: 1 },
  ]);
  await stream.until(stream.isClosed);
  expect(
    (await stream.post('bind_session', recovery(id, 0))).map((line) => line.split(',').slice(0, 2).join()),
  ).toEqual([`CONERR,${code}`]);
  expect(await stream.post('bind_session', recovery(id, 0))).toContain('PROG,0');
  expect(
    (await stream.post('bind_session', { LS_session: id, LS_polling: 'true', LS_idle_millis: '0' }))[0],
  ).toMatch(/^CONOK/);
});

test('stream-drop: once and now, recoverable; with recoverable false the session is forgotten', async () => {
  const { simulator, connect } = await world();
  for (const recoverable of [true, false]) {
    const stream = await connect();
    const id = idOf(await stream.create());
    const prices = await stream.prices(epic);
    simulator.setFaults([{ name: 'stream-drop', recoverable }]);
    await stream.until(stream.isClosed);
    expect(stream.lines.some((line) => /^(LOOP|END)/.test(line))).toBe(false);
    const again = await stream.post('bind_session', recovery(id, 0));
    expect(again.at(recoverable ? 4 : 0)).toMatch(recoverable ? /^PROG,0$/ : /^CONERR,20,/);
    expect([prices.length, simulator.faults()[0]!.hits, simulator.stats().streams]).toEqual([
      1,
      1,
      recoverable ? 1 : 0,
    ]);
    simulator.setFaults([{ name: 'stream-drop', recoverable: false }]);
  }
});

test('stream-drop every so often, as often as asked and of the account asked, at seeded times', async () => {
  const times = async (seed: string) => {
    const { clock, simulator, connect, hits } = await world([
      { name: 'stream-drop', accountId: 'ABC12', ms: [1_000, 9_000], count: 3, seed },
    ]);
    const seen: number[] = [];
    for (let second = 0; second < 40; second++) {
      const stream = seen.length < 3 ? await connect() : undefined;
      await stream?.create();
      const before = hits();
      clock.advance(1_000);
      if (hits() > before) {
        seen.push(second);
        await stream!.until(stream!.isClosed);
      } else expect(stream?.isClosed() ?? false).toBe(false);
    }
    expect([seen.length, simulator.faults()[0]!.hits]).toEqual([3, 3]);
    return seen.join();
  };
  const first = await times('a');
  expect([await times('a'), (await times('b')) === first]).toEqual([first, false]);
});

test('a pulse of another account leaves a stream alone', async () => {
  const { simulator, connect } = await world();
  const stream = await connect();
  await stream.create();
  simulator.setFaults([
    { name: 'stream-drop', accountId: 'XYZ99' },
    { name: 'stream-end', accountId: 'XYZ99' },
    { name: 'stream-loop', accountId: 'XYZ99' },
  ]);
  await stream.prices(epic);
  expect(stream.lines.filter((line) => /^(LOOP|END)/.test(line))).toEqual([]);
});

test('stream-loop asks to bind again, and the session goes on where it was', async () => {
  const { simulator, connect } = await world();
  const stream = await connect();
  await stream.create();
  const prices = await stream.prices(epic);
  simulator.setFaults([{ name: 'stream-loop' }]);
  await stream.line(/^LOOP,0$/);
  stream.send('bind_session', 'LS_keepalive_millis=5000');
  await stream.line(/^CONOK/);
  await stream.prices(other);
  expect(prices.length).toBe(1);
});

test.each([
  [48, 'Maximum age reached'],
  [31, 'Destroy invoked by client'],
  [32, 'Closed by the server'],
  [35, 'Another session was opened'],
])('stream-end: END %i, then the connection closes', async (code, text) => {
  const { simulator, connect } = await world();
  const stream = await connect();
  await stream.create();
  simulator.setFaults([{ name: 'stream-end', code }]);
  expect(await stream.line(/^END/)).toBe(`END,${code},${text}`);
  await stream.until(stream.isClosed);
  expect(simulator.stats().streams).toBe(0);
});

test('mute: updates are swallowed and never repeated, PROBEs go on; of one market only when it is named', async () => {
  const { clock, simulator, connect, hits } = await world();
  const stream = await connect();
  await stream.create();
  const [muted, loud] = [await stream.prices(epic), await stream.prices(other)];
  simulator.setFaults([
    { name: 'mute', epic },
    { name: 'mute', accountId: 'XYZ99' },
  ]);
  clock.advance(10_000);
  await stream.until(() => loud.length > 5);
  expect([muted.length, hits() > 5]).toEqual([1, true]);
  simulator.setFaults([{ name: 'mute', accountId: 'ABC12' }]);
  const before = loud.length;
  clock.advance(2 * defaultKeepaliveMs);
  await stream.line(/^PROBE$/);
  expect([muted.length, loud.length]).toEqual([1, before]);
  simulator.setFaults([]);
  clock.advance(2_000);
  await stream.until(() => muted.length > 1 && loud.length > before);
  expect(Number(muted[1]![3])).toBeGreaterThan(clock.now().getTime() - 2_000);
});

test('mute may lose single updates at random, what comes is whole, and it ends by itself after its time', async () => {
  const { clock, simulator, connect, hits } = await world();
  const stream = await connect();
  await stream.create();
  const prices = await stream.prices(epic);
  simulator.setFaults([{ name: 'mute', probability: 0.5, ms: [20_000, 20_000] }]);
  const instants: number[] = [];
  for (let i = 0; i < 40; i++) {
    clock.advance(1_000);
    instants.push(hits());
  }
  const lost = hits();
  expect(instants.slice(20).every((count) => count === lost)).toBe(true);
  await stream.prices(other); // all before it was heard
  expect(lost).toBeGreaterThan(10);
  expect(prices.length).toBeGreaterThan(lost);
  for (const [bid, offer, flag, at] of prices)
    expect([Number(offer) - Number(bid) < 0.0003, flag?.trim(), Number(at) > 0]).toEqual([
      true,
      'DEAL',
      true,
    ]);
});

test('mute without keepalives: not even a PROBE comes', async () => {
  const { clock, simulator, connect } = await world();
  const stream = await connect();
  await stream.create();
  await stream.line(/^CONS/);
  simulator.setFaults([{ name: 'mute', keepalives: false }]);
  const before = stream.lines.length;
  clock.advance(5 * defaultKeepaliveMs);
  simulator.setFaults([]);
  clock.advance(defaultKeepaliveMs);
  await stream.line(/^PROBE$/);
  expect(stream.lines.length).toBe(before + 1);
});

test('stalled-socket: nothing is read, nothing written, nothing closed; afterwards all that was held comes', async () => {
  const { clock, simulator, connect } = await world();
  const stream = await connect();
  await stream.create();
  const prices = await stream.prices(epic);
  simulator.setFaults([{ name: 'stalled-socket' }]);
  const before = stream.lines.length;
  stream.send('wsok');
  const late = await connect(); // TCP and upgrade are taken, its words are not
  late.send('wsok');
  const posted = fetch(
    `${simulator.baseUrl.replace('/gateway/deal', '/lightstreamer')}/create_session.txt?LS_protocol=TLCP-2.5.0`,
    { method: 'POST', signal: AbortSignal.timeout(300) },
  ).then(
    () => 'answered',
    () => 'silence',
  );
  for (let i = 0; i < 10; i++) {
    clock.advance(defaultKeepaliveMs);
    await simulator.read('/positions', 2); // REST goes on
  }
  expect(await posted).toBe('silence');
  expect([stream.lines.length, late.lines.length, stream.isClosed(), late.isClosed()]).toEqual([
    before,
    0,
    false,
    false,
  ]);
  simulator.setFaults([]);
  await stream.line(/^WSOK$/);
  await late.line(/^WSOK$/);
  expect(prices.length).toBeGreaterThan(20); // held, not lost
});

test('stalled-socket ends by itself after its time', async () => {
  const { clock, simulator, connect } = await world();
  const stream = await connect();
  simulator.setFaults([{ name: 'stalled-socket', ms: [5_000, 5_000] }]);
  stream.send('wsok');
  await simulator.read('/positions', 2);
  expect(stream.lines).toEqual([]);
  clock.advance(5_001);
  await stream.line(/^WSOK$/);
});
