// What an operator sees of a running installation: one line a deal, a log-in and a refusal at info, and their figures.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../lib/logger.ts';
import { demoLogin } from '../modules/auth/index.ts';
import { signIn } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';

test('deals, log-ins and refusals leave one line each at info, and are counted; no password or address of anybody is in them', async () => {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  await using app = await testApp({ logger: createLogger({ level: 'info', pretty: false, destination }) });
  await using trader = signIn(app.url);
  const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' as const };
  const deal = (size: string, idempotencyKey: string) =>
    trader.api.trading.openPosition.mutate({ ...order, size, idempotencyKey });
  expect(await deal('1', 'one-that-fits')).toMatchObject({ status: 'accepted' });
  expect(await deal('100000', 'one-that-does-not')).toMatchObject({ status: 'denied' });
  const wrong = signIn(app.url, { ...demoLogin, password: 'not the right one' });
  await expect(wrong.api.users.me.query()).rejects.toThrow();
  await wrong[Symbol.asyncDispose]();

  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const said = (msg: string) => lines.filter((line) => line.msg === msg);
  const facts = { level: 30, environment: 'simulated', kind: 'open', epic: order.epic, direction: 'BUY' };
  expect(said('deal accepted')).toEqual([expect.objectContaining({ ...facts, size: '1' })]);
  expect(said('deal denied')).toEqual([
    expect.objectContaining({ ...facts, size: '100000', reason: expect.any(String) }),
  ]);
  expect(said('signed in')).toEqual([
    expect.objectContaining({ level: 30, userId: expect.stringMatching(/^user_/), ip: '127.0.0.1' }),
  ]);
  expect(said('refused')).toEqual([
    expect.objectContaining({ level: 30, procedure: 'auth.login', code: 'auth.invalid_credentials' }),
  ]);
  for (const secret of [demoLogin.password, demoLogin.email, 'not the right one'])
    expect(text).not.toContain(secret);

  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  for (const sample of [
    'ftrader_deals_total{environment="simulated",kind="open",outcome="accepted"} 1',
    'ftrader_deals_total{environment="simulated",kind="open",outcome="denied"} 1',
    'ftrader_deals_undecided{status="unknown"} 0',
    'ftrader_logins_total{outcome="ok"} 1',
    'ftrader_logins_total{outcome="refused"} 1',
  ])
    expect(metrics).toContain(`${sample}\n`);
  expect(metrics).toMatch(/^ftrader_broker_allowance_spent_total\{environment="simulated"\} [1-9]/m);
  expect(metrics).toMatch(/^# TYPE ftrader_jobs_total counter$/m);
}, 60_000);
