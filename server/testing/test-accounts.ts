// The accounts module of a test: a broker that nobody gets in to, and nothing going on, unless the test says otherwise.
import { createAccountsModule } from '../modules/accounts/index.ts';
import type { AccountUse, BrokerDoor } from '../modules/accounts/ports.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { AppError } from '../lib/app-error.ts';
import { silentLogger } from '../lib/logger.ts';
import * as build from './build.ts';
import { createNotify } from '../modules/notifications/index.ts';

type Parts = Parameters<typeof createAccountsModule>[0];

/** Reaches no broker. */
export const closedDoor: BrokerDoor = {
  reaches: () => false,
  visit: () => Promise.reject(new Error('there is no broker in this test')),
  end: async () => async () => undefined,
  look: () => Promise.reject(new Error('there is no broker in this test')),
};
/** Nothing is open, nothing is awaited. */
export const idle: AccountUse = {
  of: async () => ({ undecidedDeals: 0, openPositions: 0, workingOrders: 0 }),
  dealingState: async () => 'active',
};

/** Nobody has one. */
const noPassword = () => Promise.reject(new AppError('auth.wrong_password'));

export function testAccounts({
  database,
  bus,
  ...parts
}: Pick<Parts, 'database' | 'bus' | 'ids' | 'clock'> & Partial<Parts>) {
  const { ids, clock } = parts;
  const events = createUserEvents({ database, bus, logger: silentLogger });
  return createAccountsModule({
    database,
    bus,
    sealer: build.sealer(),
    simulator: null,
    door: closedDoor,
    use: idle,
    allowanceOf: async ({ id, environment }) => ({ accountId: id, environment, buckets: [] }),
    checkPassword: noPassword,
    requireCodeLately: async () => {},
    mayDealLive: async () => true,
    events,
    notify: createNotify({ database, events, ids, clock }),
    feeds: [],
    logger: silentLogger,
    ...parts,
  });
}
