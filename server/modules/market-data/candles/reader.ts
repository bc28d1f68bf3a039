// A page of candles: read or put together, and what is missing bought first, as far as one call may.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { CandleGap } from '../../../../shared/candles.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { CandleHistory, Span } from '../ports.ts';
import type { Filler } from './fill.ts';
import { keptFromMs, type CandleRetention } from './partitions.ts';
import { baseOf, piecesOf, storedLengthMs, within, without, type Piece } from './pieces.ts';
import { isCalendar, spanAt, spansFrom } from './spans.ts';
import type { CandleStore } from './store.ts';
import { createStoredCandles, type PageQuestion, type ReadPage, type Unknown } from './stored-candles.ts';

/** History that one call buys at most, in candles, quiet times counted in: 15 % of the week's points of a login. */
const defaultPointsPerCall = 1_500;
/** This part of the week's points is left to the command, whose caller was asked. */
const leftToCommand = 0.25;
/** History of what ended less than so long ago is not bought: what is streamed writes it down itself, and the broker may still correct it. */
export const settleMs = 240_000;
/** What is streamed is written down once a second: that nothing is known of the last moments says nothing. */
const writtenAfterMs = 5_000;
/** Candles of days whose ends are looked through for missing minutes, in one call. */
const maxRaggedSpans = 1_000;

export type CandleReader = ReturnType<typeof createCandleReader>;

export function createCandleReader({
  store,
  fill,
  history,
  retention,
  clock,
  maxPointsPerCall = defaultPointsPerCall,
}: {
  store: CandleStore;
  fill: Filler;
  history: CandleHistory;
  retention: CandleRetention;
  clock: Clock;
  maxPointsPerCall?: number;
}) {
  const { read, unknownIn } = createStoredCandles({ store, clock });
  /** Stored candles of which nothing was known, of a range whose past is settled, in order. */
  function missingIn(
    { resolution, zone }: PageQuestion,
    range: Span,
    { gapsOf: all, byMinutes }: Unknown,
  ): Piece[] {
    const base = baseOf(resolution);
    const spans = isCalendar(resolution)
      ? spansFrom(resolution, zone, { fromMs: range.startMs, toMs: range.endMs, count: maxRaggedSpans })
      : [];
    const edges = spans
      .flatMap((span) => piecesOf(span, base))
      .flatMap(({ resolution: of, fromMs, toMs }) =>
        of === 'MINUTE' ? within(range, [{ startMs: fromMs, endMs: toMs }]) : [],
      );
    const missing = within(range, all[base]).flatMap((gap) =>
      [
        ...without(
          gap,
          [...byMinutes, ...edges].sort((a, b) => a.startMs - b.startMs),
        ),
      ].map((each) => ({
        resolution: base,
        ...each,
      })),
    );
    const atEdges = edges.flatMap((edge) =>
      within(edge, all.MINUTE).map((each) => ({ resolution: 'MINUTE' as const, ...each })),
    );
    return [...missing, ...atEdges]
      .map(({ resolution: of, startMs, endMs }) => ({ resolution: of, fromMs: startMs, toMs: endMs }))
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  /** How many candles may be bought of a feed now. */
  async function allowed(feed: string, left: number): Promise<number> {
    const points = await history.points(feed);
    if (points.granted === null || points.left === null) return left;
    return Math.min(left, Math.floor(points.left - points.granted * leftToCommand));
  }

  return {
    read,
    /** A page with what was bought for it; what could not be bought is a gap. Throws market_data.unknown_feed. */
    async page(question: PageQuestion): Promise<ReadPage & { gaps: CandleGap[] }> {
      const { key, resolution, zone, range, limit } = question;
      const nowMs = clock.now().getTime();
      let left = maxPointsPerCall;
      let short = false;
      let stopped: CandleGap['reason'] | undefined = resolution === 'SECOND' ? 'not_bought' : undefined;
      const writtenMs = wholeMinutes(nowMs - writtenAfterMs);
      const rangeEndMs = spanAt(resolution, zone, range.endMs - 1).endMs;
      const past = { startMs: range.startMs, endMs: Math.min(rangeEndMs, writtenMs) };
      for (;;) {
        const unknown =
          past.startMs < past.endMs
            ? await unknownIn(key, baseOf(resolution), past, isCalendar(resolution))
            : undefined;
        const page = await read(question);
        const shown = { ...past, endMs: Math.min(page.nextMs ?? rangeEndMs, writtenMs) };
        const missing = unknown && shown.startMs < shown.endMs ? missingIn(question, shown, unknown) : [];
        const kept = missing.flatMap((piece) => keptPart(piece, nowMs));
        const [first] = kept;
        if (!first || stopped) return { ...page, gaps: gapsOf(missing, nowMs, stopped ?? 'not_bought') };
        // No more than this page can show: the rest is bought when it is asked for.
        const window = spansFrom(resolution, zone, {
          fromMs: Math.max(range.startMs, spanAt(resolution, zone, first.fromMs).startMs),
          toMs: range.endMs,
          count: limit + 1,
        });
        const untilMs = window.at(-1)?.endMs ?? first.toMs;
        const leftBefore = left;
        try {
          for (const piece of kept) {
            const span = { startMs: piece.fromMs, endMs: Math.min(piece.toMs, untilMs) };
            if (span.startMs >= span.endMs) continue;
            const most = await allowed(key.feed, left);
            if (most < left) short = true;
            if (most <= 0) break;
            left -= (await fill(key, piece.resolution, span, { most })).asked;
          }
        } catch (error) {
          stopped = reasonOf(error);
        }
        // Nothing could be asked for, or somebody else was faster: what is missing still is looked up once more, and told.
        if (left === leftBefore) stopped ??= short ? 'allowance' : 'not_bought';
      }
    },
  };

  /** The whole candles of a piece that are still kept, and long enough over to be bought. */
  function keptPart({ resolution, fromMs, toMs }: Piece, nowMs: number): Piece[] {
    const length = storedLengthMs[resolution];
    const from = Math.max(fromMs, keptFromMs(retention, resolution, nowMs));
    const whole = {
      fromMs: from,
      toMs: Math.floor(Math.min(toMs, newFromMs(resolution, nowMs)) / length) * length,
    };
    return whole.fromMs < whole.toMs ? [{ resolution, ...whole }] : [];
  }
  function gapsOf(missing: readonly Piece[], nowMs: number, reason: CandleGap['reason']): CandleGap[] {
    const parts = missing.flatMap(({ resolution, fromMs, toMs }) => {
      const keptMs = Math.min(toMs, Math.max(fromMs, keptFromMs(retention, resolution, nowMs)));
      const newMs = Math.min(toMs, Math.max(keptMs, newFromMs(resolution, nowMs)));
      return [
        { fromMs, toMs: keptMs, reason: 'not_kept' as const },
        { fromMs: keptMs, toMs: newMs, reason },
        { fromMs: newMs, toMs, reason: 'too_new' as const },
      ].filter((part) => part.fromMs < part.toMs);
    });
    const joined: { fromMs: number; toMs: number; reason: CandleGap['reason'] }[] = [];
    for (const part of parts) {
      const last = joined.at(-1);
      if (last && last.toMs === part.fromMs && last.reason === part.reason) last.toMs = part.toMs;
      else joined.push({ ...part });
    }
    return joined.map(({ fromMs, toMs, reason: why }) => ({
      from: new Date(fromMs),
      to: new Date(toMs),
      reason: why,
      message: messages[why],
    }));
  }
}

const wholeMinutes = (ms: number) => Math.floor(ms / 60_000) * 60_000;
/** Candles that start then or later are not bought yet. */
function newFromMs(resolution: StoredResolution, nowMs: number): number {
  const length = storedLengthMs[resolution];
  return Math.floor(wholeMinutes(nowMs - settleMs) / length) * length;
}

const messages: Record<CandleGap['reason'], string> = {
  not_bought:
    'This part of the broker’s history has not been bought: ask again, which buys some more, or run npm run backfill-prices. Seconds are bought by the command only.',
  not_kept: 'Candles this fine are not kept for so long: ask for a coarser resolution.',
  allowance:
    'What is left of the week’s points of price history is not spent on this: npm run backfill-prices spends it, or wait until the points are whole again (accounts.allowance says when).',
  too_new:
    'Not streamed, and too new for the broker’s history: ask again in 5 minutes, for hours 5 minutes after the hour.',
  broker: 'The broker did not give this part of its history: ask again in a moment.',
};

/** Why nothing more can be bought. Rethrows what is not the broker's. */
function reasonOf(error: unknown): CandleGap['reason'] {
  if (!(error instanceof AppError)) throw error;
  if (error.code === 'broker.limited') return 'allowance';
  if (error.code.startsWith('broker.')) return 'broker';
  throw error;
}
