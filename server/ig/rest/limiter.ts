// The pace of reads to IG in this process: below the published allowance, and silent for a while after a refusal.
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Environment } from '../../../shared/primitives.ts';
import { allowancePauseMs } from './errors.ts';

/**
 * Non-trading requests a minute and account: IG publishes 30 (live) and 10 (demo) and refuses at the published value itself,
 * so two fewer, as trading-ig does. The simulator has no allowance to spare.
 */
export const readsPerMinute: Record<Environment, number> = {
  live: 28,
  demo: 8,
  simulated: Number.POSITIVE_INFINITY,
};
const windowMs = 60_000;
/** Longest wait for a turn; beyond it the caller gets broker.limited at once, with the time to wait. */
export const maxTurnWaitMs = 5_000;

export interface Pacer {
  /** Resolves when a read may go out. Throws broker.limited when that is further away than `maxTurnWaitMs`, or IG has just refused. */
  turn(): Promise<void>;
  /** IG refused for its allowance: nobody asks for `allowancePauseMs`. */
  refused(): void;
}

/** At most `perMinute` turns in any 60 s. */
export function createPacer({
  clock,
  perMinute,
  onSpent,
}: {
  clock: Clock;
  perMinute: number;
  /** Called for each turn. */
  onSpent?: (() => void) | undefined;
}): Pacer {
  /** When each turn of the last minute was, or will be: at most `perMinute`, and those due within `maxTurnWaitMs`. */
  const turns: number[] = [];
  let silentUntil = Number.NEGATIVE_INFINITY;
  const limited = (retryAfterMs: number) =>
    new AppError('broker.limited', { retryAfterMs: Math.ceil(retryAfterMs) });
  return {
    async turn() {
      const now = clock.monotonicMs();
      if (now < silentUntil) throw limited(silentUntil - now);
      if (perMinute === Number.POSITIVE_INFINITY) return onSpent?.();
      while (turns.length > 0 && turns[0]! <= now - windowMs) turns.shift();
      const at = turns.length < perMinute ? now : turns[turns.length - perMinute]! + windowMs;
      if (at - now > maxTurnWaitMs) throw limited(at - now);
      turns.push(at);
      onSpent?.();
      if (at > now) await pause(clock, at - now);
    },
    refused() {
      silentUntil = clock.monotonicMs() + allowancePauseMs;
    },
  };
}
