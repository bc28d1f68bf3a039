// What may be dealt on an account, and what bounds it: the live switch, the kill switch, and the loss of the day. Its limits are in risk-limits.ts.
import { z } from 'zod';
import { DecimalText, Environment, Instant, PlainText } from './primitives.ts';
import { LimitUse, RiskLimits } from './risk-limits.ts';
import { AccountId, RiskLimitName } from './trading.ts';

/** `off`: nothing at all is sent to the broker to be dealt. Whatever else it is, what makes a position smaller goes. */
export const DealingState = z.enum(['active', 'reduce_only', 'halted', 'off']).meta({
  id: 'DealingState',
  description:
    'active: everything may be dealt, within the limits. reduce_only: positions may only be closed, until the limits named in `missing` are set or what stands in `switches` is taken back. halted: dealing was stopped; positions may only be closed. off: a live account whose live dealing is not switched on; nothing is dealt, closes included.',
});
export type DealingState = z.infer<typeof DealingState>;

/** `warning`: equity no longer covers the margin. `close_out`: it covers less than half of it, where the broker may close positions. */
export type MarginCall = 'warning' | 'close_out';

/** What somebody may set: `off` is the live switch's alone. */
export const SwitchPosition = DealingState.exclude(['off']);
export type SwitchPosition = z.infer<typeof SwitchPosition>;
/** Whom a switch holds for, and whose it is: each is taken back by whoever may set it, and the strictest holds. */
export const SwitchScope = z.enum(['account', 'user', 'administrator', 'everything', 'flatten']).meta({
  id: 'SwitchScope',
  description:
    'account: set for this account. user: set by you for all of yours, also those connected later. administrator: set for all of yours by an administrator. everything: set by an administrator for every account here. flatten: a trading.flatten is running.',
});
export type SwitchScope = z.infer<typeof SwitchScope>;
export const SwitchedBy = z.enum(['owner', 'administrator', 'dead_man']);
export type SwitchedBy = z.infer<typeof SwitchedBy>;
export const DealingSwitch = z
  .object({
    scope: SwitchScope,
    dealingState: SwitchPosition.exclude(['active']),
    by: SwitchedBy,
    at: Instant,
    reason: z.string().nullable(),
  })
  .meta({ id: 'DealingSwitch' });
export type DealingSwitch = z.infer<typeof DealingSwitch>;

export const DeadManAction = z.enum(['halt', 'cancel_all', 'flatten']).meta({
  id: 'DeadManAction',
  description:
    'halt: dealing is halted on the account, as with trading.setDealingState. cancel_all, flatten: as with trading.cancelAll and trading.flatten.',
});
export type DeadManAction = z.infer<typeof DeadManAction>;
export const DeadMan = z
  .object({
    action: DeadManAction,
    afterMs: z.number().int(),
    armedAt: Instant,
    firesAt: Instant.describe('unless it is armed again or disarmed before'),
    firedAt: Instant.nullable(),
  })
  .meta({ id: 'DeadMan' });
export type DeadMan = z.infer<typeof DeadMan>;

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
    switches: z.array(DealingSwitch).describe('what was set that is stricter than active'),
    deadMan: DeadMan.nullable().describe('the dead-man’s switch, armed or fired; null: none'),
    limits: RiskLimits,
    uses: z.array(LimitUse).describe('each limit that is set, and how far it is used'),
    today: AccountDay.nullable().describe('null until the broker has told the account’s figures'),
  })
  .meta({ id: 'AccountRisk' });
export type AccountRisk = z.infer<typeof AccountRisk>;

export const SwitchReason = PlainText(200);
/** `scope: user`: all of the user's accounts, also those connected later. */
export const SetDealingState = z
  .object({
    accountId: AccountId.optional(),
    dealingState: SwitchPosition,
    scope: z.enum(['account', 'user']),
    reason: SwitchReason.optional().describe('for whoever reads the event or trading.getRisk'),
  })
  .refine(({ scope, accountId }) => scope === 'account' || accountId === undefined, {
    path: ['accountId'],
    error: 'cannot stand beside scope user, which means all of them: leave it out, or write scope account',
  });
export type SetDealingState = z.infer<typeof SetDealingState>;
/** Every account that it holds for. */
export const DealingStates = z.object({ accounts: z.array(AccountRisk) }).meta({ id: 'DealingStates' });
export type DealingStates = z.infer<typeof DealingStates>;

export const ArmDeadMan = z.object({
  accountId: AccountId.optional(),
  afterMs: z.number().int().min(1_000).max(86_400_000).describe('of silence, counted from this call'),
  action: DeadManAction,
});
export type ArmDeadMan = z.infer<typeof ArmDeadMan>;

/** What decides about the state of an account. */
export interface DealingFacts extends Pick<RiskLimits, RiskLimitName> {
  environment: Environment;
  halted: boolean;
  reduceOnly: boolean;
  /** Of a live account: whether it is switched on. */
  liveDealing: boolean;
}
export function dealingStateOf(facts: DealingFacts): {
  dealingState: DealingState;
  missing: RiskLimitName[];
} {
  const { environment, halted, reduceOnly, liveDealing, maxSize, maxDailyLoss } = facts;
  const isLive = environment === 'live';
  const missing: RiskLimitName[] = [];
  if (isLive && maxSize === null) missing.push('maxSize');
  if (isLive && maxDailyLoss === null) missing.push('maxDailyLoss');
  if (isLive && !liveDealing) return { dealingState: 'off', missing };
  if (halted) return { dealingState: 'halted', missing };
  return { dealingState: reduceOnly || missing.length > 0 ? 'reduce_only' : 'active', missing };
}
