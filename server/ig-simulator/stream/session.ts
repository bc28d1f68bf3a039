// One TLCP session: its counted data lines, the replay buffer, and the connection it is bound to, if any.
import type { Clock } from '../../lib/clock.ts';
import type { Login, SimulatorAccount } from '../access/logins.ts';
import { encodeText } from './codec.ts';

/** Data lines kept for recovery, and the most that may wait for a slow client before the session is ended. */
const replayBufferLines = 16_384;
/** Above this much unsent in a socket, lines wait in the replay buffer instead. */
const socketBufferBytes = 262_144;
/** Above this many waiting lines a fast replay holds its breath. */
const busyLines = 1_024;
/** How long a session lives without a connection. */
export const retentionMs = 30_000;
/** A client that promised heartbeats may be late by as many times what it promised; then its connection is broken. */
const inactivityFactor = 2;
/** Head room kept when an HTTP stream nears its content length. */
const contentReserveBytes = 4_096;

/** Where lines go: a WebSocket or the body of one HTTP response. */
export interface StreamConnection {
  send(text: string): void;
  bufferedBytes(): number;
  /** Sends what `LOOP` or `END` completes: an HTTP body is ended; a socket is closed on `END` only. */
  finish(reason: 'loop' | 'end'): void;
  /** Breaks the connection without a word. */
  destroy(): void;
}
export interface Binding {
  connection: StreamConnection;
  polling: boolean;
  /** Keep-alive of a stream, or longest wait of a poll. */
  waitMs: number;
  /** Body length at which an HTTP stream is to be looped. */
  contentLength?: number;
  /** The client promised a request at least so often. */
  inactivityMs?: number;
}
/** Who watches: the login, and the account behind its tokens, which its client id stands for. */
export interface Viewer {
  login: Login;
  account: SimulatorAccount;
}
/** What LS_requested_max_frequency asks for: `unfiltered`, a number of updates a second, or no limit. */
export type Frequency = 'unfiltered' | 'unlimited' | number;
export interface Subscription {
  items: number;
  stop(): void;
  /** False when it cannot be changed; otherwise `accepted` is called before the effects. */
  setFrequency(frequency: Frequency, accepted: () => void): boolean;
}

export interface StreamSession {
  id: string;
  viewer: Viewer;
  subscriptions: Map<number, Subscription>;
  /** Number of data lines so far. */
  prog(): number;
  /** A request came. */
  heard(): void;
  /** Adds a counted data line; it leaves at the end of this turn, in one piece with the others of the turn. */
  data(line: string): void;
  /** Writes an uncounted line on the bound stream, after the data before it; false when there is none, or it ended with that data. */
  notice(line: string): boolean;
  /** Binds to a connection, taking it from any other: head, then everything after `from` (default: after what was written). */
  bind(binding: Binding, head: string[], from?: number): void;
  /** Whether lines after `from` are all still held. */
  holds(from: number): boolean;
  isBound(connection: StreamConnection): boolean;
  /** The connection is gone; the session waits to be bound again. */
  unbind(connection: StreamConnection): void;
  /** More room in the socket: goes on writing. */
  flush(): void;
  loop(): void;
  end(code: number, text: string): void;
  /** Breaks the connection without a word; recoverable for a while unless told otherwise. */
  drop(recoverable: boolean): void;
  /** Undefined, or a promise of the moment when little is left to be written. */
  busy(): Promise<void> | undefined;
  isEnded(): boolean;
}

export interface SessionDeps {
  id: string;
  viewer: Viewer;
  clock: Clock;
  /** Whether the wire is held silent. */ isSilent(): boolean;
  onEnd(session: StreamSession): void;
}

export function createStreamSession({ id, viewer, clock, isSilent, onEnd }: SessionDeps): StreamSession {
  const lines: string[] = [];
  let firstKept = 0; // prog of the line before lines[0]
  let written = 0; // prog up to which lines were written
  let bound: (Binding & { sentBytes: number; lastMs: number }) | undefined;
  let cancelTimer: (() => void) | undefined;
  let cancelWatch: (() => void) | undefined;
  let heardMs = 0;
  let flushing = false;
  let ended = false;
  let waiters: (() => void)[] = [];
  const subscriptions = new Map<number, Subscription>();
  const prog = () => firstKept + lines.length;

  function timer(ms: number, run: () => void) {
    cancelTimer?.();
    cancelTimer = clock.after(ms, run);
  }
  function write(text: string) {
    if (!bound || isSilent()) return;
    bound.sentBytes += text.length;
    bound.lastMs = clock.monotonicMs();
    bound.connection.send(text);
  }
  function wake() {
    if (!ended && prog() - written > busyLines) return;
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  }
  function finish(reason: 'loop' | 'end', line: string) {
    if (!bound) return;
    write(`${line}\r\n`);
    const { connection } = bound;
    bound = undefined;
    connection.finish(reason);
  }
  function loop() {
    finish('loop', 'LOOP,0');
    timer(retentionMs, close);
  }
  function close() {
    if (ended) return;
    ended = true;
    cancelTimer?.();
    cancelWatch?.();
    for (const subscription of subscriptions.values()) subscription.stop();
    subscriptions.clear();
    wake();
    onEnd(session);
  }
  function end(code: number, text: string) {
    if (ended) return;
    finish('end', `END,${code},${encodeText(text)}`);
    close();
  }
  function probe() {
    if (!bound || bound.polling) return;
    const idle = clock.monotonicMs() - bound.lastMs;
    if (idle >= bound.waitMs) write('PROBE\r\n');
    timer(idle >= bound.waitMs ? bound.waitMs : bound.waitMs - idle, probe);
  }
  /** Breaks the connection of a client that sends nothing any more; it may recover. */
  function watch(inactivityMs: number) {
    const lateMs = clock.monotonicMs() - heardMs - inactivityFactor * inactivityMs;
    if (lateMs >= 0) session.drop(true);
    else cancelWatch = clock.after(-lateMs, () => watch(inactivityMs));
  }
  /** The lines that wait, as many as the body of an HTTP stream has room for, at least one. */
  function takeLines({ contentLength, sentBytes }: { contentLength?: number; sentBytes: number }): string {
    let end = prog();
    if (contentLength !== undefined) {
      let room = contentLength - sentBytes - contentReserveBytes;
      for (end = written; end < prog() && (room > 0 || end === written); end++)
        room -= lines[end - firstKept]!.length + 2;
    }
    const text = `${lines.slice(written - firstKept, end - firstKept).join('\r\n')}\r\n`;
    written = end;
    return text;
  }
  function flush() {
    if (!bound || ended || isSilent()) return;
    if (written < prog() && bound.connection.bufferedBytes() < socketBufferBytes) {
      write(takeLines(bound));
      if (bound.polling || bound.sentBytes + contentReserveBytes >= (bound.contentLength ?? Infinity)) loop();
    }
    wake();
  }
  function trim() {
    if (lines.length < 2 * replayBufferLines) return;
    firstKept += lines.length - replayBufferLines;
    lines.splice(0, lines.length - replayBufferLines);
  }

  const session: StreamSession = {
    id,
    viewer,
    subscriptions,
    prog,
    flush,
    end,
    data(line) {
      if (ended) return;
      lines.push(line);
      if (prog() - written > replayBufferLines)
        return bound ? end(48, 'Too far behind, start again') : close();
      trim();
      if (flushing) return;
      flushing = true;
      setImmediate(() => {
        flushing = false;
        flush();
      });
    },
    heard: () => void (heardMs = clock.monotonicMs()),
    notice(line) {
      flush();
      write(`${line}\r\n`);
      return bound !== undefined;
    },
    bind(binding, head, from) {
      const old = bound;
      bound = undefined;
      if (old && old.connection !== binding.connection) old.connection.destroy();
      bound = { ...binding, sentBytes: 0, lastMs: clock.monotonicMs() };
      if (from !== undefined) written = from;
      cancelWatch?.();
      session.heard();
      if (binding.inactivityMs !== undefined) watch(binding.inactivityMs);
      binding.connection.send(head.map((line) => `${line}\r\n`).join('')); // answers to a bind are sent even while silent
      if (!binding.polling) {
        timer(binding.waitMs, probe);
        flush();
      } else if (from !== undefined || binding.waitMs === 0 || written < prog()) {
        flush();
        if (bound) loop();
      } else timer(binding.waitMs, loop);
    },
    holds: (from) => from >= firstKept && from <= prog(),
    isBound: (connection) => bound?.connection === connection,
    unbind(connection) {
      if (bound?.connection !== connection) return;
      bound = undefined;
      cancelWatch?.();
      timer(retentionMs, close);
    },
    loop() {
      if (bound) loop();
    },
    drop(recoverable) {
      const connection = bound?.connection;
      if (connection) session.unbind(connection);
      connection?.destroy();
      if (!recoverable) close();
    },
    busy() {
      if (ended || prog() - written <= busyLines) return undefined;
      return new Promise((resolve) => waiters.push(resolve));
    },
    isEnded: () => ended,
  };
  return session;
}
