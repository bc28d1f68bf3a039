// Whether the broker takes deals on an account at all, as was last found. Pure.
import type { DealReason } from '../../../../shared/trading.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { RiskRow } from './store.ts';

/** What nobody has found again for so long holds up no deal: the gateway asks every 15 s at the latest while an account is not up. */
const confirmedForMs = 60_000;

/** Why no risk may be raised on an account; null: nothing is known against it. Closes are tried all the same. */
export function refuseUnavailable({ health }: Pick<RiskRow, 'health'>, now: Date): DealReason | null {
  if (!health || (health.state !== 'read_only' && health.state !== 'offline')) return null;
  if (ageMs(health.confirmedAt, now) > confirmedForMs) return null;
  return { code: 'account_unavailable', state: health.state, since: health.since };
}
