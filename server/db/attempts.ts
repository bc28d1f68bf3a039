// Attempts counted in PostgreSQL, for all processes together. What is counted, and by what key, is the caller's.
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../lib/app-error.ts';
import { clocksDifferMs } from '../lib/instants.ts';

/** `points` in `seconds`, counted from the first of them. */
export interface Limit {
  points: number;
  seconds: number;
}
export interface Attempts {
  /** Counts one. Throws request.limited beyond the limit. */
  count(key: string): Promise<void>;
  /** Takes one back. */
  takeBack(key: string): Promise<void>;
  /** Takes all of them back. */
  forget(key: string): Promise<void>;
}

/** The library reads the system's clock: its windows follow that. `name` tells the counters of one kind from another's. */
export function createAttempts(pool: Pool, name: string, { points, seconds }: Limit): Attempts {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points,
    duration: seconds,
  });
  return {
    async count(key) {
      try {
        await limiter.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        // Counted by a clock that was ahead: until ours gets there it would refuse everybody.
        if (refusal.msBeforeNext > seconds * 1_000 + clocksDifferMs) {
          await limiter.delete(key);
          return this.count(key);
        }
        throw new AppError('request.limited', { retryAfterMs: Math.max(1, Math.ceil(refusal.msBeforeNext)) });
      }
    },
    takeBack: async (key) => void (await limiter.reward(key)),
    forget: async (key) => void (await limiter.delete(key)),
  };
}
