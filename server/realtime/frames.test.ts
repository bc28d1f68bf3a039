// What is written to streams and when: one write a turn, each text encoded once, and rests that grow with the writing.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { SharedText } from '../trpc/context.ts';
import { createFrameWriter } from './frames.ts';

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));
const shared = (text: string): SharedText => ({ text, frames: new Map() });

/** Streams under a clock that goes on by `writeMs` with each write. */
function setUp({ writeMs = 0 } = {}) {
  let now = 0;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const frames = createFrameWriter({
    monotonicMs: () => now,
    after(ms, run) {
      const timer = { atMs: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  });
  return {
    frames,
    pass(ms: number) {
      now += ms;
      for (const timer of timers)
        if (timer.atMs <= now) {
          timers.delete(timer);
          timer.run();
        }
    },
    /** Each write as the list of chunks it consists of. */
    stream() {
      const writes: Buffer[][] = [];
      const write = (chunks: Buffer[]) => {
        now += writeMs;
        writes.push(chunks);
      };
      const stream = new Writable({
        write: (chunk, _, done) => (write([chunk]), done()),
        writev: (chunks, done) => (write(chunks.map(({ chunk }) => chunk as Buffer)), done()),
      });
      return { stream: stream as never, writes, texts: () => writes.map((each) => each.map(textOf)) };
    },
  };
}
const textOf = (frame: Buffer) => frame.subarray(frame[1]! < 126 ? 2 : frame[1] === 126 ? 4 : 10).toString();

test('what a stream gets in one turn is one write, in order, also with what others write to it meanwhile', async () => {
  const { frames, stream } = setUp();
  const [one, two] = [stream(), stream()];
  frames.write(one.stream, 'a');
  frames.writeShared(one.stream, 'b', shared('c'));
  (one.stream as Writable).write(Buffer.from([0x81, 1, 100]));
  frames.write(one.stream, 'e');
  frames.write(two.stream, 'a');
  expect(one.writes).toEqual([]);
  await nextTick();
  expect(one.texts()).toEqual([['a', 'bc', 'd', 'e']]);
  expect(two.texts()).toEqual([['a']]);
  frames.write(one.stream, 'f');
  await nextTick();
  expect(one.texts().at(-1)).toEqual(['f']);
});

test('a text is encoded once for all streams that open it alike, whatever comes between them', async () => {
  const { frames, stream } = setUp();
  const streams = Array.from({ length: 9 }, stream);
  const rest = shared('"é€😀"');
  streams.forEach((each, n) => frames.writeShared(each.stream, `{"id":${n % 3},`, rest));
  await nextTick();
  expect(new Set(streams.map(({ writes }) => writes[0]![0])).size).toBe(3);
  expect(streams.map(({ writes }) => textOf(writes[0]![0]!))).toEqual(
    streams.map((_, n) => `{"id":${n % 3},"é€😀"`),
  );
});

test('openings beyond those whose frames are kept are written all the same', async () => {
  const { frames, stream } = setUp();
  const rest = shared('x');
  const streams = Array.from({ length: 200 }, stream);
  streams.forEach((each, n) => frames.writeShared(each.stream, `${n}:`, rest));
  await nextTick();
  expect(streams.map(({ texts }) => texts()[0])).toEqual(streams.map((_, n) => [`${n}:x`]));
  expect(rest.frames.size).toBeLessThan(100);
});

test.each([
  [4, 4],
  [100, 40],
])(
  'after writing took %i ms, what comes is gathered for %i ms and then is one write',
  async (writeMs, restMs) => {
    const { frames, stream, pass } = setUp({ writeMs });
    const { stream: to, texts } = stream();
    frames.write(to, 'a');
    await nextTick();
    expect(texts()).toEqual([['a']]);
    for (const text of ['b', 'c']) frames.write(to, text);
    await nextTick();
    pass(restMs - 1);
    frames.write(to, 'd');
    await nextTick();
    expect(texts()).toEqual([['a']]);
    pass(1);
    expect(texts()).toEqual([['a'], ['b', 'c', 'd']]);
  },
);

test('writing that takes little is followed by no rest, and a rest that has passed delays nothing', async () => {
  const { frames, stream, pass } = setUp({ writeMs: 0.4 });
  const { stream: to, texts } = stream();
  for (const text of ['a', 'b']) {
    frames.write(to, text);
    await nextTick();
  }
  expect(texts()).toEqual([['a'], ['b']]);
  pass(50);
  frames.write(to, 'c');
  await nextTick();
  expect(texts()).toEqual([['a'], ['b'], ['c']]);
});

test('a burst is handed on as it comes, and `flushed` runs once its message has left', async () => {
  const { frames, stream } = setUp();
  const { stream: to, writes } = stream();
  const flushed: number[] = [];
  for (let n = 0; n < 10; n++) frames.write(to, 'x'.repeat(5_000), () => flushed.push(n));
  expect(writes.length).toBeGreaterThan(0);
  await nextTick();
  await nextTick();
  expect(writes.flat()).toHaveLength(10);
  expect(flushed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
