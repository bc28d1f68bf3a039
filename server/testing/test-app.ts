// The whole product for a test: every role in this process, on its own database, with the simulator as IG.
import { compose, type ComposeOptions, type Running } from '../compose/index.ts';
import { readConfig } from '../config.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger } from '../lib/logger.ts';
import { testDb } from './test-db.ts';

export interface TestApp extends Running, AsyncDisposable {
  url: string;
  databaseUrl: string;
}

export const testSecrets = {
  secretKey: 'a secret of a test, long enough to sign',
  encryptionKeys: [`k1:${Buffer.alloc(32, 7).toString('base64')}`],
  simulatorAdminToken: 'admin-of-a-test',
};

/**
 * `await using app = await testApp()`: a real server on a free port; `env` are environment variables. Closed with the scope. With
 * `databaseUrl` it is one process more of the installation that is there.
 */
export async function testApp({
  env = {},
  databaseUrl: given,
  ...options
}: { env?: Record<string, string>; databaseUrl?: string } & Partial<
  Pick<ComposeOptions, 'roles' | 'simulator' | 'logger' | 'secrets' | 'tapJobs'>
> = {}): Promise<TestApp> {
  const lifecycle = createLifecycle(silentLogger);
  const databaseUrl = given ?? (await ownDatabase());
  async function ownDatabase() {
    const db = await testDb();
    lifecycle.onClose('test database', () => db[Symbol.asyncDispose]());
    return db.url;
  }
  try {
    const running = await compose({
      config: readConfig({ NODE_ENV: 'test', PORT: '0', ...env }),
      roles: ['simulator', 'gateway', 'worker', 'api'],
      databaseUrl,
      secrets: testSecrets,
      version: '0.0.0-test',
      lifecycle,
      logger: silentLogger,
      ...options,
    });
    return {
      ...running,
      url: running.url!,
      databaseUrl,
      [Symbol.asyncDispose]: () => lifecycle.close(),
    };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
