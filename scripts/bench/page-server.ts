// The product under the benchmark of the page, in a process of its own: it says its address and ends with its parent.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { compose } from '../../server/compose/index.ts';
import { readConfig } from '../../server/config.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { migrate } from '../../server/db/migrate.ts';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { createLifecycle } from '../../server/lib/lifecycle.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { itemsPerClient } from './simulator-protocol.ts';
import { tickFile } from './tick-file.ts';

/** The whole product on a database of its own, its markets ticking as often as the target says. */
async function startProduct(folder: string) {
  chmodSync(folder, 0o755); // as root the database's user must get through
  const ticks = path.join(folder, 'ticks');
  mkdirSync(ticks);
  const postgres = await startEmbeddedPostgres({
    dataDir: prepareDataDir(path.join(folder, 'database')),
    logger: silentLogger,
  });
  const lifecycle = createLifecycle(silentLogger);
  lifecycle.onClose('database', () => postgres.stop());
  try {
    await migrate(postgres.url, { logger: silentLogger });
    const epics = instruments.slice(0, itemsPerClient).map(({ epic }) => epic);
    const { url } = await compose({
      config: readConfig({ NODE_ENV: 'test', PORT: '0' }),
      roles: ['simulator', 'gateway', 'worker', 'api'],
      databaseUrl: postgres.url,
      secrets: {
        secretKey: randomBytes(32).toString('hex'),
        encryptionKeys: [`k1:${randomBytes(32).toString('base64')}`],
        simulatorAdminToken: randomBytes(16).toString('hex'),
      },
      version: 'bench',
      lifecycle,
      logger: silentLogger,
      simulator: {
        replay: {
          files: epics.map((epic) => ({ path: tickFile(ticks, epic, 'page'), epic })),
          speed: 1,
          loop: true,
        },
      },
    });
    await listAll(url!, epics);
    return { url: url!, close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

/** The demo login's first list holds these markets from now on. */
async function listAll(url: string, epics: readonly string[]) {
  const call = async (method: string, at: string, body?: object, token?: string) => {
    const answer = await fetch(`${url}/api/${at}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as never;
  };
  const { demoLogin } = (await call('GET', 'system/status')) as { demoLogin: object };
  const { accessToken } = (await call('POST', 'auth/login', demoLogin)) as { accessToken: string };
  const { watchlists } = (await call('GET', 'market-data/watchlists', undefined, accessToken)) as {
    watchlists: { id: string; version: number }[];
  };
  const { id, version } = watchlists[0]!;
  await call('PATCH', `market-data/watchlists/${id}`, { version, epics }, accessToken);
}

const product = await startProduct(process.argv[2]!);
process.once('disconnect', () => void product.close().finally(() => process.exit()));
process.send!(product.url);
