// The simulator inside this process, and its own login for FTrader's price feed.
import { createHmac } from 'node:crypto';
import type { BrokerLogin } from '../ig/index.ts';
import { pause } from '../lib/clock.ts';
import { backoffMs } from '../lib/retry.ts';
import { simulatedFeedAccountId } from '../modules/accounts/index.ts';
import { createSimulator, type Simulator } from '../ig-simulator/index.ts';
import { keepAddress } from './simulator-address.ts';
import type { Ground } from './ground.ts';
import type { MarketOptions } from './given.ts';

export interface Simulated {
  /** The one that runs now, or ran last. */
  readonly simulator: Simulator;
  login: BrokerLogin;
}

/** After its journal could not be written, as with a full disk. */
const restart = { firstMs: 1_000, maxMs: 30_000 };

/**
 * Started on a free port. The login is the same at every start, since the simulator keeps the account. When its journal cannot be
 * written it is down, and nothing else is: it is started again, from what is on the disk, until that works.
 */
export async function startSimulator(
  { lifecycle, logger: parent, clock: ours, ids }: Ground,
  {
    adminToken,
    market: { seed = 'ftrader', replay, dataDir, clock = ours },
  }: { adminToken: string; market: MarketOptions },
): Promise<Simulated> {
  const login = feedAccount(adminToken);
  const logger = parent.child({ part: 'simulator' });
  const closing = new AbortController();
  let reviving: Promise<void> = Promise.resolve();
  const start = (port: number): Promise<Simulator> => {
    let started: Simulator | undefined;
    const starting = createSimulator({
      port,
      onFatal(err) {
        logger.error(
          { err },
          'the simulated broker is down: its journal cannot be written. It is started again until that works',
        );
        if (started) reviving = revive(started.port);
      },
      seed,
      clock,
      ids,
      logger,
      adminToken,
      logins: [login],
      ...(replay && { replay }),
      ...(dataDir !== undefined && { dataDir }),
    });
    return starting.then((simulator) => (started = simulator));
  };
  let simulator = await start(0);
  if (dataDir !== undefined) keepAddress(dataDir, simulator.baseUrl);
  async function revive(port: number): Promise<void> {
    await simulator.stop().catch((err: unknown) => logger.warn({ err }, 'it could not be stopped in order'));
    for (let failures = 0; !closing.signal.aborted; failures++) {
      await pause(clock, backoffMs(failures, restart), closing.signal);
      if (closing.signal.aborted) return;
      try {
        simulator = await start(port);
        return logger.info('the simulated broker is up again');
      } catch (err) {
        logger.warn({ err }, 'the simulated broker could not be started again');
      }
    }
  }
  lifecycle.onClose('simulator', async () => {
    closing.abort();
    await reviving;
    await simulator.stop();
  });
  return {
    get simulator() {
      return simulator;
    },
    login: feedLogin(adminToken, simulator.baseUrl),
  };
}

function feedAccount(adminToken: string) {
  const derived = (what: string) =>
    createHmac('sha256', adminToken).update(`feed ${what}`).digest('base64url');
  return {
    identifier: 'ftrader-feed',
    password: derived('password'),
    apiKey: derived('API key'),
    accountId: simulatedFeedAccountId,
  };
}
/** The login of the price feed at an installation's simulator, wherever that runs. */
export const feedLogin = (adminToken: string, baseUrl: string): BrokerLogin => ({
  ...feedAccount(adminToken),
  feed: 'simulated',
  environment: 'simulated',
  baseUrl,
});
