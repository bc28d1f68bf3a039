// `npm run simulator`: the IG simulator alone, for any IG client. Prints the settings to paste into one.
import { lockDataDir, makeUsable } from '../data-folder/index.ts';
import { createSimulator } from '../ig-simulator/index.ts';
import { systemClock } from '../lib/clock.ts';
import { writeFileDurably } from '../lib/files.ts';
import { createIds } from '../lib/ids.ts';
import { createLogger } from '../lib/logger.ts';
import { whenLauncherEnds } from './launcher.ts';
import { readArguments } from './simulator-arguments.ts';
import { whenTold } from './told.ts';
import { goOnUnread } from './unread.ts';

goOnUnread();
const { json, saveTo, options } = readArguments(process.argv.slice(2));
const logger = createLogger({ level: 'info', pretty: process.stderr.isTTY === true });
const simulator = await start().catch((err: NodeJS.ErrnoException) => {
  process.stderr.write(
    `simulator: ${err.code === 'EADDRINUSE' ? `port ${options.port} is taken; choose another with --port` : err.message}\n`,
  );
  process.exit(1);
});
async function start() {
  if (options.dataDir !== undefined) {
    const another = '--data /another/folder';
    makeUsable(options.dataDir, 0o700, another);
    const lock = await lockDataDir(options.dataDir, { another });
    process.once('exit', () => lock.release());
  }
  return createSimulator({ ...options, clock: systemClock, ids: createIds(systemClock), logger, logins: [] });
}
// Fixed, so that a client's settings survive a restart. It is no secret: the simulator holds no money.
const login = await simulator.createLogin({
  identifier: 'simulator',
  password: 'simulator',
  apiKey: 'f7ade45130ab00c0ffee5eedf7ade45130ab00c0',
  accountId: 'SIM001',
});
const { baseUrl } = simulator;
const { apiKey, identifier, password, accountId } = login;

async function stop() {
  await simulator.stop();
  if (saveTo === undefined) return;
  const saved = simulator.save();
  writeFileDurably(saveTo, JSON.stringify(saved)); // a crash while it is written leaves the state saved before
  process.stderr.write(`simulator: state ${saved.hash} is in ${saveTo}\n`);
}
const told = whenTold({
  stop,
  end(why) {
    process.stderr.write(
      `simulator: ${why} while stopping: ending at once${saveTo === undefined ? '' : `, nothing new is in ${saveTo}`}\n`,
    );
    process.exit(130);
  },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, told);
whenLauncherEnds(() => told('npm has ended'));
// Last: whoever reads this may stop us at once.
process.stdout.write(
  json
    ? `${JSON.stringify({ baseUrl, apiKey, identifier, password, accountId })}\n`
    : `# IG simulator is ready. Settings for an IG client:\nIG_BASE_URL=${baseUrl}\nIG_API_KEY=${apiKey}\nIG_IDENTIFIER=${identifier}\nIG_PASSWORD=${password}\nIG_ACCOUNT_ID=${accountId}\n`,
);
