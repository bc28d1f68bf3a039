import { describe, expect, test } from 'vitest';
import type { Tick } from '../../shared/market-data.ts';
import * as build from '../testing/build.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import type { ClientSocket } from '../trpc/context.ts';
import { createBacklog, createLane } from './conflate.ts';
import { defaultHubLimits } from './limits.ts';
import { createPulledOutlet } from './pulled.ts';
import { toTickText } from './wire-text.ts';

let n = 0;
const quote = (epic: string) =>
  toTickText(build.tick({ epic, seq: ++n, at: new Date(n), receivedAt: new Date(n) }));

describe('a backlog', () => {
  test('keeps everything in order up to its bound, then the latest per epic in the order they came', () => {
    const backlog = createBacklog(3);
    const [a, b, a2, c, a3] = ['A', 'B', 'A', 'C', 'A'].map(quote) as [
      ReturnType<typeof quote>,
      ...ReturnType<typeof quote>[],
    ];
    for (const each of [a, b, a2]) backlog.add(each!);
    expect(backlog.take()).toEqual([a, b, a2]);
    for (const each of [a, b, a2, c, a3]) backlog.add(each!);
    expect(backlog.take()).toEqual([b, c, a3]);
    expect(backlog.size).toBe(0);
    for (let i = 0; i < 10_000; i++) backlog.add(quote('ABCDE'[i % 5]!));
    expect(backlog.size).toBe(5);
  });
});

/** A socket whose other side reads only when told. */
function slowSocket() {
  const waiting: { text: string; flushed?: () => void }[] = [];
  const closed: number[] = [];
  const sent: string[] = [];
  const socket: ClientSocket = {
    get bufferedAmount() {
      return waiting.reduce((sum, { text }) => sum + text.length, 0);
    },
    open: true,
    send(text, flushed) {
      sent.push(text);
      waiting.push({ text, ...(flushed && { flushed }) });
    },
    sendShared: (opening, rest, flushed) => socket.send(opening + rest.text, flushed),
    close: (code) => void closed.push(code),
    takeStarted: () => undefined,
  };
  return { socket, sent, closed, read: () => waiting.splice(0).forEach(({ flushed }) => flushed?.()) };
}
const trpc = (opening: string) => ({ form: 'trpc', opening }) as const;
const ticksOf = (text: string) =>
  (JSON.parse(text).result.data.json as Tick[]).map(({ epic, seq }) => `${epic}${seq}`);

describe('a lane', () => {
  const setUp = () => {
    const clock = createManualClock();
    const side = slowSocket();
    let holds = 0;
    const lane = createLane(side.socket, {
      clock,
      limits: { ...defaultHubLimits, backlogBytes: 1_000, stalledAfterMs: 15_000 },
      onHold: () => holds++,
    });
    return { clock, ...side, lane, holds: () => holds };
  };
  const send = (outlet: ReturnType<ReturnType<typeof setUp>['lane']['outlet']>, epic: string) => {
    const each = quote(epic);
    outlet.one(each);
    return `${epic}${each.tick.seq}`;
  };

  test('sends every tick while the client keeps up', () => {
    const { lane, sent, read, holds } = setUp();
    const outlet = lane.outlet(trpc('{"id":1,'));
    const made = Array.from({ length: 500 }, (_, i) => {
      read();
      return send(outlet, 'AB'[i % 2]!);
    });
    expect(sent.flatMap(ticksOf)).toEqual(made);
    expect(holds()).toBe(0);
  });

  test('holds the latest per epic of each subscription while too much is unread, and sends it as one array when read', () => {
    const { lane, sent, read, socket } = setUp();
    const [one, two] = [lane.outlet(trpc('{"id":1,')), lane.outlet(trpc('{"id":2,'))];
    let last: string[] = [];
    for (let i = 0; i < 1_000; i++) last = [send(one, 'A'), send(one, 'B'), send(two, 'A')];
    const before = sent.length;
    expect(socket.bufferedAmount).toBeLessThan(2_000);
    read();
    expect(sent.slice(before).map((text) => [JSON.parse(text).id, ticksOf(text)])).toEqual([
      [1, last.slice(0, 2)],
      [2, last.slice(2)],
    ]);
    expect(lane.holding).toBe(false);
    const next = send(one, 'A');
    expect(ticksOf(sent.at(-1)!)).toEqual([next]);
  });

  test('a snapshot that comes while it holds is sent whole when the client reads, empty or not', () => {
    const { lane, sent, read } = setUp();
    const [one, two, three] = [
      lane.outlet(trpc('{"id":1,')),
      lane.outlet(trpc('{"id":2,')),
      lane.outlet(trpc('{"id":3,')),
    ];
    while (!lane.holding) send(one, 'A');
    const before = sent.length;
    two.many([quote('X'), quote('Y')]);
    three.many([]);
    expect(sent).toHaveLength(before);
    read();
    expect(sent.slice(before).map((text) => [JSON.parse(text).id, ticksOf(text).length])).toEqual([
      [2, 2],
      [3, 0],
    ]);
  });

  test('closes a client that takes nothing for 15 s with 4490, and no client that takes something', () => {
    const { lane, clock, closed, read } = setUp();
    const outlet = lane.outlet(trpc('{"id":1,'));
    for (let round = 0; round < 3; round++) {
      while (!lane.holding) send(outlet, 'A');
      clock.advance(14_999);
      read();
    }
    expect(closed).toEqual([]);
    while (!lane.holding) send(outlet, 'A');
    clock.advance(15_000);
    expect(closed).toEqual([4490]);
  });
});

describe('a reader', () => {
  test('gets what came meanwhile as one array, in order, and the latest per epic beyond its bound', async () => {
    const reader = createPulledOutlet(4);
    const waiting = reader.next();
    const all = ['A', 'B', 'A', 'B'].map(quote);
    for (const each of all) reader.one(each);
    expect((await waiting).value).toEqual([all[0]]);
    expect((await reader.next()).value).toEqual(all.slice(1));
    const many = Array.from({ length: 100 }, (_, i) => quote('AB'[i % 2]!));
    for (const each of many) reader.one(each);
    expect((await reader.next()).value).toEqual(many.slice(-2));
    reader.many([]);
    expect(await reader.next()).toEqual({ done: false, value: [] });
  });

  test('that ends answers done, or its error once and then done', async () => {
    const reader = createPulledOutlet(4);
    const waiting = reader.next();
    reader.end();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const failed = createPulledOutlet(4);
    failed.one(quote('A'));
    failed.end(new Error('gone'));
    await expect(failed.next()).rejects.toThrow('gone');
    expect((await failed.next()).done).toBe(true);
  });
});
