// Replays: recordings, the time lines they are played on and the prices that come of them, with one control for all.
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Instrument } from './instrument.ts';
import { instrumentByEpic } from './instruments.ts';
import type { PriceSource } from './price.ts';
import { readRecording } from './recording.ts';
import { createReplayedPrices, type ReplayedPrices } from './replayed-prices.ts';
import { createTimeline, type Speed, type Step, type Timeline, type Track } from './timeline.ts';

export interface ReplayOptions {
  /** Recordings (see recording.ts) and what they are played on; several of one epic are played as one. */
  files: { path: string; epic: string }[];
  /** 1 = as recorded; `max` = as fast as the slowest subscriber takes it. */
  speed: Speed;
  /** The instants that quotes and candles carry: those of the clock when they are played (`rebased`, default), or the recorded ones. Speed applies to both. */
  time?: 'rebased' | 'original';
  /** All files on one time line, at their recorded distance from one another; else each epic begins with its own first row. Default: with the original time only. */
  aligned?: boolean;
  /** Nothing is played until it is resumed or stepped. */
  paused?: boolean;
  /** Over and over. With the original time history is forgotten each time round. */
  loop?: boolean;
  /** A time line begins when one of its items is first subscribed (default) or at once. */
  start?: 'onSubscribe' | 'now';
}
export interface ReplayState {
  paused: boolean;
  speed: Speed;
  time: 'rebased' | 'original';
  /** By epic: rows streamed, whether its time line is over, and the recorded instant (ISO, UTC) that it has reached. */
  epics: Record<string, { rows: number; done: boolean; recordedAt: string | null }>;
}
/** Runs all time lines; none: nothing happens. */
export interface ReplayControl {
  state(): ReplayState;
  pause(): void;
  resume(): void;
  setSpeed(speed: Speed): void;
  /** Pauses, plays so many rows of each time line, or all within so much recorded time, at once, and resolves. Rejects while another step is played. */
  step(by: Step): Promise<void>;
}
export interface Replay extends ReplayControl {
  sources: ReadonlyMap<string, PriceSource>;
}

/** The first quote of both sides. Throws when there is none. */
async function firstQuote(path: string, instrument: Instrument) {
  let bid: string | null = null;
  let offer: string | null = null;
  for await (const rows of readRecording(path, instrument)) {
    for (const row of rows) {
      bid = row.bid ?? bid;
      offer = row.offer ?? offer;
      if (bid !== null && offer !== null) return { atMs: row.atMs, bid, offer };
    }
  }
  throw new Error(`${path} holds no quotes`);
}

/** Opens every file and reads its first quote. Rejects for unknown epics and files that cannot be played, by name. */
export async function createReplay(
  options: ReplayOptions,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<Replay> {
  const { files, time = 'rebased', aligned = time === 'original', loop = false } = options;
  let { speed, paused = false } = options;
  const played = new Map<string, { source: ReplayedPrices; timeline: Timeline }>();
  const timelines: Timeline[] = [];
  for (const group of aligned ? [files] : Map.groupBy(files, ({ epic }) => epic).values()) {
    const sources = new Map<string, ReplayedPrices>();
    const tracks: Track[] = [];
    for (const { path, epic } of group) {
      const instrument = instrumentByEpic.get(epic);
      if (!instrument) throw new Error(`cannot replay ${path}: no instrument ${epic}`);
      const first = await firstQuote(path, instrument);
      const source =
        sources.get(epic) ??
        createReplayedPrices({
          instrument,
          first,
          time,
          nowMs: () => clock.now().getTime(),
          onSubscribe: () => timeline.begin(),
          stop: () => timeline.stop(),
        });
      sources.set(epic, source);
      tracks.push({ ...source, read: () => readRecording(path, instrument) });
    }
    const timeline = createTimeline({ tracks, speed, paused, loop, clock, logger });
    timelines.push(timeline);
    for (const [epic, source] of sources) played.set(epic, { source, timeline });
    if (options.start === 'now') timeline.begin();
  }

  return {
    sources: new Map([...played].map(([epic, { source }]) => [epic, source])),
    state: () => ({
      paused,
      speed,
      time,
      epics: Object.fromEntries(
        [...played].map(([epic, { source, timeline }]) => {
          const { done, recordedMs } = timeline.state();
          return [
            epic,
            {
              rows: source.rows(),
              done,
              recordedAt: recordedMs === undefined ? null : new Date(recordedMs).toISOString(),
            },
          ];
        }),
      ),
    }),
    pause() {
      paused = true;
      for (const timeline of timelines) timeline.pause();
    },
    resume() {
      paused = false;
      for (const timeline of timelines) timeline.resume();
    },
    setSpeed(wanted) {
      speed = wanted;
      for (const timeline of timelines) timeline.setSpeed(wanted);
    },
    async step(by) {
      paused = true;
      await Promise.all(timelines.map((timeline) => timeline.step(by)));
    },
  };
}
