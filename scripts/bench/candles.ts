// Candles: a page of 500 from a million stored ones, against one bare prepared statement that reads as many rows, in turns.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Resolution } from '../../shared/candles.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { createDatabase, type Database } from '../../server/db/client.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { migrate } from '../../server/db/migrate.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createMemoryBus } from '../../server/messaging/memory.ts';
import { defaultLimits } from '../../server/messaging/topology.ts';
import { composeCandles } from '../../server/modules/market-data/index.ts';
import { atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';

const feed = 'simulated';
const pageSize = 500;
const pagesPerRound = 40;
const day = 86_400_000;
/** Ten markets: 90,000 minutes and 10,000 hours of each. */
const full = { markets: 10, minutes: 90_000, hours: 10_000 };
const few = { markets: 2, minutes: 3_000, hours: 1_000 };
type Sizes = typeof full;

const epicOf = (n: number) => `CS.D.BENCH${n}.CFD.IP`;

/** Stores the candles, the newest ending at `endMs`, and that they are known. */
async function seed({ pool }: Database, { markets, minutes, hours }: Sizes, endMs: number): Promise<void> {
  for (const [resolution, count, step] of [
    ['MINUTE', minutes, '1 minute'],
    ['HOUR', hours, '1 hour'],
  ] as const) {
    const end = new Date(endMs).toISOString();
    await pool.query(
      `select candles_make_room($1, $2::timestamptz - $3::integer * $4::interval, $2::timestamptz)`,
      [resolution, end, count, step],
    );
    for (let market = 0; market < markets; market++) {
      await pool.query(
        `insert into candles select $1, $2, $3, $4::timestamptz - n * $5::interval, 1.1, 1.10012, 1.09987, 1.10003, 1.1001, 1.10022, 1.09997, 1.10013, 61, true, 0, 'history', 0
         from generate_series(1, $6::integer) as n order by n desc`,
        [feed, epicOf(market), resolution, end, step, count],
      );
      await pool.query(
        `insert into candle_coverage values ($1, $2, $3, 'history', 0, tstzmultirange(tstzrange($4::timestamptz - $6::integer * $5::interval, $4)))`,
        [feed, epicOf(market), resolution, end, step, count],
      );
    }
  }
  await pool.query('analyze candles');
}

interface Page {
  resolution: Resolution;
  zone: string;
  /** How many candles of it there are of a market. */
  of: (sizes: Sizes) => number;
  lengthMs: number;
  /** Rows that are read for 500 of it. */
  rows: number;
}
const pages: Page[] = [
  { resolution: 'MINUTE', zone: 'UTC', of: ({ minutes }) => minutes, lengthMs: 60_000, rows: 500 },
  { resolution: 'MINUTE_5', zone: 'UTC', of: ({ minutes }) => minutes / 5, lengthMs: 300_000, rows: 2_500 },
  { resolution: 'HOUR', zone: 'UTC', of: ({ hours }) => hours, lengthMs: 3_600_000, rows: 500 },
  { resolution: 'DAY', zone: 'Europe/London', of: ({ hours }) => hours / 24, lengthMs: day, rows: 10_000 },
];

export async function candles({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const sizes = isShort(seconds) ? few : full;
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o777); // as root PostgreSQL runs as somebody else
  const postgres = await startEmbeddedPostgres({ dataDir: prepareDataDir(folder), logger: silentLogger });
  const database = createDatabase({ url: postgres.url, logger: silentLogger });
  const bus = createMemoryBus({ clock: systemClock, logger: silentLogger, limits: defaultLimits });
  try {
    await migrate(postgres.url, { logger: silentLogger });
    const stored = sizes.markets * (sizes.minutes + sizes.hours);
    say(`storing ${stored} candles`);
    const endMs = Math.floor(Date.now() / day) * day;
    await seed(database, sizes, endMs);
    let bought = 0;
    const { service, close } = composeCandles({
      database,
      bus,
      clock: systemClock,
      logger: silentLogger,
      history: {
        buy: () => Promise.reject(new Error(`history was asked for ${++bought} times`)),
        points: async () => ({ granted: null, left: null }),
      },
      retention: { SECOND: null, MINUTE: null, HOUR: null },
      interest: { want: () => () => undefined },
    });
    let short = 0;
    const measured = pages.map((page) => ({ page, ours: [] as number[], bare: [] as number[] }));
    const timed = async (into: number[], work: () => Promise<unknown>) => {
      const startMs = performance.now();
      await work();
      into.push(performance.now() - startMs);
    };
    for (let round = 0; round < rounds + 1; round++) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const { page, ours, bare } of measured) {
        const count = Math.floor(page.of(sizes));
        const wanted = Math.min(pageSize, count - 1);
        for (let n = 0; n < pagesPerRound; n++) {
          // Spread evenly over markets and time: none is twice in a row.
          const epic = epicOf(n % sizes.markets);
          const back = wanted + Math.floor(((count - wanted) * ((n * 7) % pagesPerRound)) / pagesPerRound);
          const from = new Date(Math.floor((endMs - back * page.lengthMs) / page.lengthMs) * page.lengthMs);
          const to = new Date(endMs);
          const [oursNow, bareNow] = round === 0 ? [[], []] : [ours, bare];
          await timed(oursNow, async () => {
            const { resolution, zone } = page;
            const answer = await service.page({
              feed,
              epic,
              resolution,
              zone,
              from,
              to,
              limit: wanted,
              format: 'rows',
            });
            if (answer.format !== 'rows' || answer.candles.length < wanted - 1) short++;
          });
          await timed(bareNow, () =>
            database.pool.query({
              name: `bare ${page.resolution}`,
              text: `select * from candles where feed = $1 and epic = $2 and resolution = '${page.lengthMs < 3_600_000 ? 'MINUTE' : 'HOUR'}' and start_at >= $3 order by start_at limit $4`,
              values: [feed, epic, from, page.rows],
              rowMode: 'array',
            }),
          );
        }
      }
    }
    await close();
    const slowest = (times: readonly number[]) =>
      times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)]!;
    const ms = (value: number) => value.toFixed(1);
    return {
      name: 'candles',
      about: `a page of ${pageSize} candles, of ${stored} stored, against one bare statement that reads the rows it is made of`,
      columns: ['resolution', 'page ms', '95 % within ms', 'bare ms', 'ratio'],
      rows: measured.map(({ page, ours, bare }) => [
        `${page.resolution} ${page.zone}`,
        ms(median(ours)),
        ms(slowest(ours)),
        ms(median(bare)),
        (median(ours) / median(bare)).toFixed(2),
      ]),
      targets: [
        ...measured
          .filter(({ page }) => page.resolution !== 'DAY')
          .map(({ page, ours }) => atMost(`ms of a page of ${page.resolution}`, median(ours), 20)),
        ...measured.map(({ page, ours, bare }) =>
          atMost(`a page of ${page.resolution} to the bare rows`, median(ours) / median(bare), 2),
        ),
        none('pages that were not full', short),
        none('purchases', bought),
      ],
      details: {
        measured: measured.map(({ page, ours, bare }) => ({ resolution: page.resolution, ours, bare })),
      },
    };
  } finally {
    await database.close();
    await bus.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
