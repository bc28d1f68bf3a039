// One role in its own process: the database and the broker are given, nothing is embedded.
import { requireBindable } from '../api/listen.ts';
import { compose, type Role, type Secrets } from '../compose/index.ts';
import { ConfigError, type Config } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { announce, placeOf } from './banner.ts';
import { keysOf } from './keys.ts';
import { runProcess } from './process.ts';
import { version } from './version.ts';

/** Runs one role until a signal. Needs DATABASE_URL, AMQP_URL, SECRET_KEY and ENCRYPTION_KEYS: all processes must share them. */
export const runRole = (role: Role): Promise<void> =>
  runProcess(async ({ config, lifecycle, logger }) => {
    const started = performance.now();
    const { databaseUrl, secrets } = shared(config);
    if (role === 'api') await requireBindable(config.host);
    await migrate(databaseUrl, { logger: logger.child({ part: 'migrate' }) });
    const running = await compose({
      config,
      roles: [role],
      databaseUrl,
      secrets,
      version,
      lifecycle,
      logger,
    });
    announce(
      {
        urls: running.urls,
        demoLogin: running.demoLogin,
        name: `FTrader ${role}`,
        problems: [],
        data: placeOf(databaseUrl),
        readyMs: performance.now() - started,
      },
      { config, logger },
    );
  });

function shared({ databaseUrl, amqpUrl, secretKey, encryptionKeys }: Config): {
  databaseUrl: string;
  secrets: Secrets;
} {
  if (databaseUrl && amqpUrl && secretKey && encryptionKeys)
    return { databaseUrl, secrets: { secretKey, ...keysOf({ encryptionKeys }), simulatorAdminToken: '' } };
  const given = {
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
    SECRET_KEY: secretKey,
    ENCRYPTION_KEYS: encryptionKeys,
  };
  throw new ConfigError(
    Object.entries(given)
      .filter(([, value]) => !value)
      .map(([name]) => `${name} is needed to run one role per process: all of them must share it`),
  );
}
