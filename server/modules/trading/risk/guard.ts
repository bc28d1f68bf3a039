// What an account's state and its limits say against a deal, at its admission and again before its first byte. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Environment } from '../../../../shared/primitives.ts';
import { dealingStateOf, type DealingFacts } from '../../../../shared/risk.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import type { RiskRow } from './store.ts';

/** The columns of the risk row that decide what may be dealt. */
export const guardColumns = [
  'halted',
  'reduceOnly',
  'haltEpoch',
  'liveDealing',
  'maxSize',
  'maxDailyLoss',
] as const;
export type GuardRow = Pick<RiskRow, (typeof guardColumns)[number] | 'wider'>;

/** Rises whenever something is forbidden on the account that was not before, whoever forbids it. */
export const epochOf = ({ haltEpoch, wider }: Pick<GuardRow, 'haltEpoch' | 'wider'>): number =>
  haltEpoch + wider.epoch;

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

/** The same once more, right before the first byte, of a deal that was admitted when `epochOf` gave `haltEpoch`. */
export function refuseSending(deal: GuardedDeal, haltEpoch: number, row: GuardRow): DealReason | null {
  const reason = refuseState(deal, row);
  if (reason) return reason;
  // Something was forbidden since, if only for a moment: what was admitted before may rest on it.
  return deal.raisesRisk && epochOf(row) !== haltEpoch ? { code: 'dealing_halted' } : null;
}

/** `loss` of the running day; null: nobody knows it, and a limit that cannot be held against anything is not kept. */
export function refuseLoss(
  loss: string | null,
  { maxDailyLoss: limit }: Pick<GuardRow, 'maxDailyLoss'>,
): DealReason | null {
  if (limit === null) return null;
  if (loss === null) return { code: 'daily_loss_unknown', limit };
  return decimal.compare(loss, limit) >= 0 ? { code: 'daily_loss_limit', loss, limit } : null;
}

export const factsOf = (
  environment: Environment,
  { halted, reduceOnly, wider, liveDealing, maxSize, maxDailyLoss }: Omit<GuardRow, 'haltEpoch'>,
): DealingFacts => ({
  environment,
  halted: halted || wider.dealingState === 'halted',
  reduceOnly: reduceOnly || wider.dealingState === 'reduce_only',
  liveDealing,
  maxSize,
  maxDailyLoss,
});

type Required = Pick<GuardRow, 'maxSize' | 'maxDailyLoss'>;
/** Whether a limit goes without which a live account only closes. */
export const lacksLimit = (next: Required, before: Required): boolean =>
  (next.maxSize === null && before.maxSize !== null) ||
  (next.maxDailyLoss === null && before.maxDailyLoss !== null);
