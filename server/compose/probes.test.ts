// What a worker and a gateway in processes of their own answer over HTTP: probes and metrics, and nothing else.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../config.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { testSecrets } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';
import { compose, type Role } from './index.ts';

const probes = { host: '127.0.0.1', port: 0, searchOnwards: false };
/** An IG that nobody answers for. */
const IG_BASE_URL = 'http://127.0.0.1:1/gateway/deal';
const login = { IG_API_KEY: 'key', IG_IDENTIFIER: 'me', IG_PASSWORD: 'secret', IG_BASE_URL };

async function start(role: Role, env: Record<string, string> = {}) {
  const db = await testDb();
  const lifecycle = createLifecycle(logger);
  lifecycle.onClose('test database', () => db[Symbol.asyncDispose]());
  onTestFinished(() => lifecycle.close());
  const running = await compose({
    config: readConfig({ ...login, ...env }),
    roles: [role],
    databaseUrl: db.url,
    secrets: testSecrets,
    version: '0.0.0-test',
    lifecycle,
    logger,
    probes,
  });
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const asked = request(`${running.probesUrl}${path}`, { headers, agent: false });
    const [answer] = await Promise.all([
      new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
        asked.once('error', reject).once('response', async (res) => {
          resolve({ status: res.statusCode, body: await text(res) });
        });
      }),
      asked.end(),
    ]);
    return answer;
  };
  return { ask, running };
}

test.each([
  ['worker', /^# TYPE ftrader_jobs_total counter$/m],
  ['gateway', /^ftrader_gateway_accounts_overdue 0$/m],
  ['gateway', /^ftrader_gateway_holds_feed\{feed="simulated"\} [01]$/m],
] as const)('a %s answers /livez and /readyz, and shows its own metrics', async (role, figure) => {
  const { ask } = await start(role);
  expect(await ask('/livez')).toEqual({ status: 200, body: '{"alive":true}' });
  const ready = await ask('/readyz');
  expect([ready.status, JSON.parse(ready.body)]).toEqual([
    200,
    {
      ready: true,
      parts: { database: { ok: true, detail: 'answers' }, bus: { ok: true, detail: 'connected' } },
    },
  ]);
  const metrics = await ask('/metrics');
  expect(metrics.body).toMatch(figure);
  expect(metrics.body).toContain('process_cpu_seconds_total');
  expect((await ask('/api/system/status')).status).toBe(404);
});

test('a worker whose RabbitMQ cannot be reached lives, is not ready, and says so once it has waited', async () => {
  const { ask, running } = await start('worker', { AMQP_URL: 'amqp://127.0.0.1:1' });
  expect((await ask('/livez')).status).toBe(200);
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: expect.stringContaining('not connected') });
  expect(await running.settled(0)).toEqual(['bus: not connected']);
});

test('its metrics are for this machine or who bears METRICS_TOKEN, and a name it does not have is refused', async () => {
  const METRICS_TOKEN = 'a-token-of-some-length';
  const { ask } = await start('worker', { METRICS_TOKEN });
  const behindProxy = { 'x-forwarded-for': '203.0.113.7' };
  expect((await ask('/metrics', behindProxy)).status).toBe(401);
  expect((await ask('/metrics', { ...behindProxy, authorization: `Bearer ${METRICS_TOKEN}` })).status).toBe(
    200,
  );
  expect((await ask('/metrics', { host: 'evil.example' })).status).toBe(400);
});
