// A data folder that was first used in development and then in production: the published login is no way in, and nothing shows it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { demoLogin } from '../modules/auth/index.ts';
import { testSecrets } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';
import { compose, type Role } from './index.ts';

const { secretKey, encryptionKeys } = testSecrets;
const secrets = { SECRET_KEY: secretKey, ENCRYPTION_KEYS: encryptionKeys.join(',') };

async function start(databaseUrl: string, NODE_ENV: string) {
  const lifecycle = createLifecycle(logger);
  const running = await compose({
    config: readConfig({ NODE_ENV, PORT: '0', ...secrets }),
    roles: ['api'],
    databaseUrl,
    secrets: testSecrets,
    version: '0.0.0-test',
    lifecycle,
    logger,
  });
  return {
    shown: running.demoLogin,
    async ask(path: string, headers: Record<string, string> = {}, body?: object) {
      const method = body ? 'POST' : 'GET';
      const sent = { method, headers: { 'content-type': 'application/json', ...headers } };
      const answer = await fetch(`${running.url}${path}`, {
        ...sent,
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
}

const addresses = [
  '/',
  '/status',
  '/readyz',
  '/metrics',
  '/api/system/status',
  '/trpc/system.status',
  '/api/docs/',
  '/api/docs/page.js',
  '/api/docs/errors',
  '/api/docs/errors.js',
  '/api/openapi.json',
  '/api/asyncapi.json',
];

test('the demo login made in development is closed in production, its sessions with it, and no address shows it', async () => {
  await using db = await testDb();
  let token: string;
  {
    await using development = await start(db.url, 'development');
    expect(development.shown).toEqual(demoLogin);
    expect((await development.ask('/api/system/status')).text).toContain(demoLogin.password);
    const { text } = await development.ask('/api/auth/login', {}, demoLogin);
    token = JSON.parse(text).accessToken;
    expect((await development.ask('/api/users/me', { authorization: `Bearer ${token}` })).status).toBe(200);
  }
  await using production = await start(db.url, 'production');
  expect(production.shown).toBeNull();
  expect((await production.ask('/api/auth/login', {}, demoLogin)).status).toBe(401);
  expect((await production.ask('/api/users/me', { authorization: `Bearer ${token}` })).status).toBe(401);
  for (const address of addresses)
    expect((await production.ask(address)).text, address).not.toContain(demoLogin.password);
});

test('a server that others could enter by the demo login is refused before its broker is asked for anything', async () => {
  await using db = await testDb();
  {
    await using development = await start(db.url, 'development');
    expect(development.shown).toEqual(demoLogin);
  }
  let asked = 0;
  const broker = createServer((_req, res) => {
    asked++;
    res.writeHead(503).end();
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const lifecycle = createLifecycle(logger);
  lifecycle.onClose('broker', () => void broker.close());
  const login = { IG_API_KEY: 'key', IG_IDENTIFIER: 'me', IG_PASSWORD: 'secret' };
  const IG_BASE_URL = `http://127.0.0.1:${(broker.address() as AddressInfo).port}/gateway/deal`;
  const roles: readonly Role[] = ['gateway', 'worker', 'api'];
  const started = compose({
    config: readConfig({ HOST: '0.0.0.0', PORT: '0', ...login, IG_BASE_URL }),
    roles,
    databaseUrl: db.url,
    secrets: testSecrets,
    version: '0.0.0-test',
    lifecycle,
    logger,
  });
  await expect(started).rejects.toThrow(/HOST=0\.0\.0\.0 .* npm run user -- disable/);
  await lifecycle.close();
  expect(asked).toBe(0);
});
