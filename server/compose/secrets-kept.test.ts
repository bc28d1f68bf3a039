// No secret of a broker login or of an authenticator leaves the server: a user connects accounts with recognisable ones, everything that can go wrong does, and all that was written anywhere is searched.
import { Writable } from 'node:stream';
import amqplib from 'amqplib';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { SignedIn } from '../../shared/auth.ts';
import { RecoveryCodes, StartedTotp } from '../../shared/two-factor.ts';
import { createSimulator } from '../ig-simulator/index.ts';
import { createIds } from '../lib/ids.ts';
import { systemClock } from '../lib/clock.ts';
import { createLogger, silentLogger } from '../lib/logger.ts';
import { durableChannels } from '../messaging/channels.ts';
import { totpCode } from '../modules/auth/totp.ts';
import { createTopology, shards } from '../messaging/topology.ts';
import * as build from '../testing/build.ts';
import { canaryIds, createCanaries, type Canaries } from '../testing/canaries.ts';
import { describeWith } from '../testing/requires.ts';
import { mailedCode } from '../testing/mailed-code.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { createDatabase } from '../db/client.ts';
import { installationName } from './ground.ts';

const timeoutMs = 240_000;
const patienceMs = 60_000;

/** What the owner of the login types, and what they type wrongly. */
const right = {
  identifier: 'CANARY-identifier_of-Jane',
  password: 'CANARY "password" <+/é&\'>',
  apiKey: 'CANARY+api/key=&%20',
};
const wrong = { password: 'CANARY-mistyped "password" +/é', apiKey: 'CANARY-mistyped/api+key' };
const feed = {
  identifier: 'CANARY-identifier-of-feed',
  password: 'CANARY-password-of-feed',
  apiKey: 'CANARY-api-key-of-feed',
};

async function withDatabase<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Every table there is, row by row, as `pg_dump` would write it. */
const dump = (url: string, canaries: Canaries) =>
  withDatabase(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      canaries.wrote(`table ${name}`, rows.map(({ row }) => row).join('\n'));
    }
  });

/** Writes down all that this installation says by NOTIFY, and by RabbitMQ where it has one. */
async function overhear(databaseUrl: string, amqpUrl: string | undefined, canaries: Canaries) {
  const database = createDatabase({ url: databaseUrl, logger: silentLogger, max: 1 });
  const prefix = await installationName(database);
  await database.close();
  const listener = new pg.Client({ connectionString: databaseUrl });
  listener.on('error', () => undefined); // its database is dropped at the end of a test that failed
  await listener.connect();
  listener.on('notification', ({ payload = '' }) => canaries.wrote('notifications of the database', payload));
  await listener.query(`listen ${pg.escapeIdentifier(prefix)}`);
  const rabbit = amqpUrl === undefined ? undefined : await amqplib.connect(amqpUrl);
  if (rabbit) {
    const channel = await rabbit.createChannel();
    const { exchanges } = createTopology(prefix, Object.keys(durableChannels));
    for (const { name, type, durable } of exchanges) {
      await channel.assertExchange(name, type, { durable });
      const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
      const keys = type === 'direct' ? Array.from({ length: shards }, (_, shard) => String(shard)) : ['#'];
      for (const key of keys) await channel.bindQueue(queue, name, key);
      await channel.consume(
        queue,
        (message) =>
          message &&
          canaries.wrote(
            'messages of RabbitMQ',
            `${message.fields.exchange} ${JSON.stringify(message.properties)} ${message.content.toString()}\n`,
          ),
        { noAck: true },
      );
    }
  }
  return async () => {
    await listener.end();
    await rabbit?.close();
  };
}

/** Somebody at the REST face, all of whose answers are written down. */
function caller(app: TestApp, canaries: Canaries) {
  let token: string | undefined;
  let calls = 0;
  /** `shown`: the answer is one that shows a secret. */
  async function ask(method: string, path: string, body?: unknown, raw?: string, shown = false) {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(path.startsWith('/api/trading') && { 'Idempotency-Key': `a-call-of-ann-${++calls}` }),
        ...((body !== undefined || raw !== undefined) && { 'Content-Type': 'application/json' }),
      },
      ...((body !== undefined || raw !== undefined) && { body: raw ?? JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!shown) canaries.wrote('answers over HTTP', `${JSON.stringify([...response.headers])} ${text}\n`);
    return { status: response.status, text, json: (): unknown => JSON.parse(text) };
  }
  return {
    ask,
    async signUp() {
      await ask('POST', '/api/auth/register', build.newcomer);
      const code = await mailedCode(app.url, build.newcomer.email);
      await ask('POST', '/api/auth/verify-email', { code, password: build.newcomer.password });
      token = SignedIn.pick({ accessToken: true }).parse(
        (await ask('POST', '/api/auth/login', build.login)).json(),
      ).accessToken;
    },
    /** Switches two-factor authentication on and mistakes codes; its secret and its recovery codes are canaries. */
    async useTwoFactor() {
      const show = async (path: string, body?: unknown) =>
        (await ask('POST', path, body, undefined, true)).json();
      const { secret } = StartedTotp.parse(await show('/api/auth/totp'));
      canaries.add('secret of the authenticator', secret);
      const code = totpCode(secret, systemClock.now());
      const { recoveryCodes } = RecoveryCodes.parse(await show('/api/auth/totp/confirm', { code }));
      for (const [n, each] of recoveryCodes.entries()) {
        canaries.add(`recovery code ${n}`, each);
        canaries.add(`recovery code ${n} without dashes`, each.replaceAll('-', ''));
      }
      const [first, second, third] = recoveryCodes;
      const statuses = [];
      for (const [path, body] of [
        ['login', { ...build.login, code: first }],
        ['login', { ...build.login, code: first }],
        ['login', { ...build.login, code: `${first} ${second}` }],
        ['login', { email: second, password: secret, code: third }],
        ['step-up', { code: second, nobodyReadsThis: third }],
        ['step-up', { code: second }],
        ['totp/disable', { code: [third] }],
      ] as const)
        statuses.push((await ask('POST', `/api/auth/${path}`, body)).status);
      expect(statuses).toEqual([200, 401, 400, 400, 400, 200, 400]);
    },
  };
}

/** Uses a server as its owner, a clumsy user and a broker on a bad day would; gives the secrets, and all that was written meanwhile. */
async function drive({ amqpUrl }: { amqpUrl?: string }): Promise<Canaries> {
  const canaries = createCanaries({
    ...Object.fromEntries(Object.entries(right).map(([name, text]) => [name, text])),
    'mistyped password': wrong.password,
    'mistyped API key': wrong.apiKey,
    'identifier of the feed': feed.identifier,
    'password of the feed': feed.password,
    'API key of the feed': feed.apiKey,
  });
  const broker = await createSimulator({
    port: 0,
    seed: 'canaries',
    clock: systemClock,
    ids: canaryIds(createIds(systemClock), canaries),
    logger: silentLogger,
    logins: [
      { ...right, accountId: 'JANE1' },
      { ...feed, accountId: 'FEED1' },
    ],
  });
  onTestFinished(() => broker.stop());
  const destination = new Writable({
    write(chunk, _encoding, done) {
      canaries.wrote('logs', String(chunk));
      done();
    },
  });
  await using app = await testApp({
    logger: createLogger({ level: 'trace', pretty: false, destination }),
    env: {
      IG_DEMO_BASE_URL: broker.baseUrl,
      IG_IDENTIFIER: feed.identifier,
      IG_PASSWORD: feed.password,
      IG_API_KEY: feed.apiKey,
      ...(amqpUrl && { AMQP_URL: amqpUrl }),
    },
  });
  const stopListening = await overhear(app.databaseUrl, amqpUrl, canaries);
  const { ask, signUp, useTwoFactor } = caller(app, canaries);
  await signUp();
  await useTwoFactor();

  const login = { environment: 'demo', ...right };
  // What is mistyped, put in the wrong place, or no JSON at all.
  for (const mistake of [{ password: wrong.password }, { apiKey: wrong.apiKey }])
    expect(await ask('POST', '/api/accounts', { ...login, ...mistake })).toMatchObject({ status: 502 });
  const odd: [string, string, unknown?, string?][] = [
    ['POST', '/api/accounts', { ...login, environment: right.apiKey }],
    ['POST', '/api/accounts', { ...login, apiKey: `${right.apiKey} ${right.password}` }],
    ['POST', '/api/accounts', { ...login, nobodyReadsThis: right.password }],
    ['POST', '/api/accounts', undefined, JSON.stringify(login).slice(0, -1)],
    ['POST', '/api/accounts', undefined, right.password],
    ['GET', `/api/accounts?password=${encodeURIComponent(right.password)}`],
    [
      'POST',
      `/trpc/accounts.connect?apiKey=${encodeURIComponent(right.apiKey)}`,
      { json: login, more: login },
    ],
    ['POST', '/api/auth/login', { ...build.login, password: right.password }],
  ];
  for (const each of odd) expect((await ask(...each)).status).toBeGreaterThanOrEqual(400);
  // What IG's side does to a login.
  for (const fault of [
    '5xx-before',
    'html-before',
    'malformed-json-after',
    'empty-200-after',
    'reset-before',
    'reset-after',
    'throttled-before',
  ] as const) {
    broker.setFaults([{ name: fault, on: ['login'], count: 1 }]);
    await ask('POST', '/api/accounts', login);
  }
  broker.setFaults([]);

  const connected = await ask('POST', '/api/accounts', login);
  const { accounts } = z
    .object({ accounts: z.array(z.looseObject({ id: z.string() })) })
    .parse(connected.json());
  const account = accounts[0]!;
  expect(account, connected.text).toMatchObject({ environment: 'demo', brokerAccountId: 'JANE1' });
  const path = `/api/accounts/${account.id}`;
  // Prices and a deal on it, its stream, and what its stream and its requests suffer.
  const DealFacts = z.object({ id: z.string(), status: z.string() });
  const deal = async () =>
    DealFacts.parse(
      (
        await ask('POST', '/api/trading/positions', {
          epic: build.eurusd,
          direction: 'BUY',
          size: '1',
          accountId: account.id,
        })
      ).json(),
    );
  const first = await deal();
  const outcome = async () =>
    DealFacts.parse((await ask('GET', `/api/trading/deals/${first.id}`)).json()).status;
  await expect.poll(outcome, { timeout: patienceMs, interval: 500 }).toBe('accepted');
  for (const fault of ['create-refused', 'stream-drop'] as const)
    broker.setFaults([{ name: fault, count: 1 }]);
  for (const fault of ['5xx-after', 'malformed-json-after', 'expired-before', 'reset-before'] as const) {
    broker.setFaults([{ name: fault, on: ['open', 'close'], count: 1 }]);
    await deal();
    broker.setFaults([{ name: fault, on: ['read'], count: 3 }]);
    await ask('POST', `${path}/test`);
  }
  broker.setFaults([]);
  await ask('PUT', `${path}/credentials`, { password: wrong.password });
  await ask('PATCH', path, { name: 'Renamed' });
  for (const page of ['/metrics', '/status', '/readyz', '/livez', '/api/openapi.json', '/api/accounts'])
    await ask('GET', page);
  canaries.wrote('metrics', (await ask('GET', '/metrics')).text);
  canaries.wrote('status', (await ask('GET', '/status')).text);
  await dump(app.databaseUrl, canaries);
  // A database that fails in the middle of it, whose errors carry the parameters of the statement; then a broker that is gone.
  await withDatabase(app.databaseUrl, (client) =>
    client.query('alter table broker_accounts rename column credentials to gone'),
  );
  await ask('PUT', `${path}/credentials`, login);
  await ask('POST', `${path}/test`);
  await withDatabase(app.databaseUrl, (client) =>
    client.query('alter table broker_accounts rename column gone to credentials'),
  );
  await broker.stop();
  await ask('POST', `${path}/test`);
  await ask('DELETE', path, { withOpenPositions: true });
  await dump(app.databaseUrl, canaries);
  await stopListening();
  return canaries;
}

async function proveKept(canaries: Canaries, places: readonly string[]) {
  for (const place of places) expect(canaries.textOf(place), place).not.toBe('');
  expect(canaries.count()).toBeGreaterThan(20); // tokens are among them
  expect(canaries.find()).toEqual([]);
}
const written = [
  'logs',
  'answers over HTTP',
  'metrics',
  'status',
  'table public.broker_accounts',
  'table public.totp_secrets',
  'table public.recovery_codes',
];

test(
  'no key, identifier, password or token of a broker login, nor what an authenticator or a recovery code is made of, is in a log at trace, an answer, an error, a table, a notification or a metric, in any form',
  async () => proveKept(await drive({}), [...written, 'notifications of the database']),
  timeoutMs,
);

await describeWith('rabbitmq', 'over RabbitMQ', (amqpUrl) => {
  test(
    'nor is any in a message that passes through it',
    async () => proveKept(await drive({ amqpUrl }), [...written, 'messages of RabbitMQ']),
    timeoutMs,
  );
});
