// The gateway: every feed's and account's stream, on the bus, from whichever process holds its lease. One feed is in prices/, one account in accounts/.
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Bus, KeyedSubscription } from '../messaging/bus.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import type { AccountStatus } from './accounts/runner.ts';
import { createAccountStreams, type ConnectedAccounts } from './accounts/streams.ts';
import { createFeedRunner, type FeedStatus } from './prices/runner.ts';
import { defaultGatewayLimits, type GatewayLimits } from './limits.ts';
import type { IgClient } from './prices/client.ts';
import { loadSdk as loadStockSdk, type LoadSdk } from './stream/sdk.ts';

export interface Gateway {
  /** Listens for interest and starts competing for the leases. Resolves without waiting for IG. */
  start(): Promise<void>;
  status(): FeedStatus[];
  accountStatus(): AccountStatus[];
  /** Says `down`, gives the leases back and closes the streams. */
  stop(): Promise<void>;
}

interface GatewayDeps {
  clients: readonly IgClient[];
  /** What sees the raw ticks of each feed while its lease is held here. */
  taps?: readonly PriceTap[];
  /** Without them only feeds are streamed. */
  accounts?: ConnectedAccounts;
  database: Database;
  bus: Bus;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Tests bring the SDK's other generation. */
  loadSdk?: LoadSdk;
  limits?: GatewayLimits;
}

export function createGateway({
  clients,
  taps = [],
  accounts,
  database,
  bus,
  clock,
  ids,
  logger: parent,
  loadSdk = loadStockSdk,
  limits = defaultGatewayLimits,
}: GatewayDeps): Gateway {
  const logger = parent.child({ part: 'gateway' });
  const holder = ids.next('gateway');
  const runners = new Map(
    clients.map((client) => [
      client.login.feed,
      createFeedRunner({ client, taps, database, bus, clock, logger, holder, loadSdk, limits }),
    ]),
  );
  const accountStreams =
    accounts && createAccountStreams({ accounts, database, bus, clock, logger, holder, loadSdk, limits });
  let interest: KeyedSubscription | undefined;
  return {
    async start() {
      interest = await bus.subscribe('interest', (message) => runners.get(message.feed)?.onInterest(message));
      await interest.setKeys(runners.keys());
      for (const runner of runners.values()) runner.start();
      accountStreams?.start();
    },
    status: () => [...runners.values()].map((runner) => runner.status()),
    accountStatus: () => accountStreams?.status() ?? [],
    async stop() {
      await interest?.close();
      await Promise.all([...[...runners.values()].map((runner) => runner.stop()), accountStreams?.stop()]);
    },
  };
}
