// IG's request allowances: per-minute buckets by key and account, and the week's history points. Counts only, no HTTP.
import type { Clock } from '../../lib/clock.ts';

export interface Allowances {
  /** Non-trading requests a minute per API key, logins included. */
  applicationOverall: number;
  /** Non-trading requests a minute per account. */
  accountOverall: number;
  /** Trading requests a minute per account. */
  accountTrading: number;
  /** Rows of price history a week per API key and account. */
  historicalPoints: number;
}
/** What IG's demo grants (recorded 2021). */
export const demoAllowances: Allowances = {
  applicationOverall: 20,
  accountOverall: 10,
  accountTrading: 33,
  historicalPoints: 10_000,
};
/** What a live login has by default (recorded). */
export const liveAllowances: Allowances = {
  applicationOverall: 60,
  accountOverall: 30,
  accountTrading: 100,
  historicalPoints: 10_000,
};
/** What the simulator grants unless told otherwise: enough never to be in the way. */
export const simulatedAllowances: Allowances = {
  applicationOverall: 60_000,
  accountOverall: 60_000,
  accountTrading: 60_000,
  historicalPoints: 10_000_000,
};

/** A login, N non-trading, T trading, H non-trading that also spends history points (IG REST: each endpoint’s own page). */
export type AllowanceClass = 'A' | 'N' | 'T' | 'H';
const minuteMs = 60_000;
const weekMs = 7 * 24 * 60 * minuteMs;

export interface AllowanceMeter {
  readonly limits: Allowances;
  /** Other limits from now on; what was used stays used. IG changes those of demo without notice. */
  grant(limits: Allowances): void;
  limitsOf(apiKey: string): Allowances;
  /** Lowers (or restores) what accounts may use by this key (IG REST: PUT /operations/application). */
  limit(apiKey: string, limits: Pick<Allowances, 'accountOverall' | 'accountTrading'>): void;
  /** Counts one request; the error code when a bucket is empty. */
  count(kind: AllowanceClass, apiKey: string, accountId: string | undefined): string | undefined;
  /** What is left of the week's points; `allowanceExpiry` in seconds. */
  history(
    apiKey: string,
    accountId: string,
  ): { remainingAllowance: number; totalAllowance: number; allowanceExpiry: number };
  spendHistory(apiKey: string, accountId: string, rows: number): void;
}

export function createAllowanceMeter(limits: Allowances, clock: Clock): AllowanceMeter {
  const nowMs = () => clock.now().getTime();
  let minute = -1;
  let week = -1;
  const used = new Map<string, number>();
  const points = new Map<string, number>();
  const byKey = new Map<string, Pick<Allowances, 'accountOverall' | 'accountTrading'>>();
  function limitsOf(apiKey: string): Allowances {
    const own = byKey.get(apiKey) ?? limits;
    return {
      ...limits,
      accountOverall: Math.min(limits.accountOverall, own.accountOverall),
      accountTrading: Math.min(limits.accountTrading, own.accountTrading),
    };
  }
  function take(bucket: string, limit: number): boolean {
    const now = Math.floor(nowMs() / minuteMs);
    if (now !== minute) used.clear();
    minute = now;
    const count = used.get(bucket) ?? 0;
    if (count >= limit) return false;
    used.set(bucket, count + 1);
    return true;
  }
  function pointsUsed(owner: string): number {
    const now = Math.floor(nowMs() / weekMs);
    if (now !== week) points.clear();
    week = now;
    return points.get(owner) ?? 0;
  }
  return {
    get limits() {
      return limits;
    },
    grant: (granted) => void (limits = granted),
    limitsOf,
    limit: (apiKey, lower) => void byKey.set(apiKey, lower),
    count(kind, apiKey, accountId) {
      const { applicationOverall, accountOverall, accountTrading } = limitsOf(apiKey);
      const code = (what: string) => `error.public-api.exceeded-${what}-allowance`;
      if (kind === 'T')
        return take(`trading ${accountId}`, accountTrading) ? undefined : code('account-trading');
      if (!take(`key ${apiKey}`, applicationOverall)) return code('api-key');
      if (accountId !== undefined && kind !== 'A' && !take(`account ${accountId}`, accountOverall))
        return code('account');
      return undefined;
    },
    history(apiKey, accountId) {
      const remaining = Math.max(0, limits.historicalPoints - pointsUsed(`${apiKey} ${accountId}`));
      return {
        remainingAllowance: remaining,
        totalAllowance: limits.historicalPoints,
        allowanceExpiry: Math.ceil((weekMs - (nowMs() % weekMs)) / 1_000),
      };
    },
    spendHistory(apiKey, accountId, rows) {
      const owner = `${apiKey} ${accountId}`;
      points.set(owner, pointsUsed(owner) + rows);
    },
  };
}
