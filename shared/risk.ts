// What may be dealt on an account, and what bounds it: the live switch, limits, and the loss of the day.
import { z } from 'zod';
import { DecimalText, Environment, Instant } from './primitives.ts';
import { AccountId, PositiveDecimal, RiskLimitName } from './trading.ts';

/** `off`: nothing at all is sent to the broker to be dealt. Whatever else it is, what makes a position smaller goes. */
export const DealingState = z.enum(['active', 'reduce_only', 'halted', 'off']).meta({
  id: 'DealingState',
  description:
    'active: everything may be dealt, within the limits. reduce_only: positions may only be closed, until the limits named in `missing` are set. halted: dealing was stopped; positions may only be closed. off: a live account whose live dealing is not switched on; nothing is dealt, closes included.',
});
export type DealingState = z.infer<typeof DealingState>;

export const RiskLimits = z
  .object({
    maxSize: DecimalText.nullable().describe(
      'the largest deal that may be opened, in the size of its market; null: no such limit',
    ),
    maxDailyLoss: DecimalText.nullable().describe(
      'in the account’s currency: once as much is lost on a day, nothing more is opened on it; null: no such limit',
    ),
  })
  .meta({ id: 'RiskLimits' });
export type RiskLimits = z.infer<typeof RiskLimits>;

/** What has become of an account’s money since its day began: loss = equity at the start + paid in − paid out − equity now, at least 0. */
export const AccountDay = z
  .object({
    on: z.string().describe('the day, such as 2026-03-29'),
    timeZone: z.string().describe('the IANA zone whose midnight it begins at: yours when it began'),
    startsAt: Instant,
    endsAt: Instant,
    equityAtStart: DecimalText,
    equityAtStartAt: Instant.describe(
      'when the broker told it: the last figures before the day began, or the first of it where there were none',
    ),
    paidIn: DecimalText.describe('cash that came without a deal'),
    paidOut: DecimalText.describe('cash that went without a deal, once the broker’s history has shown none'),
    equity: DecimalText.describe('cash + running profit, as the broker last told'),
    equityAt: Instant,
    loss: DecimalText.describe('running losses count; 0 when there is a gain'),
  })
  .meta({ id: 'AccountDay' });
export type AccountDay = z.infer<typeof AccountDay>;

export const AccountRisk = z
  .object({
    accountId: z.string(),
    environment: Environment,
    currency: z.string(),
    dealingState: DealingState,
    missing: z.array(RiskLimitName).describe('the limits without which a live account only closes'),
    limits: RiskLimits,
    today: AccountDay.nullable().describe('null until the broker has told the account’s figures'),
  })
  .meta({ id: 'AccountRisk' });
export type AccountRisk = z.infer<typeof AccountRisk>;

/** What is left out stays as it is; null takes the limit away. */
export const SetRiskLimits = z
  .object({
    accountId: AccountId.optional(),
    maxSize: PositiveDecimal.nullable().optional(),
    maxDailyLoss: PositiveDecimal.nullable().optional(),
  })
  .refine(({ maxSize, maxDailyLoss }) => maxSize !== undefined || maxDailyLoss !== undefined, {
    path: ['maxSize'],
    error: 'send at least one of maxSize and maxDailyLoss',
  });
export type SetRiskLimits = z.infer<typeof SetRiskLimits>;

/** What decides about the state of an account. */
export interface DealingFacts extends RiskLimits {
  environment: Environment;
  halted: boolean;
  /** Of a live account: whether it is switched on. */
  liveDealing: boolean;
}
export function dealingStateOf({ environment, halted, liveDealing, maxSize, maxDailyLoss }: DealingFacts): {
  dealingState: DealingState;
  missing: RiskLimitName[];
} {
  const isLive = environment === 'live';
  const missing: RiskLimitName[] = [];
  if (isLive && maxSize === null) missing.push('maxSize');
  if (isLive && maxDailyLoss === null) missing.push('maxDailyLoss');
  if (isLive && !liveDealing) return { dealingState: 'off', missing };
  if (halted) return { dealingState: 'halted', missing };
  return { dealingState: missing.length > 0 ? 'reduce_only' : 'active', missing };
}
