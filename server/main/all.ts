// `npm start`: simulator, gateway, worker and API in one process, on embedded PostgreSQL unless DATABASE_URL names another.
import path from 'node:path';
import { requireBindable } from '../api/listen.ts';
import { compose, type Secrets } from '../compose/index.ts';
import { loadSecrets, lockDataDir, prepareDataDir, resolveDataDir } from '../data-folder/index.ts';
import { startEmbeddedPostgres } from '../db/embedded/index.ts';
import { migrate } from '../db/migrate.ts';
import { announce, placeOf, settleMs } from './banner.ts';
import { keysOf } from './keys.ts';
import { runProcess } from './process.ts';
import { version } from './version.ts';

await runProcess(async ({ config, lifecycle, logger }) => {
  const started = performance.now();
  await requireBindable(config.host);
  const { dir, reason } = resolveDataDir({
    configured: config.dataDir,
    checkout: path.resolve(import.meta.dirname, '../..'),
  });
  if (reason) logger.info({ part: 'data' }, `data lives in ${dir}: ${reason}`);
  const dataDir = prepareDataDir(dir);
  const lock = await lockDataDir(dataDir);
  lifecycle.onClose('data folder lock', () => lock.release(), { outlivesUs: true });
  // After the lock, which names a FTrader that runs already; elsewhere the next free port is taken.
  if (config.production) await requireBindable(config.host, config.port);

  const made = loadSecrets(dataDir);
  const secrets: Secrets = {
    ...made,
    ...(config.secretKey && { secretKey: config.secretKey, formerSecretKeys: config.secretKeyFallbacks }),
    ...keysOf(config, () => loadSecrets(dataDir).encryptionKeys),
  };
  let databaseUrl = config.databaseUrl;
  if (!databaseUrl) {
    const starting = startEmbeddedPostgres({ dataDir, logger: logger.child({ part: 'postgres' }) });
    // Registered before it is awaited: a Ctrl-C during the first start must not leave a server behind.
    const stop = async () => (await starting.catch(() => undefined))?.stop(); // a failure is told below
    lifecycle.onClose('postgres', stop, { outlivesUs: true });
    databaseUrl = (await starting).url;
  }
  await migrate(databaseUrl, { logger: logger.child({ part: 'migrate' }) });
  const running = await compose({
    config,
    roles: [...(config.simulator ? (['simulator'] as const) : []), 'gateway', 'worker', 'api'],
    databaseUrl,
    secrets,
    version,
    lifecycle,
    logger,
    simulator: { dataDir: path.join(dataDir, 'simulator') },
    seedsDemo: config.seedDemo && !config.production,
  });
  announce(
    {
      ...running,
      name: 'FTrader',
      simulator: running.simulator?.baseUrl,
      problems: await running.settled(settleMs),
      data: config.databaseUrl ? placeOf(config.databaseUrl) : `${dataDir}  (PostgreSQL 18, embedded)`,
      readyMs: performance.now() - started,
    },
    { config, logger },
  );
});
