// One consumer of forty streamed prices: the SDK with a listener that does nothing, or a gateway that publishes them on a bus.
import { createGateway, createIgClients, loadSdk, type BrokerLogin } from '../../server/ig/index.ts';
import { defaultGatewayLimits } from '../../server/ig/limits.ts';
import { priceFields } from '../../server/ig/prices/translate.ts';
import { createDatabase } from '../../server/db/client.ts';
import { systemClock as clock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';
import { createSealer } from '../../server/lib/seal.ts';
import { createBus } from '../../server/messaging/index.ts';
import { createStandingInterest } from '../../server/realtime/standing-interest.ts';
import { streamedItems, type FeedReply, type FeedRequest, type FeedSide } from './gateway-protocol.ts';
import { login } from './simulator-protocol.ts';

const side = process.argv[2] as FeedSide;
/** Before the first measurement. */
const warmUpdates = 2_000;
type Connect = Extract<FeedRequest, { do: 'connect' }>;
/** How many updates have come to their end: the listener, or the bus. */
let count: () => number;

async function listen({ port, epics }: Connect): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const { headers } = await fetch(`${base}/gateway/deal/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'X-IG-API-KEY': login.apiKey, Version: '2' },
    body: JSON.stringify({ identifier: login.identifier, password: login.password }),
  });
  const sdk = await loadSdk();
  const client = sdk.createClient(base);
  client.connectionDetails.setUser(login.accountId);
  client.connectionDetails.setPassword(`CST-${headers.get('cst')}|XST-${headers.get('x-security-token')}`);
  client.connectionOptions.setForcedTransport('WS-STREAMING');
  let updates = 0;
  count = () => updates;
  for (const epic of epics) {
    const subscription = sdk.createSubscription('MERGE', [`PRICE:${login.accountId}:${epic}`], priceFields);
    subscription.setDataAdapter('Pricing');
    subscription.setRequestedSnapshot('yes');
    subscription.addListener({ onItemUpdate: () => void updates++ });
    client.subscribe(subscription);
  }
  client.connect();
}

async function publish({ port, databaseUrl, amqpUrl, prefix, epics }: Connect): Promise<void> {
  const feed = `bench_${side}`;
  const database = createDatabase({ url: databaseUrl, logger });
  const bus = await createBus({ logger, clock, prefix, ...(side === 'rabbitmq' && { amqpUrl }) });
  await bus.ready();
  const ids = createIds(clock);
  const own: BrokerLogin = {
    ...login,
    feed,
    environment: 'simulated',
    baseUrl: `http://127.0.0.1:${port}/gateway/deal`,
  };
  const sealer = createSealer([`k1:${Buffer.alloc(32, 9).toString('base64')}`]);
  const gateway = createGateway({
    feeds: { clients: createIgClients({ logins: [own], database, sealer, clock, logger }) },
    database,
    bus,
    clock,
    ids,
    logger,
    limits: { ...defaultGatewayLimits, maxStreamedEpics: streamedItems },
  });
  await gateway.start();
  createStandingInterest({ bus, clock, source: 'bench', class: 'watchers' }).want(feed, epics);
  // In memory a price costs a copy for who reads it; on RabbitMQ its readers are other processes.
  if (side === 'memory') await (await bus.subscribe('prices', () => undefined)).setKeys(['#']);
  count = () => bus.stats().published;
}

process.on('message', async (request: FeedRequest) => {
  const reply: FeedReply = { updates: 0, cpuMs: 0, wallMs: 0 };
  if (request.do === 'connect') {
    await (side === 'sdk' ? listen(request) : publish(request));
    // A lease, a login and the interest in forty markets come first.
    while (count() < warmUpdates) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (request.do === 'run') {
    const [before, cpu, start] = [count(), process.cpuUsage(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, request.seconds * 1_000));
    const { user, system } = process.cpuUsage(cpu);
    Object.assign(reply, {
      updates: count() - before,
      cpuMs: (user + system) / 1_000,
      wallMs: performance.now() - start,
    });
  }
  process.send!(reply);
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
