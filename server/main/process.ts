// What every process does alike: read the environment, start, wait for a signal, stop. No logic of its own.
import { ConfigError, hintsOf, loadEnvFile, readConfig, type Config } from '../config.ts';
import { createLifecycle, type Lifecycle } from '../lib/lifecycle.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import { whenLauncherEnds } from './launcher.ts';
import { whenTold } from './told.ts';
import { goOnUnread } from './unread.ts';

export interface Process {
  config: Config;
  lifecycle: Lifecycle;
  logger: Logger;
}

/** Of several addresses that were tried, Node puts what became of each into `errors` and leaves the message empty. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs `start`, then waits for SIGINT, SIGTERM or SIGHUP, or the end of the npm that started it, and closes everything in reverse
 * order; a signal some time after the first ends at once, and leaves nothing behind that would live on.
 * Exit codes: 0 after a signal, 130 after another one, 1 when the environment is wrong, the start failed or the process broke.
 */
export async function runProcess(start: (process: Process) => Promise<void>): Promise<void> {
  goOnUnread();
  let config: Config;
  let file: ReturnType<typeof loadEnvFile>;
  try {
    file = loadEnvFile('.env', process.env);
    config = readConfig(process.env);
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
  const logger = createLogger({ level: config.logLevel, pretty: !config.production });
  const lifecycle = createLifecycle(logger);
  for (const hint of [...file.hints, ...hintsOf(process.env)]) logger.warn({ part: 'environment' }, hint);
  if (file.unread.length > 0)
    logger.info({ part: 'environment' }, `nothing here reads these names in .env: ${file.unread.join(', ')}`);

  let stopping = false;
  let ending = false;
  const stop = async (code: number, why: string) => {
    stopping = true;
    logger.info({ part: 'process' }, `${why}: stopping`);
    await lifecycle.close();
    if (ending) return;
    logger.info({ part: 'process' }, 'stopped');
    process.exit(code);
  };
  const end = async (code: number, why: string) => {
    if (ending) return;
    ending = true;
    logger.warn({ part: 'process' }, `${why}: ending at once, without waiting for what is still at work`);
    await lifecycle.end();
    process.exit(code);
  };
  const told = whenTold({
    stop: (why) => stop(0, why),
    end: (why) => end(130, `${why} while stopping`),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, told);
  whenLauncherEnds(() => stopping || told('npm has ended'));
  const broke = (err: unknown) => {
    if (ending) return; // whatever breaks now neither hastens nor delays the end
    logger.fatal({ err, part: 'process' }, 'unexpected failure');
    void (stopping ? end(1, 'failure while stopping') : stop(1, 'failure'));
  };
  process.on('uncaughtException', broke);
  process.on('unhandledRejection', broke);

  try {
    await start({ config, lifecycle, logger });
  } catch (error) {
    if (stopping) return;
    const text = `FTrader could not start: ${messageOf(error)}`;
    if (config.production) logger.fatal({ part: 'process' }, text);
    else console.error(`${text}\nnpm run doctor looks at all that it needs.`);
    logger.debug({ err: error, part: 'process' }, 'start failed');
    stopping = true;
    await lifecycle.close();
    process.exit(1);
  }
}
