// The gateway: every feed's and account's stream, on the bus, from whichever process holds its lease. One feed is in prices/, one account in accounts/.
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Bus, KeyedSubscription } from '../messaging/bus.ts';
import { accountHealthWakeup } from '../modules/accounts/ports.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import type { AccountStatus } from './accounts/runner.ts';
import { createAccountStreams, type ConnectedAccounts } from './accounts/streams.ts';
import { createLoginFeeds } from './login-feeds.ts';
import { createLoginPrices } from './login-prices.ts';
import { readInterest } from './prices/interest.ts';
import { createFeedRunner, type FeedStatus } from './prices/runner.ts';
import { createLeasedStreams } from './leased-stream.ts';
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

/** The feeds of this process's logins, and what sees the raw ticks of each while its lease is held here. */
interface StreamedFeeds {
  clients: readonly IgClient[];
  taps?: readonly PriceTap[];
}

interface GatewayDeps {
  /** Feeds and accounts: what is left out is not streamed. */
  feeds?: StreamedFeeds;
  accounts?: ConnectedAccounts;
  database: Database;
  /** For leases alone, which must not wait for a connection while many log in; else the same. */
  leaseDatabase?: Database;
  bus: Bus;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Tests bring the SDK's other generation. */
  loadSdk?: LoadSdk;
  limits?: GatewayLimits;
}

export function createGateway({
  feeds: { clients, taps = [] } = { clients: [] },
  accounts,
  database,
  leaseDatabase = database,
  bus,
  clock,
  ids,
  logger: parent,
  loadSdk = loadStockSdk,
  limits = defaultGatewayLimits,
}: GatewayDeps): Gateway {
  const logger = parent.child({ part: 'gateway' });
  const holder = ids.next('gateway');
  const streams = createLeasedStreams({ holder, database: leaseDatabase, loadSdk, clock, logger, limits });
  const shared = { streams, bus, clock, logger, limits };
  const runners = new Map(
    clients.map((client) => {
      const { feed } = client.login;
      const fetchTokens = () => client.fetchStreamTokens();
      const { snapshotsByEpics: readSnapshots } = client;
      return [feed, createFeedRunner({ ...shared, feed, fetchTokens, readSnapshots, taps })];
    }),
  );
  const loginFeeds =
    accounts &&
    createLoginFeeds({
      accounts,
      pricesOf: createLoginPrices(accounts.clients),
      createRunner: (use) => createFeedRunner({ ...shared, ...use, taps }),
      ...shared,
    });
  const accountStreams = accounts && createAccountStreams({ ...shared, accounts });
  let interest: KeyedSubscription | undefined;
  let suspicions: KeyedSubscription | undefined;
  return {
    async start() {
      interest = await bus.subscribe('interest', (raw) => {
        const message = readInterest(raw);
        if (!message) return;
        const runner = runners.get(message.feed);
        if (runner) runner.onInterest(message);
        else loginFeeds?.onInterest(message);
      });
      await interest.setKeys(loginFeeds ? ['#'] : runners.keys());
      for (const runner of runners.values()) runner.start();
      loginFeeds?.start();
      if (!accountStreams) return;
      accountStreams.start();
      suspicions = await bus.subscribe('wakeups', ({ id }) => accountStreams.suspect(id));
      await suspicions.setKeys([accountHealthWakeup]);
    },
    status: () => [
      ...[...runners.values()].map((runner) => runner.status()),
      ...(loginFeeds?.status() ?? []),
    ],
    accountStatus: () => accountStreams?.status() ?? [],
    async stop() {
      await Promise.all([interest?.close(), suspicions?.close()]);
      await Promise.all([
        ...[...runners.values()].map((runner) => runner.stop()),
        loginFeeds?.stop(),
        accountStreams?.stop(),
      ]);
    },
  };
}
