// The switches of the simulated broker's faults, as the owner of a simulated account meets them.
import {
  simulatedFault,
  simulatedFaultNames,
  type SetSimulatedFault,
  type SimulatedFaultName,
  type SimulatedFaultList,
} from '../../../shared/simulated-faults.ts';
import { AppError } from '../../lib/app-error.ts';
import type { SimulatedBroker } from './ports.ts';
import type { AccountRow } from './store.ts';

const onlyAdministrators =
  'This fault strikes everybody at the simulator: an administrator sets it. Those that strike your account alone are yours to set.';

export interface Switcher {
  userId: string;
  /** Is an administrator. */
  mayStrikeAll: boolean;
}
const maySet = ({ mayStrikeAll }: Switcher, fault: SimulatedFaultName): boolean =>
  mayStrikeAll || simulatedFault(fault).strikes === 'account';

/** `simulator` is null where none runs. */
export function createFaultSwitches({
  simulator,
  ownConnected,
}: {
  simulator: SimulatedBroker | null;
  /** Throws accounts.not_found, accounts.disconnected. */
  ownConnected(userId: string, id: string): Promise<AccountRow>;
}) {
  async function simulated(userId: string, id: string) {
    const { environment, brokerAccountId } = await ownConnected(userId, id);
    if (environment !== 'simulated' || !simulator) throw new AppError('accounts.not_simulated');
    return { simulator, brokerAccountId };
  }
  /** Throws accounts.not_found, accounts.disconnected, accounts.not_simulated, broker.*. */
  async function list(who: Switcher, id: string): Promise<SimulatedFaultList> {
    const { simulator, brokerAccountId } = await simulated(who.userId, id);
    const faults = await Promise.all(
      simulatedFaultNames.map(async (fault) => {
        const { armed, spent, hits } = await simulator.faultState(fault, brokerAccountId);
        const state = spent ? ('spent' as const) : armed ? ('armed' as const) : ('off' as const);
        return { fault, ...simulatedFault(fault), state, allowed: maySet(who, fault), hits };
      }),
    );
    return { faults };
  }
  return {
    list,
    /** Throws what `list` throws, and auth.scope_missing. */
    async set(who: Switcher, { id, fault, on }: SetSimulatedFault): Promise<SimulatedFaultList> {
      const { simulator, brokerAccountId } = await simulated(who.userId, id);
      if (!maySet(who, fault)) throw new AppError('auth.scope_missing', { message: onlyAdministrators });
      await simulator.setFault(fault, brokerAccountId, on);
      return list(who, id);
    },
  };
}
