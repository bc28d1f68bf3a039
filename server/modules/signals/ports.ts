// What signals need from outside: what deals for their owner, and whether that owner has just proved who they are. No code.
import type { DealPreview, PreviewDeal } from '../../../shared/preview.ts';
import type { OpenPosition } from '../../../shared/deal-requests.ts';
import type { SetTarget, TargetOutcome } from '../../../shared/targets.ts';
import type { DealOutcome } from '../../../shared/trading.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Principal } from '../../trpc/context.ts';

/** The same ways as the owner's own calls: kill switch, limits and rules are asked there. */
export interface SignalDealing {
  open(userId: string, order: OpenPosition): Promise<DealOutcome>;
  setTarget(userId: string, target: SetTarget): Promise<TargetOutcome>;
  preview(userId: string, asked: PreviewDeal): Promise<DealPreview>;
  /** The broker's ids of the positions that are open in a market. */
  openIn(accountId: string, epic: string): Promise<string[]>;
  /** Whether a key stands for something that was dealt, or tried to be. */
  isKeyUsed(userId: string, idempotencyKey: string): Promise<boolean>;
}
/** An account of a user; left out: their only one. Throws accounts.*. */
export type AccountOf = (
  userId: string,
  accountId?: string,
) => Promise<{ id: string; environment: Environment }>;
/** Throws auth.step_up_required. */
export type RequireFresh = (principal: Principal) => Promise<void>;
