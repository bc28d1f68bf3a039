// Candles as they are stored, in pages: read or put together, in any process. Asks nobody and buys nothing.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { Candle, Resolution } from '../../../../shared/candles.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { CandleKey, Span } from '../ports.ts';
import {
  baseOf,
  inwards,
  isStored,
  piecesOf,
  storedLengthMs,
  within,
  withMinutes,
  without,
  type Piece,
} from './pieces.ts';
import { spanAt, spansFrom } from './spans.ts';
import type { CandleStore } from './store.ts';

/** Spans read at once beyond those wanted, since markets close; where that is not enough, there is another read. */
const slack = 1.1;

export interface PageQuestion {
  key: CandleKey;
  resolution: Resolution;
  zone: string;
  /** Of candles that start within it. */
  range: Span;
  limit: number;
}
export interface ReadPage {
  candles: Candle[];
  /** Where the next page begins; null: this is the last one. */
  nextMs: number | null;
}
/** What nothing is known of, as it was at one time. */
export interface Unknown {
  gapsOf: Record<StoredResolution, Span[]>;
  /** Whole hours that are known in all their minutes only. */
  byMinutes: Span[];
}
export function createStoredCandles({ store, clock }: { store: CandleStore; clock: Clock }) {
  /**
   * What is not known in hours, in minutes, and which whole hours are known in all their minutes only. Candles and the knowledge of them
   * are committed together, and looked at one after the other: whoever looks at the knowledge second takes candles for absent that were
   * bought in between.
   */
  async function unknownIn(
    key: CandleKey,
    base: StoredResolution,
    range: Span,
    withEdges: boolean,
  ): Promise<Unknown> {
    if (base !== 'HOUR')
      return {
        gapsOf: { SECOND: [], MINUTE: [], HOUR: [], [base]: await store.gaps(key, base, range) },
        byMinutes: [],
      };
    const HOUR = await store.gaps(key, 'HOUR', range);
    const MINUTE = withEdges || HOUR.length > 0 ? await store.gaps(key, 'MINUTE', range) : [];
    const byMinutes = HOUR.flatMap((gap) => without(gap, MINUTE)).flatMap(
      (known) => inwards(known, 'HOUR') ?? [],
    );
    return { gapsOf: { SECOND: [], MINUTE, HOUR }, byMinutes };
  }
  const isWhole = (pieces: readonly Piece[], gapsOf: Record<StoredResolution, Span[]>) =>
    pieces.every(
      ({ resolution, fromMs, toMs }) =>
        within({ startMs: fromMs, endMs: toMs }, gapsOf[resolution]).length === 0,
    );

  async function readStored(
    { key, range, limit }: PageQuestion,
    resolution: StoredResolution,
  ): Promise<Candle[]> {
    const length = storedLengthMs[resolution];
    const gaps = await store.gaps(key, resolution, {
      startMs: range.startMs,
      endMs: range.endMs + length,
    });
    const rows = await store.read(key, resolution, range, limit + 1);
    const nowMs = clock.now().getTime();
    let gap = 0;
    return rows.map(({ startMs, complete, ...row }) => {
      const endMs = startMs + length;
      while (gap < gaps.length && gaps[gap]!.endMs <= startMs) gap++;
      const isKnown = complete || gap === gaps.length || gaps[gap]!.startMs >= endMs;
      return {
        startAt: new Date(startMs),
        endAt: new Date(endMs),
        ...row,
        complete: isKnown && endMs <= nowMs,
      };
    });
  }
  async function readMade({ key, resolution, zone, range, limit }: PageQuestion): Promise<Candle[]> {
    const candles: Candle[] = [];
    const base = baseOf(resolution);
    let atMs = range.startMs;
    while (candles.length <= limit && atMs < range.endMs) {
      const next = await store.nextStart(
        key,
        { startMs: atMs, endMs: Math.max(range.endMs, spanAt(resolution, zone, range.endMs - 1).endMs) },
        { hours: base === 'HOUR' },
      );
      if (next === null) break;
      const count = Math.ceil((limit + 1 - candles.length) * slack);
      const fromMs = Math.max(atMs, spanAt(resolution, zone, next).startMs);
      const spans = spansFrom(resolution, zone, { fromMs, toMs: range.endMs, count });
      if (spans.length === 0) break;
      const all = { startMs: spans[0]!.startMs, endMs: spans.at(-1)!.endMs };
      const whole = spans.map((span) => piecesOf(span, base));
      const hasEdges =
        base === 'HOUR' && whole.some((pieces) => pieces.some(({ resolution: of }) => of === 'MINUTE'));
      const { gapsOf, byMinutes } = await unknownIn(key, base, all, hasEdges);
      const pieces = byMinutes.length === 0 ? whole : whole.map((each) => withMinutes(each, byMinutes));
      const nowMs = clock.now().getTime();
      for (const { index, ...made } of await store.make(key, pieces)) {
        const { startMs, endMs } = spans[index]!;
        candles.push({
          startAt: new Date(startMs),
          endAt: new Date(endMs),
          ...made,
          complete: endMs <= nowMs && isWhole(pieces[index]!, gapsOf),
        });
      }
      atMs = all.endMs;
    }
    return candles;
  }
  /** Whether no other candles are needed; an hour may be known in its minutes alone. */
  async function isReadAsStored({ key, resolution, range }: PageQuestion): Promise<boolean> {
    if (resolution !== 'HOUR') return isStored(resolution);
    return (await unknownIn(key, 'HOUR', range, false)).byMinutes.length === 0;
  }
  /** What is stored of a page, as it is. */
  async function read(question: PageQuestion): Promise<ReadPage> {
    const { resolution, limit } = question;
    const candles = await ((await isReadAsStored(question))
      ? readStored(question, baseOf(resolution))
      : readMade(question));
    const next = candles[limit];
    return { candles: candles.slice(0, limit), nextMs: next ? next.startAt.getTime() : null };
  }
  return { unknownIn, read };
}
