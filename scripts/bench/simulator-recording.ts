// The same generated year as a recording of candles, played at full speed by a whole simulator that holds positions: reading, prices, desk, engine and journal.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pause, systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createSimulator } from '../../server/ig-simulator/index.ts';
import { epic, quotesOf } from './simulator-year.ts';

const login = {
  identifier: 'year',
  password: 'year',
  apiKey: 'b'.repeat(40),
  accountId: 'YEAR',
  balance: '100000',
};
const spread = 6;
const lookEveryMs = 50;

/** Candles of bid and offer, as recordings have them. */
async function writeCandles(file: string, seed: string, days: number) {
  const out = createWriteStream(file);
  out.write('timestamp,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close\n');
  const bids: number[] = [];
  for (const { minute, bid } of quotesOf(seed, days)) {
    if (bids.push(bid) < 4) continue;
    const four = bids.splice(0);
    const sides = [0, spread].flatMap((add) =>
      [four[0]!, Math.max(...four), Math.min(...four), bid].map((level) =>
        ((level + add) / 100_000).toFixed(5),
      ),
    );
    if (!out.write(`${new Date(Date.UTC(2025, 0, 1) + minute * 60_000).toISOString()},${sides.join()}\n`))
      await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

/** Plays `days` of it. `rssMb` is the process's memory before and after; `open` the positions that were looked at with every tick to the end. */
export async function playYear(
  seed: string,
  days: number,
): Promise<{
  ticks: number;
  seconds: number;
  rssMb: readonly [before: number, after: number];
  open: number;
}> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-year-'));
  try {
    const file = path.join(folder, 'EURUSD.csv');
    await writeCandles(file, seed, days);
    const simulator = await createSimulator({
      port: 0,
      seed,
      clock: systemClock,
      ids: createIds(systemClock),
      logger: silentLogger,
      logins: [login],
      replay: { files: [{ path: file, epic }], speed: 'max', start: 'now', paused: true, time: 'original' },
    });
    const send = async (where: string, version: string, body: object, headers: Record<string, string> = {}) =>
      fetch(simulator.baseUrl + where, {
        method: 'POST',
        headers: {
          'X-IG-API-KEY': login.apiKey,
          'Content-Type': 'application/json',
          Version: version,
          ...headers,
        },
        body: JSON.stringify(body),
      });
    const { headers } = await send('/session', '2', {
      identifier: login.identifier,
      password: login.password,
    });
    const tokens = { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
    for (const direction of ['BUY', 'SELL'])
      await send(
        '/positions/otc',
        '2',
        {
          epic,
          expiry: '-',
          direction,
          size: 1,
          orderType: 'MARKET',
          currencyCode: 'USD',
          forceOpen: true,
          guaranteedStop: false,
          stopDistance: 8_000,
        },
        tokens,
      );
    const rss = () => process.memoryUsage().rss / 2 ** 20;
    const before = rss();
    const start = performance.now();
    simulator.replay.resume();
    while (!simulator.replay.state().epics[epic]!.done) await pause(systemClock, lookEveryMs);
    const seconds = (performance.now() - start) / 1_000;
    const report = {
      ticks: simulator.replay.state().epics[epic]!.rows,
      seconds,
      rssMb: [before, rss()] as const,
      open: simulator.snapshot(login.accountId).accounts[login.accountId]!.positions.length,
    };
    await simulator.stop();
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
