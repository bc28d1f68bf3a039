import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { brokerSessions } from '../../../drizzle/schema/index.ts';
import { createDatabase, type Database } from '../../db/client.ts';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { createLogger, silentLogger } from '../../lib/logger.ts';
import { failure } from '../../testing/failure.ts';
import { igProcess } from '../../testing/ig-process.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import type { BrokerLogin } from './login.ts';
import { loginIntervalMs } from './session.ts';

const epic = 'CS.D.EURUSD.CFD.IP';

/** One process: its session manager and client, and what it sent to IG. */
function process<C extends Clock = ManualClock>(
  database: Database,
  login: BrokerLogin,
  clock: C = createManualClock() as unknown as C,
  logger = silentLogger,
) {
  return { ...igProcess({ database, login, clock, logger }), clock };
}

test('two processes that start together log in once and share the session', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const other = createDatabase({ url: db.url, logger: silentLogger });
  const [one, two] = [
    process(db.database, broker.login, systemClock),
    process(other, broker.login, systemClock),
  ];
  const [a, b] = await Promise.all([one.session.current(), two.session.current()]);
  expect(a).toEqual(b);
  expect([...one.sent, ...two.sent]).toEqual(['POST /session']);
  await other.close();
});

const twoDays = 2 * 86_400_000;
test.each(['a login', 'an attempt that got no answer', 'a refusal'])(
  'after %s by a clock that was two days ahead a process with the right time logs in at once',
  async (what) => {
    await using db = await testDb();
    await using broker = await testBroker();
    const ahead = createManualClock(new Date(broker.clock.now().getTime() + twoDays));
    const password = what === 'a refusal' ? 'wrong' : broker.login.password;
    const before = process(db.database, { ...broker.login, password }, ahead).session.current();
    if (what === 'a refusal') await expect(before).rejects.toMatchObject({ code: 'broker.login_failed' });
    else await before;
    if (what === 'an attempt that got no answer')
      await db.database.db.update(brokerSessions).set({ tokens: null, expiresAt: null });
    broker.clock.advance(61_000); // what was given then is over
    const now = createManualClock(broker.clock.now());
    const { session, sent } = process(db.database, { ...broker.login, password }, now);
    if (what === 'a refusal')
      await expect(session.current()).rejects.toMatchObject({ code: 'broker.login_failed' });
    else expect((await session.current()).accountId).toBe(broker.accountId);
    expect(sent.at(-1)).toMatch(/^POST .session/);
  },
);

test('a clock that is set back does not make a token of this process live longer', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { session, sent, clock } = process(db.database, broker.login);
  await session.current();
  clock.set(-600_000);
  clock.advance(58_000);
  await session.current();
  expect(sent).toEqual(['POST /session', 'POST /session/refresh-token']);
});

test('tokens lie in the database as ciphertext only', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { accessToken, refreshToken, accountId } = await process(db.database, broker.login).session.current();
  const rows = JSON.stringify(await db.database.db.select().from(brokerSessions));
  for (const secret of [
    accessToken,
    refreshToken,
    accountId,
    broker.login.password,
    broker.login.apiKey,
    broker.login.identifier,
  ])
    expect(rows).not.toContain(secret);
});

test('a token that IG no longer takes costs one refresh and one replay of the read', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { client, sent } = process(db.database, broker.login);
  await client.marketsByEpics([epic]);
  broker.clock.advance(61_000); // IG's clock, not ours: we still believe in the token
  expect(await client.marketsByEpics([epic])).toHaveLength(1);
  expect(sent).toEqual([
    'POST /session',
    'GET /markets',
    'GET /markets',
    'POST /session/refresh-token',
    'GET /markets',
  ]);
});

test('reads that all meet the dead token share one refresh', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { client, sent } = process(db.database, broker.login);
  await client.search('EUR');
  broker.clock.advance(61_000);
  await Promise.all([client.search('EUR'), client.search('USD'), client.marketsByEpics([epic])]);
  expect(sent.filter((call) => call.startsWith('POST'))).toEqual([
    'POST /session',
    'POST /session/refresh-token',
  ]);
});

test('a session that IG has forgotten altogether is replaced by a login', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { client, sent, clock } = process(db.database, broker.login);
  await client.search('EUR');
  clock.advance(loginIntervalMs);
  await broker.restart();
  await client.search('EUR');
  expect(sent).toEqual([
    'POST /session',
    'GET /markets',
    'GET /markets',
    'POST /session/refresh-token',
    'POST /session',
    'GET /markets',
  ]);
});

test('the token is renewed ahead of its end, in the background, by one of two processes', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const clock = createManualClock();
  const [one, two] = [process(db.database, broker.login, clock), process(db.database, broker.login, clock)];
  const first = await one.session.current();
  expect(await two.session.current()).toEqual(first);
  clock.advance(46_000);
  expect(await one.session.current()).toEqual(first); // not kept waiting
  const second = await one.session.renew(first.accessToken); // joins the renewal under way
  await two.session.current();
  expect(await two.session.renew(first.accessToken)).toEqual(second);
  expect([...one.sent, ...two.sent]).toEqual(['POST /session', 'POST /session/refresh-token']);
});

test('after a long idle time it logs in again instead of trying a dead refresh token', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { session, sent, clock } = process(db.database, broker.login);
  await session.current();
  clock.advance(700_000);
  broker.clock.advance(700_000);
  await session.current();
  expect(sent).toEqual(['POST /session', 'POST /session']);
});

test('a refused login is reported with IG’s code and not hammered, by no process', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const clock = createManualClock();
  const wrong = { ...broker.login, password: 'not it' };
  const [one, two] = [process(db.database, wrong, clock), process(db.database, wrong, clock)];
  expect(await failure(one.client.search('EUR'))).toMatchObject({
    code: 'broker.login_failed',
    options: { brokerCode: 'error.security.invalid-details', retryAfterMs: 10_000 },
  });
  for (let i = 0; i < 5; i++)
    expect(await failure(two.client.search('EUR'))).toMatchObject({ code: 'broker.login_failed' });
  expect([one.sent, two.sent]).toEqual([['POST /session'], []]);
  clock.advance(10_000);
  expect(await failure(two.client.search('EUR'))).toMatchObject({ options: { retryAfterMs: 60_000 } });
  clock.advance(59_000);
  await failure(one.client.search('EUR'));
  expect([...one.sent, ...two.sent]).toHaveLength(2);
});

test('while nobody tries again, what the last logins met is said in the same words', async () => {
  await using db = await testDb();
  const page = createServer((_request, response) => response.end('<html>back on Monday</html>'));
  await once(page.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void page.close());
  const { port } = page.address() as AddressInfo;
  const login: BrokerLogin = {
    feed: 'demo',
    environment: 'demo',
    baseUrl: `http://127.0.0.1:${port}/gateway/deal`,
    identifier: 'jane',
    password: 'secret',
    apiKey: 'key',
  };
  const { session, sent, clock } = process(db.database, login);
  const words = /answered with a page instead of data, as in its maintenance/;
  await expect(session.current()).rejects.toThrow(words);
  clock.advance(61_000);
  await expect(session.current()).rejects.toThrow(words);
  const tried = sent.length;
  await expect(session.current()).rejects.toThrow(words);
  expect(sent).toHaveLength(tried);
});

test('corrected credentials are tried at once, whatever was refused before', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const clock = createManualClock();
  await failure(process(db.database, { ...broker.login, password: 'not it' }, clock).session.current());
  clock.advance(loginIntervalMs);
  expect(await process(db.database, broker.login, clock).session.current()).toMatchObject({
    accountId: broker.accountId,
  });
});

test('a broker that is not there is no attempt to log in: the next one need not wait', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { session } = process(db.database, broker.login);
  await broker.stop();
  expect(await failure(session.current())).toMatchObject({ code: 'broker.unavailable' });
  await broker.restart();
  expect(await session.current()).toMatchObject({ accountId: broker.accountId });
});

test('without the database a session cannot be renewed, and that is said as such', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  const { session } = process(db.database, broker.login);
  await db.database.db.execute('drop table broker_sessions');
  expect(await failure(session.current())).toMatchObject({ code: 'server.unavailable' });
});

test('no log line holds a password, a key or a token, whatever goes wrong', async () => {
  await using db = await testDb();
  await using broker = await testBroker();
  let log = '';
  const logger = createLogger({
    level: 'trace',
    pretty: false,
    destination: new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) }),
  });
  const { session, client, clock } = process(db.database, broker.login, createManualClock(), logger);
  const { accessToken, refreshToken } = await session.current();
  const { cst, securityToken } = await client.fetchStreamTokens();
  clock.advance(loginIntervalMs);
  await broker.restart();
  await client.search('EUR');
  const wrong = process(db.database, { ...broker.login, password: 'a wrong password' }, clock, logger);
  clock.advance(loginIntervalMs);
  await failure(wrong.client.search('EUR'));
  await broker.stop();
  clock.advance(60_000);
  await failure(wrong.client.search('EUR'));
  expect(log).toContain('IG refused the login');
  for (const secret of [
    accessToken,
    refreshToken,
    cst,
    securityToken,
    broker.login.password,
    'a wrong password',
    broker.login.apiKey,
    broker.login.identifier,
  ])
    expect(log).not.toContain(secret);
});
