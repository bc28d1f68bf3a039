// How long a lost socket waits before it tries again.

const firstMs = 250;
/** Longest pause between two attempts: a server that is back is noticed within this. */
const maxMs = 10_000;

/** Milliseconds before reconnect attempt `attempt` (from 0): doubles up to 10 s, ± 25 % so that many clients do not return at once. */
export const retryDelayMs = (attempt: number, random: () => number = Math.random): number =>
  Math.round(Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 10)) * (0.75 + 0.5 * random()));
