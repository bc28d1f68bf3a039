// Of which stored candles another is made: the longest that fit into it. Pure; what is known of them is asked elsewhere.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { Resolution } from '../../../../shared/candles.ts';
import type { Span } from '../ports.ts';

/** Stored candles of one resolution within [`fromMs`, `toMs`), which holds whole ones only. */
export interface Piece {
  resolution: StoredResolution;
  fromMs: number;
  toMs: number;
}

export const storedLengthMs: Record<StoredResolution, number> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
};
export const storedResolutions = Object.keys(storedLengthMs) as StoredResolution[];

/** The stored resolution of which candles of `resolution` are made; days of some zones need minutes at their ends beside it. */
export function baseOf(resolution: Resolution): StoredResolution {
  if (resolution === 'SECOND') return 'SECOND';
  return resolution.startsWith('MINUTE') ? 'MINUTE' : 'HOUR';
}

/** Whether such a candle is stored as it is. */
export const isStored = (resolution: Resolution): resolution is StoredResolution =>
  Object.hasOwn(storedLengthMs, resolution);

const floorTo = (ms: number, length: number) => Math.floor(ms / length) * length;
const ceilTo = (ms: number, length: number) => Math.ceil(ms / length) * length;

/** A span in pieces of `base`, in order; where it begins or ends within an hour (a zone of half hours), in minutes there. */
export function piecesOf({ startMs, endMs }: Span, base: StoredResolution): Piece[] {
  if (base !== 'HOUR') return [{ resolution: base, fromMs: startMs, toMs: endMs }];
  const hour = storedLengthMs.HOUR;
  const [firstMs, lastMs] = [ceilTo(startMs, hour), floorTo(endMs, hour)];
  const pieces: Piece[] = [
    { resolution: 'MINUTE', fromMs: startMs, toMs: firstMs },
    { resolution: 'HOUR', fromMs: firstMs, toMs: lastMs },
    { resolution: 'MINUTE', fromMs: lastMs, toMs: endMs },
  ];
  return pieces.filter(({ fromMs, toMs }) => fromMs < toMs);
}

/** What of `range` is in none of `others`, both in order and the latter without overlaps. */
export function without(range: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let fromMs = range.startMs;
  for (const { startMs, endMs } of others) {
    if (endMs <= fromMs || startMs >= range.endMs) continue;
    if (startMs > fromMs) left.push({ startMs: fromMs, endMs: startMs });
    fromMs = endMs;
  }
  if (fromMs < range.endMs) left.push({ startMs: fromMs, endMs: range.endMs });
  return left;
}

/** What is in both, in order. */
export const within = (range: Span, others: readonly Span[]): Span[] =>
  others.flatMap(({ startMs, endMs }) => {
    const both = { startMs: Math.max(startMs, range.startMs), endMs: Math.min(endMs, range.endMs) };
    return both.startMs < both.endMs ? [both] : [];
  });

/** The whole candles of `resolution` that touch a span: what is asked of history, since it is had in whole ones. */
export const outwards = ({ startMs, endMs }: Span, resolution: StoredResolution): Span => ({
  startMs: floorTo(startMs, storedLengthMs[resolution]),
  endMs: ceilTo(endMs, storedLengthMs[resolution]),
});

/** The whole candles of `resolution` within a span; undefined where there is none. */
export function inwards({ startMs, endMs }: Span, resolution: StoredResolution): Span | undefined {
  const length = storedLengthMs[resolution];
  const whole = { startMs: ceilTo(startMs, length), endMs: floorTo(endMs, length) };
  return whole.startMs < whole.endMs ? whole : undefined;
}

/** Pieces whose hours that are not known as such, but in all their minutes, are made of these: `byMinutes` are whole hours, in order. */
export function withMinutes(pieces: readonly Piece[], byMinutes: readonly Span[]): Piece[] {
  return pieces.flatMap((piece) => {
    if (piece.resolution !== 'HOUR') return [piece];
    const range = { startMs: piece.fromMs, endMs: piece.toMs };
    const inMinutes = within(range, byMinutes);
    const parts = [
      ...without(range, inMinutes).map((part) => ({ resolution: 'HOUR' as const, part })),
      ...inMinutes.map((part) => ({ resolution: 'MINUTE' as const, part })),
    ];
    return parts
      .sort((a, b) => a.part.startMs - b.part.startMs)
      .map(({ resolution, part }) => ({ resolution, fromMs: part.startMs, toMs: part.endMs }));
  });
}
