// One role in its own process: the database and the broker are given, nothing is embedded.
import { requireBindable } from '../api/listen.ts';
import { compose, type Secrets } from '../compose/index.ts';
import { ConfigError, type Config } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { announce, placeOf, settleMs } from './banner.ts';
import { keysOf } from './keys.ts';
import { runProcess } from './process.ts';
import { version } from './version.ts';

/** Where a role without the API answers probes, unless HEALTH_PORT says. */
const probePorts = { gateway: 8001, worker: 8002 };

/** Runs one role until a signal. Needs DATABASE_URL, AMQP_URL, SECRET_KEY and ENCRYPTION_KEYS: all processes must share them. */
export const runRole = (role: 'api' | keyof typeof probePorts): Promise<void> =>
  runProcess(async ({ config, lifecycle, logger }) => {
    const started = performance.now();
    const { databaseUrl, secrets } = shared(config);
    const { production, health } = config;
    const probes =
      role === 'api'
        ? undefined
        : {
            host: health.host,
            port: health.port ?? probePorts[role],
            // Several of a role on one machine are usual; a port that was asked for is meant, where others rely on it.
            searchOnwards: !production || health.port === undefined,
          };
    const { host, port, searchOnwards } = probes ?? { ...config, searchOnwards: !production };
    await requireBindable(host, searchOnwards ? 0 : port);
    await migrate(databaseUrl, { logger: logger.child({ part: 'migrate' }) });
    const running = await compose({
      config,
      roles: [role],
      ...(probes && { probes }),
      databaseUrl,
      secrets,
      version,
      lifecycle,
      logger,
    });
    announce(
      {
        urls: running.urls,
        probesUrl: running.probesUrl,
        demoLogin: running.demoLogin,
        hasAdministrator: running.hasAdministrator,
        name: `FTrader ${role}`,
        problems: await running.settled(settleMs),
        data: placeOf(databaseUrl),
        readyMs: performance.now() - started,
      },
      { config, logger },
    );
  });

function shared({ databaseUrl, amqpUrl, secretKey, secretKeyFallbacks, encryptionKeys }: Config): {
  databaseUrl: string;
  secrets: Secrets;
} {
  if (databaseUrl && amqpUrl && secretKey && encryptionKeys)
    return {
      databaseUrl,
      secrets: {
        secretKey,
        formerSecretKeys: secretKeyFallbacks,
        ...keysOf({ encryptionKeys }),
        simulatorAdminToken: '',
      },
    };
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
