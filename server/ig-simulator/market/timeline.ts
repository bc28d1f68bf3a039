// The play head over one or many recordings: which row is due when, at any speed, paused or stepped. Knows no price.
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { longestWaitMs } from '../timers.ts';
import type { Row } from './recording.ts';

/** Rows played in one go before others get their turn. */
const batchRows = 64;

export type Speed = number | 'max';
/** So many rows of each time line, or all rows of so much recorded time. */
export type Step = { rows: number } | { ms: number };

/** A file on the time line. */
export interface Track {
  read(): AsyncGenerator<Row[]>;
  /** `dueMs`: when it is played, by the clock. */
  play(row: Row, dueMs: number): void;
  /** Resolves when its listeners can take more. */
  busy(): Promise<void>;
  /** The files are played from their beginning again. */
  rewind(): void;
}
interface Cursor {
  track: Track;
  batches: AsyncGenerator<Row[]>;
  rows: Row[];
  next: number;
}

export interface Timeline {
  /** Starts playing; nothing when it was started before. */
  begin(): void;
  pause(): void;
  resume(): void;
  setSpeed(speed: Speed): void;
  /** Pauses, plays the step at once and resolves; rejects while another is being played. */
  step(by: Step): Promise<void>;
  /** Whether it is over, and the recorded instant reached; undefined before the beginning. */
  state(): { done: boolean; recordedMs: number | undefined };
  stop(): void;
}
export interface TimelineDeps {
  tracks: readonly Track[];
  speed: Speed;
  paused: boolean;
  loop: boolean;
  clock: Clock;
  logger: Logger;
}

/** The recorded gaps divided by the speed, counted from where it began, was resumed or changed its speed. Rows of all tracks in the order of their instants. */
export function createTimeline({ tracks, speed, paused, loop, clock, logger }: TimelineDeps): Timeline {
  /** The pace is kept by what no one sets; only what is told of a row is by the clock. */
  const nowMs = () => clock.monotonicMs();
  const clockOf = (ms: number) => Math.floor(clock.now().getTime() - (nowMs() - ms));
  const stopping = new AbortController();
  let state: 'waiting' | 'playing' | 'done' = 'waiting';
  let anchor: { recordedMs: number; atMs: number } | undefined;
  let playedMs = -Infinity;
  /** The recorded instant of the row that is next: where the play head waits when rows cannot be read as fast as they are due. */
  let nextMs = -Infinity;
  /** What is left of a step: rows, and until which recorded instant. */
  let step: { rows: number; ms: number; untilMs?: number; played: PromiseWithResolvers<void> } | undefined;
  let wake = () => {};

  /** The recorded instant that the play head has reached. */
  function headMs(now: number): number | undefined {
    if (!anchor || paused || speed === 'max' || state === 'done') return anchor?.recordedMs;
    return Math.min(anchor.recordedMs + (now - anchor.atMs) * speed, Math.max(anchor.recordedMs, nextMs));
  }
  function turn(change: () => void) {
    const now = nowMs();
    const recordedMs = headMs(now);
    if (recordedMs !== undefined) anchor = { recordedMs, atMs: now };
    change();
    wake();
  }
  function endStep() {
    if (anchor && step?.untilMs !== undefined && step.untilMs < Infinity)
      anchor.recordedMs = Math.max(anchor.recordedMs, step.untilMs);
    step?.played.resolve();
    step = undefined;
  }
  /** When a row is played that is due by now, else undefined. */
  function due({ atMs }: Row): number | undefined {
    const now = nowMs();
    anchor ??= { recordedMs: atMs, atMs: now };
    const reached = () => {
      anchor = { recordedMs: Math.max(atMs, anchor!.recordedMs), atMs: now };
      return now;
    };
    if (step) {
      step.untilMs ??= anchor.recordedMs + step.ms;
      if (atMs <= step.untilMs) {
        step.rows--;
        return reached();
      }
      endStep();
    }
    if (paused) return undefined;
    if (speed === 'max') return reached();
    const dueMs = anchor.atMs + (atMs - anchor.recordedMs) / speed;
    return dueMs <= now ? dueMs : undefined;
  }
  /** Until the row may be due, or something has changed. */
  function wait({ atMs }: Row): Promise<void> {
    const waitMs =
      paused || speed === 'max' ? Infinity : anchor!.atMs + (atMs - anchor!.recordedMs) / speed - nowMs();
    return new Promise((resolve) => {
      const cancel = clock.after(Math.min(Math.max(0, Math.ceil(waitMs)), longestWaitMs), resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }
  /** At full speed and in steps the slowest listener sets the pace, so that nothing is lost and no buffer grows. */
  async function breathe() {
    if (speed === 'max' || step) for (const track of tracks) await track.busy();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function fill(cursors: Cursor[]): Promise<Cursor[]> {
    for (const cursor of cursors)
      if (cursor.next === cursor.rows.length)
        [cursor.rows, cursor.next] = [(await cursor.batches.next()).value ?? [], 0];
    return cursors.filter(({ rows }) => rows.length > 0);
  }
  async function playOnce() {
    anchor = undefined;
    let cursors: Cursor[] = tracks.map((track) => ({ track, batches: track.read(), rows: [], next: 0 }));
    const opened = cursors;
    try {
      for (let played = 1; !stopping.signal.aborted; played++) {
        if (cursors.some(({ rows, next }) => next === rows.length)) cursors = await fill(cursors);
        let first = cursors[0];
        if (!first) return;
        for (const cursor of cursors)
          if (cursor.rows[cursor.next]!.atMs < first.rows[first.next]!.atMs) first = cursor;
        const row = first.rows[first.next++]!;
        nextMs = row.atMs;
        let dueMs = due(row);
        for (; dueMs === undefined; dueMs = due(row)) {
          await wait(row);
          if (stopping.signal.aborted) return;
        }
        first.track.play(row, (playedMs = Math.max(playedMs, clockOf(dueMs))));
        if (step?.rows === 0) endStep();
        if (played % batchRows === 0) await breathe();
      }
    } finally {
      for (const { batches } of opened) await batches.return(undefined);
    }
  }
  async function play() {
    await pause(clock, 0, stopping.signal); // the subscription that starts us is answered first
    for (let again = false; !stopping.signal.aborted && (!again || loop); again = true) {
      if (again) for (const track of tracks) track.rewind();
      if (again && step?.ms !== Infinity) endStep(); // so much time does not reach over the end
      await playOnce();
    }
    if (!stopping.signal.aborted) logger.info('replay is over');
  }
  function begin() {
    if (state !== 'waiting') return;
    state = 'playing';
    play()
      .catch((err: unknown) => logger.error({ err }, 'replay stopped'))
      .finally(() => {
        turn(() => (state = 'done'));
        endStep();
      });
  }

  return {
    begin,
    pause: () => turn(() => (paused = true)),
    resume: () => turn(() => (paused = false)),
    setSpeed: (wanted) => turn(() => (speed = wanted)),
    async step(by) {
      if (step) throw new Error('the step before is still being played');
      turn(() => (paused = true));
      if (state === 'done') return;
      step = {
        rows: 'rows' in by ? by.rows : Infinity,
        ms: 'ms' in by ? by.ms : Infinity,
        played: Promise.withResolvers(),
      };
      begin();
      wake();
      await step.played.promise;
    },
    state: () => ({ done: state === 'done', recordedMs: headMs(nowMs()) }),
    stop() {
      stopping.abort();
      wake();
    },
  };
}
