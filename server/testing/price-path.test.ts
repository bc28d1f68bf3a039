// One price through the whole product: the simulator's stream, the SDK, the gateway, the bus, the hub, a stock client.
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Tick } from '../../client/index.ts';
import { instrumentByEpic } from '../ig-simulator/index.ts';
import { readRecording, type Row } from '../ig-simulator/market/recording.ts';
import { signIn, type Caller } from './kit.ts';
import { describeWith } from './requires.ts';
import { startRoles } from './roles.ts';
import { testApp } from './test-app.ts';

const timeoutMs = 90_000;

/** Collects ticks until `enough` says so. */
function watch({ api }: Caller, epics: string[], enough: (ticks: Tick[]) => boolean): Promise<Tick[]> {
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
      await using roles = await startRoles(amqpUrl);
      const [gateway, { url }] = await Promise.all([roles.start('gateway'), roles.start('api')]);
      await using client = signIn(url);
      const epic = 'CS.D.EURUSD.CFD.IP';

      const live = await watch(client, [epic], (ticks) => ticks.filter(({ stale }) => !stale).length >= 3);
      // A snapshot that was read comes first, where one does; it is not live, and IG's REST drops the zeros that its stream keeps.
      expect(live.filter(({ feed }) => feed !== 'simulated')).toEqual([]);
      const streamed = live.filter((tick) => !tick.stale);
      expect(streamed.length).toBeGreaterThanOrEqual(3);
      expect(streamed.filter(({ bid }) => !/^\d\.\d{5}$/.test(bid!))).toEqual([]);
      const read = live.filter((tick) => tick.stale);
      expect(read.filter(({ bid }) => !/^\d\.\d{1,5}$/.test(bid!))).toEqual([]);

      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);

      const stale = watch(client, [epic], (ticks) => ticks.at(-1)!.stale);
      gateway.program.child.kill('SIGKILL');
      await stale;

      await roles.start('gateway');
      const resumed = await watch(client, [epic], (ticks) => ticks.filter((tick) => !tick.stale).length >= 3);
      expect(resumed.at(-1)!.seq).toBeGreaterThan(live.at(-1)!.seq);
    },
    timeoutMs,
  );
});
