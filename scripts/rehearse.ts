// `npm run rehearse`: a bot of any language against a recorded day, through the real API of a server of its own, with a report at the end.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import {
  readDay,
  rehearse,
  reportText,
  type RehearsalOptions,
  type RehearsalReport,
} from '../server/compose/rehearsal/index.ts';
import { migrate } from '../server/db/migrate.ts';
import { recordingOf } from '../server/ig-simulator/index.ts';
import { createLifecycle } from '../server/lib/lifecycle.ts';
import { createLogger } from '../server/lib/logger.ts';
import { version } from '../server/main/version.ts';
import { runCommand, UsageError } from './command.ts';
import { borrowEmbedded } from './embedded.ts';

const interrupted = 130;
const usualSpeed = '60';
/** What stands behind the two dashes is the bot's, flags and all. */
const all = process.argv.slice(2);
const dashes = all.indexOf('--');
const [own, command] = dashes < 0 ? [all, []] : [all.slice(0, dashes), all.slice(dashes + 1)];

function readPace(step: boolean | undefined, speed: string | undefined): RehearsalOptions['pace'] {
  if (step && speed !== undefined)
    throw new UsageError('--speed says nothing where the bot asks for each step: write one of the two');
  if (step) return 'step';
  const wanted = speed ?? usualSpeed;
  const value = wanted === 'max' ? wanted : Number(wanted);
  if (value !== 'max' && !(value > 0 && value < Infinity))
    throw new UsageError(`--speed ${wanted} is neither a number above 0 nor max`);
  return { speed: value };
}

/** A folder that the database's user may enter, which is removed at the end. */
function throwawayFolder(): Disposable & { path: string } {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'ftrader-rehearse-')));
  chmodSync(top, 0o755);
  return {
    path: path.join(top, 'data'),
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function run(options: Omit<RehearsalOptions, 'databaseUrl' | 'lifecycle' | 'logger' | 'version'>) {
  using folder = throwawayFolder();
  await using postgres = await borrowEmbedded(folder.path, { durable: false });
  const logger = createLogger({ level: 'error', pretty: process.stderr.isTTY === true });
  await migrate(postgres.url, { logger });
  const lifecycle = createLifecycle(logger);
  try {
    return await rehearse({ ...options, databaseUrl: postgres.url, lifecycle, logger, version });
  } finally {
    await lifecycle.close();
  }
}

function codeOf({ bot: { exit, endedBy }, failure }: RehearsalReport): number {
  if (endedBy === 'an interruption') return interrupted;
  if (failure !== null) return 1;
  return typeof exit === 'number' ? exit : 128 + (constants.signals[exit as NodeJS.Signals] ?? 0);
}

await runCommand(
  {
    name: 'rehearse',
    about: `Runs a bot of any language against a recorded day, through the real API of a server that is there for it alone, and ends with a
report: deals, profit, drawdown, breaks, refused requests, the bot's exit code and a hash of the state. Behind two dashes stands the
bot's command; it finds FTRADER_URL, FTRADER_API_KEY, FTRADER_ACCOUNT_ID and FTRADER_EPICS in its environment, and with --step
FTRADER_STEP_URL, where a POST asks for the next instant. docs/rehearse.md has a bot of twenty lines.

  npm run rehearse -- EURUSD_2014-05-01.csv.gz --step -- python3 bot.py
  npm run rehearse -- EURUSD_2014-05-01.csv.gz --speed 600 -- ./bot --aggressive`,
    arguments: '(FILE | EPIC=FILE)… -- COMMAND…',
    flags: {
      step: { type: 'boolean', about: 'the recording moves on when the bot asks; the hash can be repeated' },
      speed: {
        type: 'string',
        hint: 'N',
        about: `else: so many times as fast as recorded, or max (default ${usualSpeed})`,
      },
      seed: { type: 'string', hint: 'TEXT', about: 'of the simulated broker (default ftrader)' },
    },
    async run({ values, arguments: named, json }) {
      if (named.length === 0) throw new UsageError('name a recording: a file of ticks or candles');
      const problems: string[] = [];
      const recordings = named.map((each) => recordingOf(each, (problem) => problems.push(problem)));
      if (problems.length > 0) throw new UsageError(problems.join('; '));
      const [program, ...rest] = command;
      if (program === undefined)
        throw new UsageError('no bot: write its command behind two dashes, such as -- python3 bot.py');
      const pace = readPace(values.step, values.speed);
      const day = await readDay(recordings);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
      const report = await run({
        recordings,
        day,
        command: [program, ...rest],
        env: process.env,
        pace,
        seed: values.seed ?? 'ftrader',
        output: json ? 'stderr' : 'stdout',
        signal: stop.signal,
      });
      const text = json ? `${JSON.stringify(report)}\n` : `\n${reportText(report)}`;
      await new Promise<void>((resolve) => void process.stdout.write(text, () => resolve()));
      // At once: the SDK of the broker's streams keeps a timer for as long as the process runs.
      process.exit(codeOf(report));
    },
  },
  own,
);
