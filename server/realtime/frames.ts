// Prepared WebSocket frames: a text that goes to many sockets is framed once. Everything this relies on in ws is in this file.
import type { Duplex } from 'node:stream';
import * as ws from 'ws';
import type { Clock } from '../lib/clock.ts';
import type { SharedText } from '../trpc/context.ts';

interface FrameOptions {
  fin: boolean;
  opcode: number;
  mask: boolean;
  readOnly: boolean;
  rsv1: boolean;
}
/** `Sender` is exported by ws and documented in its source, but missing from its types. */
const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] } };
const textFrame: FrameOptions = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
const frameOf = (text: string) => Buffer.concat(Sender.frame(Buffer.from(text), textFrame));

/**
 * Writes messages to the streams that WebSockets were made on (of the HTTP server's `upgrade`; without compression, or ws might hold a
 * frame back). `flushed` runs once a message has left the process, or failed. The caller knows that the socket is open.
 */
export interface FrameWriter {
  write(stream: Duplex, text: string, flushed?: () => void): void;
  /** `opening` and `rest` as one message. */
  writeShared(stream: Duplex, opening: string, rest: SharedText, flushed?: () => void): void;
}

/** Bytes a stream may gather before they are handed on: a burst must not look like a backlog. */
const corkedBytes = 16 * 1024;
/** Shorter rests than this are not taken: timers have this grain. */
const shortestRestMs = 1;
/** What a price waits at most because this process is busy writing. */
const longestRestMs = 40;
/** Openings of which a text keeps the frame: clients number their requests, so most use the same few. */
const framesKept = 64;

/**
 * A system call per socket is most of what a price costs, so what a socket gets in one turn is one write; and writing is followed by a
 * rest as long as it took, in which what comes is gathered: as load grows messages travel together, and half of the process stays free.
 * At low load nothing waits.
 */
export function createFrameWriter(clock: Pick<Clock, 'monotonicMs' | 'after'>): FrameWriter {
  let corked: Duplex[] = [];
  let restsUntilMs = 0;

  function uncorkAll() {
    const streams = corked;
    corked = [];
    const startMs = clock.monotonicMs();
    for (const stream of streams) stream.uncork();
    // After what each stream does when its write is done.
    process.nextTick(() => {
      const endMs = clock.monotonicMs();
      restsUntilMs = Math.min(Math.max(restsUntilMs, startMs) + 2 * (endMs - startMs), endMs + longestRestMs);
    });
  }
  function schedule() {
    const restMs = restsUntilMs - clock.monotonicMs();
    if (restMs < shortestRestMs) process.nextTick(uncorkAll);
    else clock.after(restMs, uncorkAll);
  }
  function put(stream: Duplex, frame: Buffer, flushed: (() => void) | undefined) {
    if (stream.writableCorked === 0) {
      stream.cork();
      if (corked.length === 0) schedule();
      corked.push(stream);
    }
    stream.write(frame, flushed);
    if (stream.writableLength > corkedBytes) {
      stream.uncork();
      stream.cork();
    }
  }
  return {
    write: (stream, text, flushed) => put(stream, frameOf(text), flushed),
    writeShared(stream, opening, rest, flushed) {
      let frame = rest.frames.get(opening);
      if (!frame) {
        frame = frameOf(opening + rest.text);
        if (rest.frames.size < framesKept) rest.frames.set(opening, frame);
      }
      put(stream, frame, flushed);
    },
  };
}
