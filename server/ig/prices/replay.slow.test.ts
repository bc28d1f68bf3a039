import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import * as build from '../../testing/build.ts';
import { describeWith } from '../../testing/requires.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createGateway, createIgClients } from '../index.ts';
import { defaultGatewayLimits } from '../limits.ts';

const epic = 'CS.D.EURUSD.CFD.IP';

await describeWith('data', 'recorded ticks', (where) => {
  test('a recorded week of EUR/USD, a quarter of a million ticks, passes the gateway complete, in order, its text unchanged', async () => {
    const file = path.join(where, 'ticks/EURUSD_oanda_2014-05-04_2014-05-09.csv.gz');
    const recorded = gunzipSync(await readFile(file))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(',').slice(1, 3).join());
    await using db = await testDb();
    await using broker = await testBroker({
      clock: systemClock,
      replay: { files: [{ path: file, epic }], speed: 'max' },
    });
    const bus = createMemoryBus({
      logger: silentLogger,
      clock: systemClock,
      limits: { ...defaultLimits, queueLength: { ...defaultLimits.queueLength, prices: recorded.length } },
    });
    let count = 0;
    const wrong: unknown[] = [];
    const over = Promise.withResolvers<void>();
    const ticks = await bus.subscribe('prices', ({ bid, offer, seq }) => {
      if (`${bid},${offer}` !== recorded[count] || seq !== 2 ** 32 + count + 1)
        wrong.push({ count, bid, offer, seq, recorded: recorded[count] });
      if (++count === recorded.length) over.resolve();
    });
    await ticks.setKeys(['#']);
    const clients = createIgClients({
      logins: [broker.login],
      database: db.database,
      sealer: build.sealer(),
      clock: systemClock,
      logger: silentLogger,
    });
    const limits = { ...defaultGatewayLimits, interestLapseMs: 600_000 };
    const gateway = createGateway({
      feeds: { clients },
      database: db.database,
      bus,
      clock: systemClock,
      ids: createIds(systemClock),
      logger: silentLogger,
      limits,
    });
    await gateway.start();
    bus.publish('interest', 'simulated', { source: 'test', feed: 'simulated', epics: [epic] });
    await over.promise;
    expect(wrong).toEqual([]);
    await gateway.stop();
    await bus.close();
  }, 120_000);
});
