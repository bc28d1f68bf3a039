// Stored instants held against the present one. A clock may have been ahead when one was stored, or set back since. No trading word lives here.

/** By how much the clocks of our machines and of the database may differ. What lies further ahead was stored by a clock that was wrong. */
export const clocksDifferMs = 5_000;

/** The latest instant that can be believed to have passed. */
export const latestPast = (now: Date): Date => new Date(now.getTime() + clocksDifferMs);

/** Whether an instant that is said to have passed lies ahead: it then says nothing of when that was. */
export const isAhead = (at: Date, now: Date): boolean => at > latestPast(now);

/** How long ago `at` was, at least 0; Infinity for one that lies ahead, since what it dates may be older than anything. */
export const ageMs = (at: Date, now: Date): number =>
  isAhead(at, now) ? Infinity : Math.max(0, now.getTime() - at.getTime());

/**
 * How long until `end`, which was `longestMs` away at most when it was stored; not above 0 when it has passed. One that is further
 * away than that was stored by a clock that was ahead: it counts as ending now.
 */
export function leftMs(end: Date, now: Date, longestMs: number): number {
  const left = end.getTime() - now.getTime();
  return left > longestMs + clocksDifferMs ? 0 : left;
}
