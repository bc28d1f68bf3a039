// Limits on guessing passwords and on opening accounts, counted in PostgreSQL for all processes together.
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Pool } from 'pg';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { networkOf } from '../../lib/network-of.ts';
import { hashToken } from './tokens.ts';

/** `points` in `seconds`, counted from the first of them. */
export interface Limit {
  points: number;
  seconds: number;
}
export const defaultAuthLimits = {
  /** Wrong passwords in a row for one address from one network. */
  loginFailures: { points: 10, seconds: 15 * 60 },
  /** Wrong passwords from one network, whatever the address: above what an office behind one address mistypes. */
  networkFailures: { points: 50, seconds: 15 * 60 },
  /** Accounts opened, or tried to be, from one network. */
  registrations: { points: 60, seconds: 60 * 60 },
} satisfies Record<string, Limit>;
export type AuthLimits = Record<keyof typeof defaultAuthLimits, Limit>;

export interface RateLimits {
  /** Counts an attempt *before* the password is looked at, so that attempts at the same time count too. Throws request.limited. */
  startLogin(email: string, ip: string): Promise<{ succeeded(): Promise<void> }>;
  /** Throws request.limited. */
  startRegistration(ip: string): Promise<void>;
  /** Removes counters that no longer count. */
  sweep(): Promise<void>;
}

export function createRateLimits({
  pool,
  clock,
  limits = defaultAuthLimits,
}: {
  pool: Pool;
  clock: Clock;
  limits?: AuthLimits;
}): RateLimits {
  // The library reads the system's clock; its windows follow that, not `clock`.
  const limiter = (name: keyof AuthLimits) =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points: limits[name].points,
      duration: limits[name].seconds,
    });
  const [loginFailures, networkFailures, registrations] = [
    limiter('loginFailures'),
    limiter('networkFailures'),
    limiter('registrations'),
  ];
  return {
    async startLogin(email, ip) {
      const network = networkOf(ip);
      const pair = hashToken(`${email} ${network}`); // addresses are not stored here, nor is their length bounded by the key's
      await consume(networkFailures, network);
      await consume(loginFailures, pair);
      return {
        async succeeded() {
          await Promise.all([loginFailures.delete(pair), networkFailures.reward(network)]);
        },
      };
    },
    startRegistration: (ip) => consume(registrations, networkOf(ip)),
    async sweep() {
      await pool.query('delete from rate_limits where expire < $1', [clock.now().getTime()]);
    },
  };
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new AppError('request.limited', { retryAfterMs: Math.max(1, Math.ceil(refusal.msBeforeNext)) });
  }
}
