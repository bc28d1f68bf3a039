// How the week's points of price history are shared out: what may be held for a request, and what its end teaches. Pure; where they are kept: allowance-store.ts.
import { z } from 'zod';
import { clocksDifferMs } from '../../lib/instants.ts';

/** IG counts points by API key and account over a week that ends at `allowanceExpiry`; when the next one begins is not told. */
const weekMs = 7 * 86_400_000;
/** Longer than any request is under way: by then IG has counted it, or it never came. */
export const heldForMs = 60_000;
/**
 * After a refusal one request in so long finds out whether there are points again: a loop would be refused each time. As long what a
 * request held counts that was never answered, unless an answer tells sooner.
 */
export const tryAgainMs = 3_600_000;

export const HistoryPoints = z.object({
  /** What IG grants a week, and how much of it is spent; null: not known to be limited. */
  granted: z.number().nullable(),
  used: z.number(),
  /** When the week ends; null: IG has told no week that is not over. */
  endsMs: z.number().nullable(),
  /** IG refused for want of points and has told nothing of them since. */
  refusedMs: z.number().nullable(),
  /** Of requests whose answer is not known (yet): they count as spent. */
  held: z.array(z.object({ atMs: z.number(), points: z.number() })),
});
export type HistoryPoints = z.output<typeof HistoryPoints>;
export type Held = HistoryPoints['held'][number];
/** What IG says with each answer. */
export interface ToldPoints {
  granted: number;
  left: number;
  endsMs: number;
}

export const newPoints = (granted: number | null): HistoryPoints => ({
  granted,
  used: 0,
  endsMs: null,
  refusedMs: null,
  held: [],
});

const isFuture = (atMs: number, nowMs: number) => atMs > nowMs + clocksDifferMs;

/** The points of the week that is: a new one begins whole. What a clock wrote that was ahead counts for nothing. */
export function settledPoints(points: HistoryPoints, nowMs: number): HistoryPoints {
  const { endsMs, refusedMs } = points;
  const isOver = endsMs !== null && (endsMs <= nowMs || isFuture(endsMs - weekMs, nowMs));
  const held = points.held.filter(({ atMs }) => !isFuture(atMs, nowMs) && nowMs - atMs < tryAgainMs);
  if (isOver)
    return { ...newPoints(points.granted), held: held.filter(({ atMs }) => nowMs - atMs < heldForMs) };
  return { ...points, held, refusedMs: refusedMs !== null && isFuture(refusedMs, nowMs) ? null : refusedMs };
}

const heldOf = ({ held }: HistoryPoints) => held.reduce((sum, { points }) => sum + points, 0);
export const spentOf = (points: HistoryPoints) => points.used + heldOf(points);
/** Of settled points; null: not known to be limited. */
export function pointsLeft(points: HistoryPoints): number | null {
  if (points.refusedMs !== null) return 0;
  return points.granted === null ? null : Math.max(0, points.granted - spentOf(points));
}

/** The settled points with `wanted` of them held for a request, or how long until asking again may be worth it. */
export function hold(
  points: HistoryPoints,
  wanted: number,
  nowMs: number,
): { points: HistoryPoints; held: Held } | { waitMs: number } {
  const left = pointsLeft(points);
  const { refusedMs, endsMs } = points;
  const tryInMs = refusedMs === null ? Infinity : refusedMs + tryAgainMs - nowMs;
  const isTry = tryInMs <= 0 && !points.held.some(({ atMs }) => nowMs - atMs < heldForMs);
  if (left === null || wanted <= left || isTry) {
    const held = { atMs: nowMs, points: wanted };
    return { points: { ...points, held: [...points.held, held] }, held };
  }
  // Without a week's end only answers that are under way can bring more.
  const endInMs = endsMs === null ? Infinity : endsMs - nowMs;
  const waitMs = Math.min(endInMs, tryInMs > 0 ? tryInMs : heldForMs);
  return { waitMs: Number.isFinite(waitMs) ? waitMs : heldForMs };
}

/** The points once it is certain that the request spent none. */
export function released(points: HistoryPoints, held: Held): HistoryPoints {
  const index = points.held.findIndex(({ atMs, points: n }) => atMs === held.atMs && n === held.points);
  return { ...points, held: points.held.filter((_, i) => i !== index) };
}

/**
 * The points after IG answered. Within a week what is spent only grows, so of two answers that come in the wrong order the later one
 * counts; what requests held that began long before this one is in IG's figure by now, answered or not.
 */
export function answered(points: HistoryPoints, held: Held, told: ToldPoints): HistoryPoints {
  const rest = released(points, held).held.filter(({ atMs }) => held.atMs - atMs < heldForMs);
  const differMs = points.endsMs === null ? Infinity : told.endsMs - points.endsMs;
  if (differMs < -sameEndMs) return { ...points, held: rest }; // of the week before
  const used = Math.max(0, told.granted - told.left);
  return {
    granted: told.granted,
    used: differMs < sameEndMs ? Math.max(points.used, used) : used,
    endsMs: told.endsMs,
    refusedMs: null,
    held: rest,
  };
}
/** The end is told in whole seconds from when the answer was written; two ends of one week differ by how long answers take. */
const sameEndMs = 3_600_000;

/** The points after IG refused for want of them: there are none until it tells otherwise, whatever was believed. */
export const refusedPoints = (points: HistoryPoints, held: Held, nowMs: number): HistoryPoints => ({
  ...released(points, held),
  refusedMs: nowMs,
});
