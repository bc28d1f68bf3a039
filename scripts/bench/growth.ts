// Growth: what reads, readings of the broker's books and a valuation cost when there is much, against a database with hardly anything, in turns within one run.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { createFTraderClient, foldValuation, type Valuation } from '../../client/index.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { migrate } from '../../server/db/migrate.ts';
import { Session } from '../../server/db/session.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import {
  fewSizes,
  people,
  readings,
  reads,
  sizes,
  type Fill,
  type GrowthRequest,
  type MoveReply,
  type Read,
  type ReadReply,
  type Reading,
  type ReadingReply,
  type Size,
} from './growth-protocol.ts';
import { seed } from './growth-seed.ts';
import { atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';

const fills = Object.keys(sizes) as Fill[];
/** A side that does not answer for so long is broken. */
const answerWithinMs = 120_000;
const readsPerRound = 20;
/** How long a valuation may still tell after the last move. */
const settleWithinMs = 8_000;

async function ask<Reply>(child: ChildProcess, request: GrowthRequest): Promise<Reply> {
  child.send(request);
  const [reply] = (await once(child, 'message', { signal: AbortSignal.timeout(answerWithinMs) })) as [Reply];
  return reply;
}

/** Counts what comes over a socket. */
function countingSocket() {
  const sizesOf: number[] = [];
  class Counting extends WebSocket {
    constructor(url: string) {
      super(url);
      this.on('message', (data: Buffer) => void sizesOf.push(data.length));
    }
  }
  return { sizesOf, WebSocket: Counting as unknown as typeof globalThis.WebSocket };
}

interface Valued {
  firstBytes: number;
  bytesPerSecond: number;
  messagesPerSecond: number;
  largestLaterBytes: number;
  /** While the first message is made and sent, and later. */
  firstBlockMs: number;
  blockMs: number;
  /** At 1,000 ticks a second. */
  corePct: number;
  /** Positions that did not end at the last price. */
  behind: number;
}
/** One watcher of the account while all its markets move. */
async function watch(port: number, server: ChildProcess, open: number, seconds: number): Promise<Valued> {
  const { sizesOf, WebSocket: Counting } = countingSocket();
  const { api, close } = createFTraderClient({
    url: `http://127.0.0.1:${port}`,
    token: async () => 'token',
    WebSocket: Counting,
  });
  let valuation: Valuation | undefined;
  const first = Promise.withResolvers<void>();
  let news = () => {};
  let firstBytes = 0;
  const { accountId } = people.ann;
  const subscription = api.trading.onValuation.subscribe(
    { accountId },
    {
      onData(message) {
        firstBytes ||= sizesOf.at(-1)!;
        valuation = foldValuation(valuation, message);
        first.resolve();
        news();
      },
      onError: first.reject,
    },
  );
  const moved = ask<MoveReply>(server, { do: 'move', seconds: 1 }); // the snapshot's block is in it
  await first.promise;
  const snapshot = await moved;
  const from = sizesOf.length;
  const { blockMs, bid, corePct } = await ask<MoveReply>(server, { do: 'move', seconds });
  const later = sizesOf.slice(from);
  const behind = () => open - valuation!.positions.filter((position) => position.bid === bid).length;
  const until = AbortSignal.timeout(settleWithinMs);
  while (behind() > 0 && !until.aborted)
    await new Promise<void>((resolve) => {
      news = resolve;
      until.addEventListener('abort', () => resolve());
    });
  subscription.unsubscribe();
  await close();
  return {
    firstBytes,
    bytesPerSecond: later.reduce((sum, each) => sum + each, 0) / seconds,
    messagesPerSecond: later.length / seconds,
    largestLaterBytes: Math.max(0, ...later),
    firstBlockMs: snapshot.blockMs,
    blockMs,
    corePct,
    behind: behind(),
  };
}

interface Side {
  fill: Fill;
  child: ChildProcess;
  port: number;
  pages: Record<Read, number[]>;
  readings: Record<Reading, ReadingReply[]>;
  valued: Valued[];
}
const record = <Key extends string, Value>(keys: readonly Key[], of: () => Value) =>
  Object.fromEntries(keys.map((key) => [key, of()])) as Record<Key, Value>;

async function start(fill: Fill, size: Size, server: string): Promise<Side> {
  const name = fill === 'full' ? 'growth_full' : 'growth_empty';
  const url = Object.assign(new URL(server), { pathname: name }).href;
  const admin = new Session({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  await migrate(url, { logger: silentLogger });
  const sql = new Session({ connectionString: url });
  await sql.connect();
  await seed(sql, size).finally(() => sql.end());
  const child = fork(fileURLToPath(new URL('./growth-server.ts', import.meta.url)), [
    url,
    JSON.stringify(size),
  ]);
  const [port] = (await once(child, 'message', { signal: AbortSignal.timeout(answerWithinMs) })) as [number];
  return {
    fill,
    child,
    port,
    pages: record(reads, () => []),
    readings: record(readings, () => []),
    valued: [],
  };
}

export async function growth({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o755); // as root the database's user must get through
  const postgres = await startEmbeddedPostgres({
    dataDir: prepareDataDir(path.join(folder, 'database')),
    logger: silentLogger,
  });
  const of = isShort(seconds) ? fewSizes : sizes;
  const sides: Side[] = [];
  try {
    for (const fill of fills) {
      sides.push(await start(fill, of[fill], postgres.url));
      say(`${fill}: ${of[fill].deals} deals, ${of[fill].open} open positions`);
    }
    for (let round = -1; round < rounds; round++) {
      for (const { child, port, fill, pages, readings: read, valued } of sides) {
        for (const name of reads) {
          const { ms } = await ask<ReadReply>(child, { do: 'read', read: name, times: readsPerRound });
          if (round >= 0) pages[name].push(...ms);
        }
        for (const reading of readings) {
          const reply = await ask<ReadingReply>(child, { do: 'reading', reading });
          if (round >= 0) read[reading].push(reply);
        }
        const told = await watch(port, child, of[fill].open + openedElsewhere(round), seconds);
        if (round >= 0) valued.push(told);
      }
      say(round < 0 ? 'warmed up' : `round ${round + 1} of ${rounds}`);
    }
    return report(sides, of, rounds, seconds);
  } finally {
    for (const { child } of sides) child.kill('SIGKILL');
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
/** Each round's reading has found one more. */
const openedElsewhere = (round: number) => round + 2;

function report(sides: Side[], of: typeof sizes, rounds: number, seconds: number): BenchReport {
  const [empty, full] = fills.map((fill) => sides.find((side) => side.fill === fill)!) as [Side, Side];
  const rows: BenchReport['rows'] = [];
  const row = (name: string, figure: (side: Side) => number, digits = 2) => {
    const [small, large] = [figure(empty), figure(full)];
    rows.push([
      name,
      small.toFixed(digits),
      large.toFixed(digits),
      small > 0 ? (large / small).toFixed(1) : '–',
    ]);
  };
  for (const name of reads) row(`${name}, ms`, ({ pages }) => median(pages[name]));
  type Figure = Exclude<keyof ReadingReply, 'lockMs'>;
  const most = (field: Figure, name: Reading) => (side: Side) =>
    Math.max(...side.readings[name].map((each) => each[field]));
  const middle = (field: Figure, name: Reading) => (side: Side) =>
    median(side.readings[name].map((each) => each[field]));
  const locks = (name: Reading, share: number) => (side: Side) => {
    const all = side.readings[name].flatMap((each) => each.lockMs).sort((a, b) => a - b);
    return all[Math.min(all.length - 1, Math.floor(all.length * share))]!;
  };
  for (const name of readings) {
    row(`reading the books, ${name}: lock held, p50 ms`, locks(name, 0.5));
    row('  lock held, p90 ms', locks(name, 0.9));
    row('  most statements under one lock', most('statements', name), 0);
    row('  transactions', most('transactions', name), 0);
    row('  in all, ms', middle('ms', name));
    row('  longest block, CPU ms', middle('blockMs', name));
  }
  const valued = (field: keyof Valued) => (side: Side) => median(side.valued.map((each) => each[field]));
  row('valuation: first message, KiB', (side) => valued('firstBytes')(side) / 1024, 1);
  row('  largest later message, KiB', (side) => valued('largestLaterBytes')(side) / 1024, 1);
  row('  KiB a second', (side) => valued('bytesPerSecond')(side) / 1024, 1);
  row('  messages a second', valued('messagesPerSecond'), 1);
  row('  longest block around the first, CPU ms', valued('firstBlockMs'));
  row('  longest block later, CPU ms', valued('blockMs'));
  row('  at 1,000 ticks/s, % of a core', valued('corePct'), 1);
  const slowest = Math.max(...reads.map((name) => median(full.pages[name])));
  const longestLock = Math.max(...readings.map((name) => locks(name, 0.5)(full)));
  const longestBlock = Math.max(
    valued('firstBlockMs')(full),
    valued('blockMs')(full),
    ...readings.map((name) => middle('blockMs', name)(full)),
  );
  const { deals, closed, open, events } = of.full;
  return {
    name: 'growth',
    about: `one account with ${deals} deals, ${closed} closed and ${open} open positions and ${events} events, against one with hardly any; medians`,
    columns: ['', 'nearly empty', 'full', '×'],
    rows,
    targets: [
      atMost('slowest page, ms', slowest, 5),
      atMost('lock of an account, the longest p50, ms', longestLock, 20),
      atMost('longest block of the event loop, CPU ms', longestBlock, 10),
      none(
        'positions whose last state did not arrive',
        sides.flatMap(({ valued: all }) => all).reduce((sum, each) => sum + each.behind, 0),
      ),
    ],
    details: {
      rounds,
      seconds,
      sizes: of,
      sides: sides.map(({ child: _child, port: _port, ...side }) => side),
    },
  };
}
