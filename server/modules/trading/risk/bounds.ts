// The limits that bear on one deal, the account's and its market's, and what they say against it with their numbers. Pure.
import type { OrderCounts } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { EpicLimits, LimitName, RiskLimits } from '../../../../shared/risk-limits.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import { countOf, minuteUse, type CountedIn } from './order-counts.ts';
import type { RiskRow } from './store.ts';

/** The columns of the risk row that bound what is dealt. */
export type LimitsRow = Pick<
  RiskRow,
  'maxSize' | 'maxExposure' | 'maxDailyLoss' | 'maxOrdersPerMinute' | 'maxOrdersPerDay' | 'epicLimits'
>;
/** One set of limits; `epic` null: the account's. */
export interface Bound extends Omit<EpicLimits, 'epic'> {
  epic: CountedIn;
}

const ofAccount = ({ epicLimits: _, maxDailyLoss: _loss, ...limits }: LimitsRow): Bound => ({
  maxSize: limits.maxSize,
  maxExposure: limits.maxExposure,
  maxOrdersPerMinute: limits.maxOrdersPerMinute,
  maxOrdersPerDay: limits.maxOrdersPerDay,
  epic: null,
});
/** All limits of an account, its markets' first. */
export const allBounds = (row: LimitsRow): Bound[] => [...row.epicLimits, ofAccount(row)];
/** Those that a deal in `epic` must keep: the narrower ones first. Each holds by itself, so a market's can only narrow. */
export const boundsOf = (row: LimitsRow, epic: string): Bound[] =>
  allBounds(row).filter((bound) => bound.epic === null || bound.epic === epic);

export const boundsOrders = ({
  maxOrdersPerMinute,
  maxOrdersPerDay,
}: Pick<Bound, 'maxOrdersPerMinute' | 'maxOrdersPerDay'>): boolean =>
  maxOrdersPerMinute !== null || maxOrdersPerDay !== null;
const named = (epic: CountedIn) => (epic === null ? {} : { epic });
const isAbove = (a: string, b: string) => decimal.compare(a, b) > 0;

export const refuseLargeSize = (size: string, { maxSize: limit, epic }: Bound): DealReason | null =>
  limit !== null && isAbove(size, limit) ? { code: 'size_limit', size, limit, ...named(epic) } : null;

/** One order more, at `now` of the day that ends at `dayEndsAt`; `counts` are of that day. */
export function refuseOrder(
  counts: OrderCounts,
  { epic, maxOrdersPerMinute, maxOrdersPerDay }: Bound,
  { now, dayEndsAt }: { now: Date; dayEndsAt: Date },
): DealReason | null {
  const count = countOf(counts, epic);
  if (maxOrdersPerMinute !== null) {
    const { orders, allowedAgainAt } = minuteUse(count, maxOrdersPerMinute, now);
    const numbers = { orders, limit: maxOrdersPerMinute, allowedAgainAt, ...named(epic) };
    if (orders >= maxOrdersPerMinute) return { code: 'orders_per_minute_limit', ...numbers };
  }
  if (maxOrdersPerDay === null || count.today < maxOrdersPerDay) return null;
  const numbers = { orders: count.today, limit: maxOrdersPerDay, allowedAgainAt: dayEndsAt, ...named(epic) };
  return { code: 'orders_per_day_limit', ...numbers };
}

/**
 * `exposure` that stands already and what the deal adds to it, both as if filled; null: nobody knows, and a limit that cannot be held
 * against anything is not kept. What adds nothing is never refused, however much stands.
 */
export function refuseExposure(
  exposure: string | null,
  added: string | null,
  { maxExposure: limit, epic }: Bound,
): DealReason | null {
  if (limit === null || (added !== null && !isAbove(added, '0'))) return null;
  if (exposure === null || added === null) return { code: 'exposure_unknown', limit, ...named(epic) };
  const wouldBe = decimal.add(exposure, added);
  return isAbove(wouldBe, limit)
    ? { code: 'exposure_limit', exposure: wouldBe, limit, ...named(epic) }
    : null;
}

const limitBehind: Partial<Record<DealReason['code'], LimitName>> = {
  size_limit: 'maxSize',
  exposure_limit: 'maxExposure',
  daily_loss_limit: 'maxDailyLoss',
  orders_per_minute_limit: 'maxOrdersPerMinute',
  orders_per_day_limit: 'maxOrdersPerDay',
};
/** The limit that a reason says is reached, and whose it is; null: none. */
export function breachIn(reason: DealReason): { limit: LimitName; epic: CountedIn } | null {
  const limit = limitBehind[reason.code];
  return limit ? { limit, epic: ('epic' in reason ? reason.epic : undefined) ?? null } : null;
}

type Amounts = Pick<RiskLimits, 'maxSize' | 'maxExposure'> &
  Pick<RiskLimits, 'maxOrdersPerMinute' | 'maxOrdersPerDay'>;
const names = ['maxSize', 'maxExposure', 'maxOrdersPerMinute', 'maxOrdersPerDay'] as const;
/** The limits of a market that are wider than the account's, which would hold all the same. */
export const widerThan = (account: Amounts, epic: Partial<Amounts>): (typeof names)[number][] =>
  names.filter((name) => {
    const [outer, inner] = [account[name], epic[name]];
    return outer !== null && inner != null && isAbove(String(inner), String(outer));
  });

/** Whether new limits forbid anything that those before allowed. */
export function isStricter(next: RiskLimits, before: RiskLimits): boolean {
  const narrows = (now: string | number | null, was: string | number | null) =>
    now !== null && (was === null || isAbove(String(was), String(now)));
  const epicBefore = new Map(before.epics.map((each) => [each.epic, each]));
  return (
    narrows(next.maxDailyLoss, before.maxDailyLoss) ||
    names.some((name) => narrows(next[name], before[name])) ||
    next.epics.some((each) =>
      names.some((name) => narrows(each[name], epicBefore.get(each.epic)?.[name] ?? null)),
    )
  );
}
