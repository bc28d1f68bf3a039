// `npm run backfill-prices`: has the workers buy price history of one market, after saying what it may cost, and shows how far they are.
import { setTimeout as pause } from 'node:timers/promises';
import type { StoredResolution } from '../drizzle/schema/index.ts';
import { earliestCandleAt, Resolution } from '../shared/candles.ts';
import { Epic, Feed } from '../shared/primitives.ts';
import { composeCommandAudit } from '../server/compose/audit.ts';
import { retentionOf } from '../server/compose/candles.ts';
import type { Config } from '../server/config.ts';
import { createIgCandleHistory, createIgClients } from '../server/ig/index.ts';
import { createJobs } from '../server/jobs/index.ts';
import { createKeyring } from '../server/lib/seal.ts';
import { silentLogger } from '../server/lib/logger.ts';
import {
  baseOf,
  createBackfills,
  createCandleStore,
  keptFromMs,
  settleMs,
  storedLengthMs,
} from '../server/modules/market-data/index.ts';
import { ask } from './ask.ts';
import { runCommand, UsageError } from './command.ts';
import { withInstallation, type Installation } from './installation.ts';
import { readKeys } from './keys.ts';

const lookEveryMs = 500;
/** A worker looks for jobs every two seconds. */
const noWorkerAfterMs = 10_000;
const barWidth = 30;

const count = (n: number) => n.toLocaleString('en-GB');

/** A day of UTC, or an instant with its offset. */
function readInstant(flag: string, text: string): number {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const ms = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || (isDay && !new Date(ms).toISOString().startsWith(text)))
    throw new UsageError(
      `--${flag} ${text} is no day such as 2026-01-31, nor an instant such as 2026-01-31T09:00:00Z`,
    );
  return ms;
}

/** The whole candles asked for, as far as they are over and kept. */
function spanOf({ from, to }: { from?: string; to?: string }, resolution: StoredResolution, config: Config) {
  if (from === undefined) throw new UsageError('--from says from when on');
  const nowMs = Date.now();
  const length = storedLengthMs[resolution];
  const startMs = readInstant('from', from);
  const endMs = to === undefined ? nowMs : readInstant('to', to);
  if (startMs >= endMs) throw new UsageError(`--from ${from} is not before --to ${to ?? 'now'}`);
  if (startMs > nowMs) throw new UsageError(`--from ${from} is in the future`);
  if (startMs < earliestCandleAt.getTime())
    throw new UsageError(`--from ${from} is before 1990: no broker has history from then`);
  const keptMs = keptFromMs(retentionOf(config), resolution, nowMs);
  if (startMs < keptMs)
    throw new UsageError(
      `candles of a ${resolution} are kept since ${new Date(keptMs).toISOString()} only: begin then, take a coarser resolution, or raise ${resolution}_CANDLE_DAYS`,
    );
  const whole = (ms: number) => Math.floor(ms / length) * length;
  const span = { startMs: whole(startMs), endMs: whole(Math.min(endMs, nowMs - settleMs)) };
  if (span.startMs >= span.endMs)
    throw new UsageError(
      `--from ${from}${to === undefined ? '' : ` --to ${to}`} holds no ${resolution} that is over for ${settleMs / 60_000} minutes: what is newer cannot be bought yet`,
    );
  return span;
}

/** What is left of the broker's points of this week; null: not known to be limited. */
async function pointsLeft({ ground, config, dataDir }: Installation, feed: string): Promise<number | null> {
  const { ig } = config;
  if (!ig || ig.environment !== feed) return null;
  const { keys } = readKeys(config, dataDir);
  const clients = createIgClients({
    logins: [{ ...ig, feed }],
    database: ground.database,
    sealer: createKeyring(() => keys),
    clock: ground.clock,
    logger: silentLogger,
  });
  return (await createIgCandleHistory({ clients, loginFeed: async () => null }).points(feed)).left;
}

function showProgress(done: number, all: number, points: number): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round((done / all) * barWidth);
  const bar = '#'.repeat(filled).padEnd(barWidth, '.');
  process.stderr.write(
    `\r\u001b[K[${bar}] ${Math.floor((100 * done) / all)} %  ${count(done)} of ${count(all)}, ${count(points)} points spent`,
  );
}
const endProgress = () => process.stderr.isTTY && process.stderr.write('\n');

await runCommand({
  name: 'backfill-prices',
  about: `Buys price history of a market: each candle that the broker gives costs a point of the week’s allowance, and none is bought
twice. It says first what that may come to. FTrader must run: its worker does it. Stopped, or short of points, the same
command goes on where it was.`,
  flags: {
    resolution: {
      type: 'string',
      hint: 'NAME',
      about: 'SECOND to MONTH (default MINUTE); longer ones are made of MINUTE and HOUR',
    },
    from: { type: 'string', hint: 'WHEN', about: 'a day of UTC, or an instant with its offset' },
    to: { type: 'string', hint: 'WHEN', about: 'the same, not included (default: now)' },
    feed: { type: 'string', hint: 'FEED', about: 'whose prices (default: those of IG_…, else simulated)' },
    yes: { type: 'boolean', about: 'do not ask' },
  },
  arguments: 'EPIC',
  async run({ values, arguments: [epic, ...rest], json }) {
    if (!Epic.safeParse(epic).success || rest.length > 0)
      throw new UsageError('name one market by its epic, such as CS.D.EURUSD.CFD.IP');
    const wanted = Resolution.safeParse(values.resolution ?? 'MINUTE');
    if (!wanted.success) throw new UsageError(`--resolution is one of ${Resolution.options.join(', ')}`);
    if (values.feed !== undefined && !Feed.safeParse(values.feed).success)
      throw new UsageError('--feed is simulated, demo, live or login_<id>');
    const resolution = baseOf(wanted.data);
    return withInstallation(async (installation) => {
      const { ground, config, mayRun } = installation;
      const span = spanOf(values, resolution, config);
      if (!mayRun)
        throw new Error('FTrader does not run, and its worker is what buys: start it with npm start');
      const key = { feed: values.feed ?? config.ig?.environment ?? 'simulated', epic: epic! };
      const { database, databaseUrl, clock, ids, logger } = ground;
      const jobs = createJobs({ databaseUrl, logger });
      const backfills = createBackfills({
        db: database.db,
        store: createCandleStore(database.db),
        jobs,
        clock,
        ids,
      });
      const missing = () => backfills.missing(key, resolution, span);
      const say = (text: string) => json || console.log(text);
      const all = await missing();
      if (all === 0) {
        if (json) console.log(JSON.stringify({ ok: true, ...key, resolution, missing: 0, points: 0 }));
        say('all of it is known already: nothing is spent');
        return 0;
      }
      const left = await pointsLeft(installation, key.feed);
      say(
        `${key.epic} on ${key.feed}, ${resolution}, ${new Date(span.startMs).toISOString()} to ${new Date(span.endMs).toISOString()}: will spend ${count(all)} points at most${left === null ? '' : ` of the ${count(left)} left this week`}; times when the market was closed cost nothing`,
      );
      if (!values.yes) {
        const [answer] = await ask(['Continue? [y/N] '], { instead: 'add --yes' });
        if (!/^y(es)?$/i.test(answer!.trim())) throw new Error('nothing was spent');
      }
      const interrupted = new AbortController();
      const stop = () => interrupted.abort();
      process.once('SIGINT', stop).once('SIGTERM', stop);
      await jobs.start({ work: false });
      try {
        const id = await composeCommandAudit(ground)(
          'command.backfill-prices',
          key.epic,
          () => backfills.want(key, resolution, span),
          { after: (wanted) => ({ id: wanted, ...key, resolution, ...span, points: all }) },
        );
        const beganMs = performance.now();
        let toldAlone = false;
        for (;;) {
          const [row, open] = [await backfills.get(id), await missing()];
          showProgress(all - open, all, row.points);
          if (row.state === 'done' || row.state === 'failed') {
            endProgress();
            const facts = { ...key, resolution, missing: open, points: row.points };
            if (json)
              console.log(
                JSON.stringify({ ok: row.state === 'done', ...facts, problem: row.problem ?? undefined }),
              );
            else if (row.state === 'done') say(`done: ${count(row.points)} points spent`);
            else
              process.stderr.write(
                `backfill-prices: ${row.problem} ${count(row.points)} points were spent; the same command goes on from here\n`,
              );
            return row.state === 'done' ? 0 : 1;
          }
          if (interrupted.signal.aborted) {
            await backfills.cancel(id);
            endProgress();
            throw new Error(
              `stopped after ${count(row.points)} points: what was bought stays, and the same command goes on from here`,
            );
          }
          if (!toldAlone && row.points === 0 && performance.now() - beganMs > noWorkerAfterMs) {
            toldAlone = true;
            process.stderr.write(
              'no worker has begun yet: one runs with npm start, or npm run start:worker\n',
            );
          }
          await pause(lookEveryMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
        }
      } finally {
        process.off('SIGINT', stop).off('SIGTERM', stop);
        await jobs.close();
      }
    });
  },
});
