// The faults that a user may switch, in the words of the simulator's own admin route. Pure.
import type { SimulatedFaultName } from '../../../shared/simulated-faults.ts';
import { simulatedFeedAccountId } from '../../modules/accounts/ports.ts';

/** One of the settings of docs/simulator.md. */
export interface FaultSetting {
  name: string;
  on?: readonly string[];
  accountId?: string;
  count?: number;
  ms?: readonly [number, number];
}

const deals = ['open', 'close', 'amend', 'order', 'cancel'];
const orders = ['order', 'amend', 'cancel'];
/** As long as a setting may last; nobody leaves a broker down for longer by a switch. */
const dayMs = 86_400_000;
const slowMs = 3_000;
const laterMs = 4_000;

/** The settings of a fault; `accountId` is the broker's. */
export function settingsOf(fault: SimulatedFaultName, accountId: string): readonly FaultSetting[] {
  const next = (name: string, on: readonly string[]): FaultSetting => ({ name, on, accountId, count: 1 });
  switch (fault) {
    case 'lost_answer':
      return [{ ...next('delayed-after-reset', deals), ms: [laterMs, laterMs] }];
    case 'lost_words':
      return [
        next('reset-after', deals),
        next('lost-confirm', deals),
        next('lost-opu', ['open', 'close', 'amend']),
        next('lost-wou', orders),
      ];
    case 'lost_confirm':
      return [next('lost-confirm', deals)];
    case 'never_arrives':
      return [next('reset-before', deals)];
    case 'slow_answers':
      return [{ name: 'slow', on: deals, accountId, ms: [slowMs, slowMs] }];
    case 'silent_stream':
      return [{ name: 'mute', accountId }];
    case 'muted_prices':
      return [{ name: 'mute', accountId: simulatedFeedAccountId }];
    case 'dropped_streams':
      return [{ name: 'stream-drop' }];
    case 'refused_logins':
      return [
        { name: 'html-before', on: ['login'] },
        { name: 'maintenance', ms: [0, 0] },
      ];
    case 'broker_down':
      return [{ name: 'maintenance', ms: [dayMs, dayMs] }];
  }
}
