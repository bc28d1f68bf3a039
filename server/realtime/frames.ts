// Prepared WebSocket frames: a text that goes to many sockets is framed once. Everything this relies on in ws is in this file.
import type { Duplex } from 'node:stream';
import * as ws from 'ws';

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

export interface FrameWriter {
  /**
   * Writes `text` as one message to the stream a WebSocket was made on (of the HTTP server's `upgrade`; without compression, or
   * ws might hold a frame back). `flushed` runs once it has left the process, or failed. The caller knows the socket is open.
   */
  write(stream: Duplex, text: string, flushed?: () => void): void;
}

/** Bytes a stream may gather in one turn before they are handed on: a burst must not look like a backlog. */
const corkedBytes = 16 * 1024;

/** Frames the same text once however many sockets it goes to in a row, and gathers what a socket gets in one turn into one write. */
export function createFrameWriter(): FrameWriter {
  let lastText: string | undefined;
  let lastFrame: Buffer = Buffer.alloc(0);
  let corked: Duplex[] = [];
  function uncorkAll() {
    const streams = corked;
    corked = [];
    lastText = undefined;
    for (const stream of streams) stream.uncork();
  }
  return {
    write(stream, text, flushed) {
      if (text !== lastText) {
        lastText = text;
        lastFrame = Buffer.concat(Sender.frame(Buffer.from(text), textFrame));
      }
      if (stream.writableCorked === 0) {
        stream.cork();
        if (corked.length === 0) process.nextTick(uncorkAll);
        corked.push(stream);
      }
      stream.write(lastFrame, flushed);
      if (stream.writableLength > corkedBytes) {
        stream.uncork();
        stream.cork();
      }
    },
  };
}
