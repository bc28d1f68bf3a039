// What flows in comes from here: the accounts there are, and what happened on them as their users' events tell it.
import type { Environment } from '../../../../shared/primitives.ts';
import type { EventSource } from '../../events/ports.ts';

export interface InflowAccount {
  id: string;
  userId: string;
  environment: Environment;
  name: string;
  currency: string;
}
export interface InflowPorts {
  /** Every connected account of this installation. */
  accounts: { all(): Promise<readonly InflowAccount[]> };
  events: EventSource;
}
