// What an account's state and its limits say against a deal, at its admission and again before its first byte. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Environment } from '../../../../shared/primitives.ts';
import { dealingStateOf, type DealingFacts } from '../../../../shared/risk.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import type { RiskRow } from './store.ts';

/** The columns of the risk row that decide what may be dealt. */
export const guardColumns = ['halted', 'haltEpoch', 'liveDealing', 'maxSize', 'maxDailyLoss'] as const;
export type GuardRow = Pick<RiskRow, (typeof guardColumns)[number]>;

export interface GuardedDeal {
  environment: Environment;
  /** What makes a position smaller goes in every state but one: no live account is dealt on that is not switched on. */
  raisesRisk: boolean;
}

/** Why a deal may not go whatever it is like; null: it may. */
export function refuseState({ environment, raisesRisk }: GuardedDeal, row: GuardRow): DealReason | null {
  const { dealingState, missing } = dealingStateOf(factsOf(environment, row));
  if (dealingState === 'off') return { code: 'live_dealing_off' };
  if (!raisesRisk || dealingState === 'active') return null;
  return dealingState === 'halted' ? { code: 'dealing_halted' } : { code: 'reduce_only', missing };
}

/** The same once more, right before the first byte, of a deal that was admitted at `haltEpoch`. */
export function refuseSending(deal: GuardedDeal, haltEpoch: number, row: GuardRow): DealReason | null {
  const reason = refuseState(deal, row);
  if (reason) return reason;
  // Something was forbidden since, if only for a moment: what was admitted before may rest on it.
  return deal.raisesRisk && row.haltEpoch !== haltEpoch ? { code: 'dealing_halted' } : null;
}

export const refuseLargeSize = (size: string, { maxSize: limit }: GuardRow): DealReason | null =>
  limit !== null && decimal.compare(size, limit) > 0 ? { code: 'size_limit', size, limit } : null;

/** `loss` of the running day; null: nobody knows it, and a limit that cannot be held against anything is not kept. */
export function refuseLoss(loss: string | null, { maxDailyLoss: limit }: GuardRow): DealReason | null {
  if (limit === null) return null;
  if (loss === null) return { code: 'daily_loss_unknown', limit };
  return decimal.compare(loss, limit) >= 0 ? { code: 'daily_loss_limit', loss, limit } : null;
}

export const factsOf = (
  environment: Environment,
  { halted, liveDealing, maxSize, maxDailyLoss }: Omit<GuardRow, 'haltEpoch'>,
): DealingFacts => ({ environment, halted, liveDealing, maxSize, maxDailyLoss });

type Limits = Pick<GuardRow, 'maxSize' | 'maxDailyLoss'>;
/** Whether new limits forbid anything that those before allowed. Without its limits a live account only closes. */
export function isStricter(environment: Environment, next: Limits, before: Limits): boolean {
  const one = (name: keyof Limits) => {
    const [now, was] = [next[name], before[name]];
    if (now === null) return was !== null && environment === 'live';
    return was === null || decimal.compare(now, was) < 0;
  };
  return one('maxSize') || one('maxDailyLoss');
}
