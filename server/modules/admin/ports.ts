// What administration needs from outside, in its own words.
import type { DealingHalts } from '../../../shared/admin.ts';
import type { SwitchPosition } from '../../../shared/risk.ts';

/** Whom an administrator's switch is for. */
export type Whom = { scope: 'administrator'; userId: string } | { scope: 'everything' };
export interface Dealing {
  /** Holds from its commit on, before the next byte is sent, for accounts that are connected later too. */
  setDealingState(
    whom: Whom,
    set: { dealingState: SwitchPosition; by: 'administrator'; reason: string | null },
  ): Promise<void>;
  /** What administrators have set that is stricter than active, for everything first, then by user. */
  halts(): Promise<DealingHalts['halts']>;
}
export interface Users {
  exists(userId: string): Promise<boolean>;
}
