// Waiting between attempts. No trading word lives here.

/** Milliseconds before attempt `attempt` (0 = the first retry): doubles from `firstMs` up to `maxMs`, ± 20 % jitter. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
  random: () => number = Math.random,
): number {
  const base = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(base * (0.8 + 0.4 * random()));
}
