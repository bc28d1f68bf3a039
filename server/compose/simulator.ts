// The simulator inside this process, and its own login for FTrader's price feed.
import { createHmac } from 'node:crypto';
import type { BrokerLogin } from '../ig/index.ts';
import { createSimulator, type Simulator } from '../ig-simulator/index.ts';
import type { Ground } from './ground.ts';
import type { MarketOptions } from './given.ts';

export interface Simulated {
  simulator: Simulator;
  login: BrokerLogin;
}

/** Started on a free port. The login is the same at every start, since the simulator keeps the account. */
export async function startSimulator(
  { lifecycle, logger, clock, ids }: Ground,
  {
    adminToken,
    market: { seed = 'ftrader', replay, dataDir },
  }: { adminToken: string; market: MarketOptions },
): Promise<Simulated> {
  const derived = (what: string) =>
    createHmac('sha256', adminToken).update(`feed ${what}`).digest('base64url');
  const login = {
    identifier: 'ftrader-feed',
    password: derived('password'),
    apiKey: derived('API key'),
    accountId: 'SFEED',
  };
  const simulator = await createSimulator({
    port: 0,
    seed,
    clock,
    ids,
    logger: logger.child({ part: 'simulator' }),
    adminToken,
    logins: [login],
    ...(replay && { replay }),
    ...(dataDir !== undefined && { dataDir }),
  });
  lifecycle.onClose('simulator', () => simulator.stop());
  return {
    simulator,
    login: { ...login, feed: 'simulated', environment: 'simulated', baseUrl: simulator.baseUrl },
  };
}
