// One price through the whole product: the simulator's stream, the SDK, the gateway, the bus, the hub, a stock client.
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Tick } from '../../client/index.ts';
import { installationName } from '../compose/ground.ts';
import { instrumentByEpic } from '../ig-simulator/index.ts';
import { readRecording, type Row } from '../ig-simulator/market/recording.ts';
import { durableChannels } from '../messaging/channels.ts';
import { signIn } from './kit.ts';
import { noteLeftover, removeTopology } from './leftovers.ts';
import { startProgram, type Program } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp, testSecrets } from './test-app.ts';
import { testDb } from './test-db.ts';

const timeoutMs = 90_000;

/** Collects ticks until `enough` says so. */
function watch(
  { api }: ReturnType<typeof signIn>,
  epics: string[],
  enough: (ticks: Tick[]) => boolean,
): Promise<Tick[]> {
  return new Promise((resolve, reject) => {
    const ticks: Tick[] = [];
    const subscription = api.marketData.onPrices.subscribe(
      { epics },
      {
        onData(prices) {
          for (const tick of prices) ticks.push(tick);
          if (!enough(ticks)) return;
          subscription.unsubscribe();
          resolve(ticks);
        },
        onError: reject,
      },
    );
  });
}

await describeWith('data', 'a recorded hour', (data) => {
  test(
    'an unthrottled client receives every recorded tick, in order, text unchanged',
    async () => {
      const file = path.join(data, 'ticks/BTCUSD_dukascopy_2023-02-20T12.csv.gz');
      const rows: Row[] = [];
      const epic = 'CS.D.BITCOIN.CFD.IP';
      for await (const some of readRecording(file, instrumentByEpic.get(epic)!)) rows.push(...some);
      await using app = await testApp({
        simulator: { replay: { files: [{ path: file, epic }], speed: 1_000, start: 'onSubscribe' } },
      });
      await using client = signIn(app.url);
      const ticks = await watch(client, [epic], (got) => got.length >= rows.length);
      expect(ticks.map(({ bid, offer }) => `${bid} ${offer}`)).toEqual(
        rows.map(({ bid, offer }) => `${bid} ${offer}`),
      );
      expect(ticks.every((tick, i) => i === 0 || tick.seq > ticks[i - 1]!.seq)).toBe(true);
      expect(ticks.every(({ stale, feed }) => !stale && feed === 'simulated')).toBe(true);
    },
    timeoutMs,
  );
});

await describeWith('rabbitmq', 'gateway and API as processes of their own, over RabbitMQ', (amqpUrl) => {
  test(
    'prices arrive; when the gateway is killed they are marked stale; when one is back they go on',
    async () => {
      await using db = await testDb();
      await using simulator = startProgram('server/main/simulator.ts', { args: ['--port', '0', '--json'] });
      const [line] = await simulator.printed(/^\{.*\}$/m);
      const { baseUrl, apiKey, identifier, password, accountId } = JSON.parse(line) as Record<string, string>;
      const env = {
        DATABASE_URL: db.url,
        AMQP_URL: amqpUrl,
        PORT: '0',
        HEALTH_PORT: '0',
        LOG_LEVEL: 'warn',
        SECRET_KEY: testSecrets.secretKey,
        ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
        IG_BASE_URL: baseUrl!,
        IG_API_KEY: apiKey!,
        IG_IDENTIFIER: identifier!,
        IG_PASSWORD: password!,
        IG_ACCOUNT_ID: accountId!,
      };
      const prefix = await installationName(db.database);
      const topology = { amqpUrl, prefix, channels: Object.keys(durableChannels) };
      const strikeOut = noteLeftover(topology);
      await using _queues = {
        async [Symbol.asyncDispose]() {
          await removeTopology(topology);
          strikeOut();
        },
      };
      const startGateway = async (): Promise<Program> => {
        const gateway = startProgram('server/main/gateway.ts', { env });
        await gateway.printed(/FTrader gateway is [^]*Health/);
        return gateway;
      };
      const gateway = await startGateway();
      await using api = startProgram('server/main/api.ts', { env });
      const [, url] = await api.printed(/Page\s+(http:\S+)\//);
      await using client = signIn(url!);
      const epic = 'CS.D.EURUSD.CFD.IP';

      const live = await watch(client, [epic], (ticks) => ticks.filter(({ stale }) => !stale).length >= 3);
      // A snapshot that was read comes first, where one does; it is not live, and IG's REST drops the zeros that its stream keeps.
      expect(live.filter(({ feed }) => feed !== 'simulated')).toEqual([]);
      const streamed = live.filter((tick) => !tick.stale);
      expect(streamed.length).toBeGreaterThanOrEqual(3);
      expect(streamed.filter(({ bid }) => !/^\d\.\d{5}$/.test(bid!))).toEqual([]);
      const read = live.filter((tick) => tick.stale);
      expect(read.filter(({ bid }) => !/^\d\.\d{1,5}$/.test(bid!))).toEqual([]);

      const [, health] = /Health\s+(http:\S+)\/readyz/.exec(gateway.output())!;
      expect((await fetch(`${health}/readyz`)).status).toBe(200);

      const stale = watch(client, [epic], (ticks) => ticks.at(-1)!.stale);
      gateway.child.kill('SIGKILL');
      await stale;

      await using _next = await startGateway();
      const resumed = await watch(client, [epic], (ticks) => ticks.filter((tick) => !tick.stale).length >= 3);
      expect(resumed.at(-1)!.seq).toBeGreaterThan(live.at(-1)!.seq);
    },
    timeoutMs,
  );
});
