// A rehearsal: a stranger's bot against a recorded day, through the real server and the simulated broker, with a report at its end.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../config.ts';
import { createDatabase } from '../../db/client.ts';
import type { ReplayOptions } from '../../ig-simulator/index.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Lifecycle } from '../../lib/lifecycle.ts';
import type { Logger } from '../../lib/logger.ts';
import { compose } from '../index.ts';
import { createRehearsalApi, type RehearsalUser } from './api.ts';
import { createBooks } from './books.ts';
import { startBot, type Bot, type BotOutput } from './bot.ts';
import { createDrivenClock, marketClock } from './clock.ts';
import { followPrices } from './prices.ts';
import { stillPairs, type RecordedDay, type Recording } from './recorded-day.ts';
import { createDrawdown, reportOf, type RehearsalReport } from './report.ts';
import { serveSteps } from './step-server.ts';
import { createSteps, type Reached } from './steps.ts';

export { readDay } from './recorded-day.ts';
export { reportText, type RehearsalReport } from './report.ts';

/** How long a start may take until prices flow. */
const readyWithinMs = 30_000;
const settleWithinMs = 30_000;
/** How long a bot has to end by itself once the recording is over. */
const graceMs = 10_000;
/** Free-running: between two looks at what the account is worth. */
const lookEveryMs = 500;

export interface RehearsalOptions {
  recordings: readonly Recording[];
  /** What they hold. */
  day: RecordedDay;
  command: readonly [string, ...string[]];
  /** What it finds in its environment besides. */
  env: NodeJS.ProcessEnv;
  /** The bot asks for each instant; else the recording runs so fast. */
  pace: 'step' | { speed: NonNullable<ReplayOptions['speed']> };
  seed: string;
  output: BotOutput;
  /** Empty and migrated; thrown away afterwards. */
  databaseUrl: string;
  lifecycle: Lifecycle;
  logger: Logger;
  version: string;
  /** Aborts: the bot is ended, and the report is of what there is. */
  signal: AbortSignal;
}

/** Rejects, before the bot runs, for a server that does not get ready and a bot that cannot be started. */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const { pace, day, lifecycle, signal } = options;
  const isStepped = pace === 'step';
  const clock = isStepped ? createDrivenClock(day.instants[0]!.atMs) : undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-rehearsal-'));
  lifecycle.onClose('recordings', () => rmSync(folder, { recursive: true, force: true }));
  const running = await start(options, { folder, clock });
  const { url, simulator } = running;
  const api = createRehearsalApi(url!);
  const user = await api.begin(running.demoLogin!);
  const database = createDatabase({ url: options.databaseUrl, logger: options.logger, max: 6 });
  lifecycle.onClose('database of the rehearsal', () => database.close());
  const books = createBooks(database, simulator!, user);
  await books.settled(settleWithinMs);
  const prices = await followPrices(url!, { token: user.key, epics: day.epics });
  lifecycle.onClose('prices of the rehearsal', () => prices[Symbol.dispose]());

  const begun = await api.figures(user);
  const [drawdown, asked] = [createDrawdown(), await api.requests()];
  let looks = 0;
  const look = async () => {
    looks++;
    drawdown.see(await api.figures(user));
  };
  drawdown.see(begun);
  const failed = Promise.withResolvers<Error>();
  const steps =
    clock && createSteps({ day, clock, replay: simulator!.replay, books, prices, onSettled: look });
  const stepServer =
    steps &&
    (await serveSteps(steps, { secret: randomBytes(16).toString('hex'), onFailure: failed.resolve }));
  lifecycle.onClose('steps', () => stepServer?.close());
  await steps?.step(); // the first instant is there when the bot begins

  const bot = await startBot(options.command, {
    env: { ...options.env, ...environmentOf(url!, user, day, stepServer?.url) },
    output: options.output,
  });
  if (!steps) simulator!.replay.resume();
  const state = () => simulator!.replay.state();
  const reached = (): Reached => steps?.reached() ?? freeReached(day, Object.values(state().epics));
  const isPlayed = () => reached().done;
  const end = await endOf(bot, {
    isPlayed,
    failed: failed.promise,
    signal,
    look: isStepped ? undefined : look,
  });
  await bot.end();
  simulator!.replay.pause();
  const unsettled = await books.settled(settleWithinMs).then(
    () => null,
    ({ message }: Error) => message,
  );
  const [figures, entries, requests] = [await api.figures(user), await books.read(), await api.requests()];
  drawdown.see(figures);
  return reportOf({
    bot: { exit: await bot.ended, endedBy: end.by },
    failure: end.failure ?? unsettled,
    recording: {
      epics: day.epics,
      from: new Date(day.instants[0]!.atMs).toISOString(),
      to: new Date(day.instants.at(-1)!.atMs).toISOString(),
      reached: reached(),
    },
    entries,
    figures,
    begun,
    drawdown: drawdown.worst(),
    // Our own looks are none of the bot's.
    requests: { all: requests.all - asked.all - looks - 1, refused: requests.refused - asked.refused },
    isStepped,
    seed: options.seed,
  });
}

/** The server with the simulated broker in this process, ready, and the recording at its beginning. */
async function start(
  { pace, recordings, day, seed, databaseUrl, lifecycle, logger, version }: RehearsalOptions,
  { folder, clock }: { folder: string; clock: ReturnType<typeof createDrivenClock> | undefined },
) {
  const replay: ReplayOptions = clock
    ? { files: [...recordings, ...stillPairs(folder, day)], speed: 1, time: 'original', paused: true }
    : { files: [...recordings], speed: pace === 'step' ? 1 : pace.speed, aligned: true, paused: true };
  const secret = () => randomBytes(32).toString('base64');
  const running = await compose({
    // Nothing of this machine's settings: a rehearsal deals with nobody else.
    config: readConfig({ NODE_ENV: 'development', HOST: '127.0.0.1', PORT: '0', SEED_DEMO: 'off' }),
    roles: ['simulator', 'gateway', 'worker', 'api'],
    databaseUrl,
    secrets: {
      secretKey: secret(),
      encryptionKeys: [`k1:${secret()}`],
      simulatorAdminToken: seed, // the feed's account follows from it
    },
    version,
    lifecycle,
    logger,
    simulator: { seed, replay, ...(clock && { clock: marketClock(clock) }) },
    ...(clock && { clock }),
  });
  const problems = await running.settled(readyWithinMs);
  if (problems.length > 0) throw new Error(`the server did not get ready: ${problems.join('; ')}`);
  return running;
}

const environmentOf = (
  url: string,
  { key, accountId }: RehearsalUser,
  { epics }: RecordedDay,
  stepUrl: string | undefined,
): Record<string, string> => ({
  FTRADER_URL: url,
  FTRADER_API_KEY: key,
  FTRADER_ACCOUNT_ID: accountId,
  FTRADER_EPICS: epics.join(','),
  ...(stepUrl !== undefined && { FTRADER_STEP_URL: stepUrl }),
});

function freeReached(
  { instants }: RecordedDay,
  epics: readonly { done: boolean; recordedAt: string | null }[],
): Reached {
  const at =
    epics
      .map(({ recordedAt }) => recordedAt ?? '')
      .toSorted()
      .at(-1) || new Date(instants[0]!.atMs).toISOString();
  const atMs = Date.parse(at);
  const done = epics.every((each) => each.done);
  return { at, done, left: done ? 0 : instants.filter((instant) => instant.atMs > atMs).length };
}

type Ended = { by: RehearsalReport['bot']['endedBy']; failure: string | null };
/** Waits for the bot, or for whatever ends it: an interruption, a step that failed, the end of the recording and a while. */
async function endOf(
  bot: Bot,
  {
    isPlayed,
    failed,
    signal,
    look,
  }: {
    isPlayed: () => boolean;
    failed: Promise<Error>;
    signal: AbortSignal;
    look: (() => Promise<void>) | undefined;
  },
): Promise<Ended> {
  const itself = bot.ended.then((): Ended => ({ by: 'itself', failure: null }));
  const failure = failed.then(({ message }): Ended => ({ by: 'a failure', failure: message }));
  const interruption = new Promise<Ended>((resolve) => {
    const interrupted = () => resolve({ by: 'an interruption', failure: null });
    if (signal.aborted) interrupted();
    signal.addEventListener('abort', interrupted, { once: true });
  });
  let playedAtMs: number | undefined;
  for (;;) {
    const ended = await Promise.race([itself, failure, interruption, sleep(lookEveryMs)]);
    if (ended) return ended;
    await look?.();
    const nowMs = systemClock.monotonicMs();
    if (isPlayed()) playedAtMs ??= nowMs;
    if (playedAtMs !== undefined && nowMs - playedAtMs > graceMs)
      return { by: 'the end of the recording', failure: null };
  }
}
