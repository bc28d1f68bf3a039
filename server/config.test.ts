// The environment: defaults, and every wrong value named at once.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, hintsOf, loadEnvFile, misspelt, readConfig } from './config.ts';

const refusalOf = (env: Record<string, string>): ConfigError | undefined => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
};
const problemsOf = (env: Record<string, string>) => refusalOf(env)?.problems ?? [];

test('an empty environment is a working development set-up', () => {
  expect(readConfig({ PORT: '', HOST: undefined })).toMatchObject({
    production: false,
    host: '127.0.0.1',
    port: 8000,
    simulator: true,
    accessTokenMinutes: 15,
    refreshTokenMinutes: 1440,
  });
});

test('bounds on what is open are set one by one; the others stay as they are where they belong', () => {
  expect(readConfig({}).open).toEqual({});
  expect(readConfig({ MAX_SOCKETS: '500', MAX_SUBSCRIPTIONS_PER_USER: '7' }).open).toEqual({
    maxSockets: 500,
    maxSubscriptionsPerUser: 7,
  });
  expect(problemsOf({ MAX_CONNECTIONS_PER_USER: '0' })).toEqual([
    'MAX_CONNECTIONS_PER_USER must be at least 1',
  ]);
});

test('all wrong values are named at once', () => {
  const problems = problemsOf({
    PORT: 'http',
    AMQP_URL: 'redis://x',
    IG_API_KEY: 'k',
    JWT_ACCESS_TOKEN_LIFETIME: '0',
    CORS_ALLOWED_ORIGINS: 'localhost',
    NODE_ENV: 'prod',
    SECRET_KEY: 'short',
    LOG_LEVEL: 'loud',
  });
  for (const name of [
    'PORT',
    'AMQP_URL',
    'JWT_ACCESS_TOKEN_LIFETIME',
    'CORS_ALLOWED_ORIGINS',
    'NODE_ENV',
    'SECRET_KEY',
    'LOG_LEVEL',
  ]) {
    expect(
      problems.some((problem) => problem.startsWith(`${name} `)),
      name,
    ).toBe(true);
  }
});

test('a folder that begins with ~ is refused with what to write: no shell reads it here', () => {
  expect(() => readConfig({ DATA_DIR: '~/ftrader' })).toThrow(
    /DATA_DIR must not begin with ~, which only a shell reads: write \/.*\/ftrader/,
  );
});

test('variables that go together are asked for together, also beside other wrong values', () => {
  expect(problemsOf({ IG_API_KEY: 'k', PORT: 'x', LOG_LEVEL: 'loud' })).toEqual([
    'PORT must be a whole number',
    'LOG_LEVEL must be trace, debug, info, warn, error or silent',
    'IG_IDENTIFIER is needed when another IG_ variable is set',
    'IG_PASSWORD is needed when another IG_ variable is set',
  ]);
  expect(problemsOf({ DB_HOST: 'db' })).toHaveLength(2);
  expect(problemsOf({ DB_PASSWORD: 'p' })).toHaveLength(3);
  expect(problemsOf({ IG_BASE_URL: 'http://127.0.0.1:1/gateway/deal' })).toHaveLength(3);
  expect(problemsOf({ ENCRYPTION_KEYS: `k1:${'A'.repeat(44)}` })).toHaveLength(1);
  expect(problemsOf({ SECRET_KEY_FALLBACKS: 'x'.repeat(32) })).toEqual([
    'SECRET_KEY is needed when SECRET_KEY_FALLBACKS is set: these are its former values',
  ]);
  expect(problemsOf({ SMTP_URL: 'smtp://mail.example.org' })).toEqual([
    'MAIL_FROM is needed when SMTP_URL is set: whom mail is from',
  ]);
  expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
    'SECRET_KEY is needed in production. Make one: openssl rand -base64 32',
    'ENCRYPTION_KEYS is needed in production: k1: before a key. Make one: openssl rand -base64 32',
  ]);
});

test('mail is from an address, with a name or without, and goes to a server that has a name', () => {
  const from = (MAIL_FROM: string) => problemsOf({ MAIL_FROM });
  for (const good of ['no-reply@example.org', 'FTrader <no-reply@example.org>', '<a@b>'])
    expect(readConfig({ MAIL_FROM: good }).mailFrom).toBe(good);
  for (const bad of ['FTrader', 'FTrader <x>', 'a@b, c@d', 'A\nBcc: <c@d>'])
    expect(from(bad)).toEqual([
      'MAIL_FROM must be an e-mail address, or a name and one: FTrader <no-reply@example.org>',
    ]);
  expect(problemsOf({ SMTP_URL: 'mail.example.org', MAIL_FROM: 'a@b' })).toEqual([
    'SMTP_URL must be a URL starting with smtp:// or smtps://',
  ]);
});

describe('a list', () => {
  test.each([
    ['localhost, trade.example.org,', ['localhost', 'trade.example.org']],
    [`['localhost', "trade.example.org"]`, ['localhost', 'trade.example.org']],
    ['["localhost"]', ['localhost']],
    [`('localhost',)`, ['localhost']],
    ['[]', []],
    ['*', ['*']],
    ['.example.org,[::1],2001:DB8::1', ['.example.org', '::1', '2001:db8::1']],
  ])('ALLOWED_HOSTS=%s names %j: commas between, or as Python and JSON write one', (text, hosts) => {
    expect(readConfig({ ALLOWED_HOSTS: text }).allowedHosts).toEqual(hosts);
  });
  test('is read so in every setting that is one', () => {
    expect(
      readConfig({
        CORS_ALLOWED_ORIGINS: "['http://localhost:3000', 'https://a.example']",
        TRUSTED_PROXIES: '["loopback", "10.0.0.0/8"]',
        ENCRYPTION_KEYS: `['k1:${Buffer.alloc(32).toString('base64')}']`,
      }),
    ).toMatchObject({
      corsOrigins: ['http://localhost:3000', 'https://a.example'],
      trustedProxies: ['loopback', '10.0.0.0/8'],
      encryptionKeys: [`k1:${Buffer.alloc(32).toString('base64')}`],
    });
  });
  test.each([
    '[localhost, 127.0.0.1]',
    "['localhost' 'x.example']",
    "['localhost",
    'https://trade.example.org',
    'trade.example.org:443',
    'localhost 127.0.0.1',
    '*.example.org',
  ])('ALLOWED_HOSTS=%s, which would never match, is refused with what to write', (text) => {
    expect(problemsOf({ ALLOWED_HOSTS: text })).toEqual([
      'ALLOWED_HOSTS must be host names such as trade.example.org, without scheme and port, separated by commas; .example.org stands for all names below it, * for any',
    ]);
  });
});

test('DB_ variables make a URL whose special characters survive', () => {
  const { databaseUrl } = readConfig({ DB_NAME: 'f/t', DB_USER: 'u@x', DB_PASSWORD: 'p:/?', DB_HOST: 'db' });
  expect(new URL(databaseUrl!)).toMatchObject({
    hostname: 'db',
    port: '5432',
    username: 'u%40x',
    password: 'p%3A%2F%3F',
    pathname: '/f%2Ft',
  });
});

test('DB_HOST may be the folder of a socket or an IPv6 address', () => {
  const urlOf = (DB_HOST: string) => readConfig({ DB_NAME: 'n', DB_USER: 'u', DB_HOST }).databaseUrl;
  expect(urlOf('/var/run/postgresql')).toBe('postgres://u@%2Fvar%2Frun%2Fpostgresql:5432/n');
  expect(urlOf('::1')).toBe('postgres://u@[::1]:5432/n');
});

describe('the settings of the Django backend that this one replaces', () => {
  const file = {
    DEBUG: 'True',
    SECRET_KEY: 'django-insecure-7#q$w(e)r+t=y-u_i*o&p^a%s@d!f9g8h7j6k5l4z3x2c1',
    ALLOWED_HOSTS: 'localhost,127.0.0.1,trade.example.org',
    DB_NAME: 'ftrader',
    DB_USER: 'postgres',
    DB_PASSWORD: 'postgres',
    DB_HOST: 'localhost',
    DB_PORT: '5432',
    CELERY_BROKER_URL: 'amqp://guest:guest@localhost:5672//',
    CELERY_RESULT_BACKEND: 'redis://localhost:6379/0',
    REDIS_HOST: 'localhost',
    REDIS_PORT: '6379',
    JWT_ACCESS_TOKEN_LIFETIME: '60',
    JWT_REFRESH_TOKEN_LIFETIME: '1440',
    CORS_ALLOWED_ORIGINS: 'http://localhost:3000,http://127.0.0.1:3000',
    IG_API_KEY: 'key',
    IG_IDENTIFIER: 'me',
    IG_PASSWORD: 'secret',
    IG_DEMO: 'True',
  };

  test('mean the same', () => {
    expect(readConfig(file)).toMatchObject({
      production: false,
      secretKey: file.SECRET_KEY,
      allowedHosts: ['localhost', '127.0.0.1', 'trade.example.org'],
      databaseUrl: 'postgres://postgres:postgres@localhost:5432/ftrader',
      amqpUrl: 'amqp://guest:guest@localhost:5672',
      accessTokenMinutes: 60,
      refreshTokenMinutes: 1440,
      corsOrigins: ['http://localhost:3000', 'http://127.0.0.1:3000'],
      ig: { environment: 'demo', baseUrl: 'https://demo-api.ig.com/gateway/deal' },
    });
    expect(readConfig({ ...file, IG_DEMO: 'False' }).ig).toMatchObject({
      environment: 'live',
      baseUrl: 'https://api.ig.com/gateway/deal',
    });
    for (const [text, is] of [
      ['FALSE', false],
      ['no', false],
      ['Off', false],
      ['yes', true],
      ['1', true],
    ] as const)
      expect(readConfig({ SIMULATOR: text }).simulator, text).toBe(is);
    expect([readConfig({}).seedDemo, readConfig({ SEED_DEMO: 'off' }).seedDemo]).toEqual([true, false]);
    expect(problemsOf({ SIMULATOR: 'maybe' })).toEqual(['SIMULATOR must be on or off']);
  });

  test('are each named with what takes their place, where they have no meaning of their own', () => {
    const beginnings = (all: Record<string, string>) => hintsOf(all).map((hint) => hint.split(/[:.]/)[0]);
    expect(beginnings(file)).toEqual([
      'DEBUG has no effect',
      'CELERY_BROKER_URL is taken as AMQP_URL',
      'CELERY_RESULT_BACKEND has no effect',
      'REDIS_HOST has no effect',
      'REDIS_PORT has no effect',
    ]);
    expect(hintsOf({ DEBUG: 'False' })[0]).toContain('NODE_ENV=production takes the place');
    expect(hintsOf({ DEBUG: 'express:*' })).toEqual([]);
    expect(hintsOf({ CELERY_BROKER_URL: 'redis://localhost:6379/0' })[0]).toContain(
      'AMQP_URL takes its place',
    );
    expect(hintsOf({ ...file, AMQP_URL: 'amqp://other' })[1]).toContain('no effect beside AMQP_URL');
  });

  test('of every kind that such a backend has are pointed out, and none is taken for a misspelt one', () => {
    const names = [
      'BROKER_URL CELERY_TASK_ALWAYS_EAGER CHANNEL_LAYERS CHANNEL_REDIS_URL REDIS_URL REDIS_DB REDIS_PASSWORD CACHE_URL',
      'CSRF_TRUSTED_ORIGINS CORS_ORIGIN_WHITELIST CORS_ALLOW_ALL_ORIGINS SESSION_COOKIE_SECURE SECURE_SSL_REDIRECT',
      'DJANGO_SECRET_KEY DJANGO_DEBUG DJANGO_ALLOWED_HOSTS DJANGO_SETTINGS_MODULE DJANGO_SUPERUSER_PASSWORD',
      'JWT_SECRET_KEY EMAIL_HOST EMAIL_PORT EMAIL_USE_TLS EMAIL_BACKEND DB_ENGINE POSTGRES_DB POSTGRES_PASSWORD',
    ].flatMap((line) => line.split(' '));
    for (const name of names) {
      const [hint, ...more] = hintsOf({ [name]: 'True' });
      expect(hint, name).toMatch(new RegExp(`^${name} has no effect`));
      expect(more, name).toEqual([]);
    }
    expect(hintsOf({ CSRF_TRUSTED_ORIGINS: 'https://x.example' })[0]).toContain('CORS_ALLOWED_ORIGINS');
    expect(hintsOf({ REDIS_URL: 'redis://x' })).toEqual([
      'REDIS_URL has no effect: nothing here needs Redis. Delete the line.',
    ]);
    expect(hintsOf({ POSTGRES_PASSWORD: 'p', DB_PASSWORD: 'p' })).toEqual([]); // a container beside this reads it
    expect(hintsOf({ EMAIL: 'me@example.com', HOSTNAME: 'box', REDISCOVER: '1' })).toEqual([]);
  });

  test.each([
    ['amqp://', 'amqp://127.0.0.1'],
    ['amqp://rabbit', 'amqp://guest:guest@rabbit'],
    ['pyamqp://guest@localhost//', 'amqp://guest:guest@localhost'],
    ['amqps://u:p%2F@mq.example:5671/prod', 'amqps://u:p%2F@mq.example:5671/prod'],
    ['amqp://one;amqp://two', undefined],
    ['redis://localhost:6379/0', undefined],
    ['sqs://key:secret@', undefined],
  ])('CELERY_BROKER_URL=%s is AMQP_URL=%s, and never counts beside one that is set', (broker, amqpUrl) => {
    expect(readConfig({ CELERY_BROKER_URL: broker }).amqpUrl).toBe(amqpUrl);
    expect(readConfig({ CELERY_BROKER_URL: broker, AMQP_URL: 'amqp://mine' }).amqpUrl).toBe('amqp://mine');
  });
});

test('.env.example names every variable that is read, and no other', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const named = [...readFileSync(path.join(root, '.env.example'), 'utf8').matchAll(/^#([A-Z_]+)=/gm)].map(
    (match) => match[1]!,
  );
  const read = [
    ...readFileSync(path.join(root, 'server/config.ts'), 'utf8').matchAll(/^ {2}([A-Z_]+):/gm),
  ].map((match) => match[1]!);
  expect(named).toContain('DATABASE_URL');
  expect(named.toSorted()).toEqual(read.toSorted());
});

describe('the file .env', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-env-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (bytes: string | Buffer, environment: Record<string, string | undefined> = {}) => {
    const file = path.join(folder, '.env');
    writeFileSync(file, bytes);
    loadEnvFile(file, environment);
    return environment;
  };
  const text = 'NODE_ENV=production\n# a comment\nSECRET_KEY="several\nlines"\nPORT=81\n';

  test.each([
    ['with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['in UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['with lines as on Windows', text.replaceAll('\n', '\r\n')],
    ['plain', text],
  ])('%s is read whole, its first line included; the environment wins', (_how, bytes) => {
    expect(load(bytes, { PORT: '80' })).toEqual({
      NODE_ENV: 'production',
      SECRET_KEY: 'several\nlines',
      PORT: '80',
    });
  });

  test.each([
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'is not text in UTF-8'],
    ['Latin-1', Buffer.from('DB_PASSWORD=Zoë', 'latin1'), 'is not text in UTF-8'],
    ['a line without =', 'NODE_ENV production\n', 'line 1 is neither NAME=value nor a comment'],
    ['a quote that stays open', 'PORT=1\nSECRET_KEY="abc\nHOST=x', 'line 2 opens a "'],
    ['a misspelt name', 'NODE_ENVV=production', 'NODE_ENVV is not a setting; did you mean NODE_ENV?'],
    ['a name in small letters', 'log_level=info', 'log_level is not a setting; did you mean LOG_LEVEL?'],
    ['a name in both', 'Port=3', 'Port is not a setting; did you mean PORT?'],
    ['a name twice, the right one empty', 'Port=3\nPORT=', 'Port is not a setting; did you mean PORT?'],
  ])('%s is refused, never half read', (_what, bytes, problem) => {
    const environment = {};
    expect(() => load(bytes, environment)).toThrow(ConfigError);
    expect(() => load(bytes, environment)).toThrow(problem);
    expect(environment).toEqual({});
  });

  test('is not needed, and may set what is of no concern to us', () => {
    expect(load('VITE_THING=1')).toEqual({ VITE_THING: '1' });
    expect(loadEnvFile(path.join(folder, 'none'), {})).toEqual({ unread: [], hints: [] });
  });

  test('names what nothing here reads', () => {
    writeFileSync(path.join(folder, '.env'), 'VITE_THING=1\nPORT=1\nREDIS_HOST=x\nSENTRY_DSN=y');
    expect(loadEnvFile(path.join(folder, '.env'), {}).unread).toEqual(['SENTRY_DSN', 'VITE_THING']);
  });

  test('says of a name that is set twice which line counts', () => {
    const file = path.join(folder, '.env');
    writeFileSync(file, 'PORT=1\n\nDB_HOST="a\nPORT=9"\nPORT=2\nexport PORT=3\n');
    const environment: Record<string, string | undefined> = {};
    expect(loadEnvFile(file, environment).hints).toEqual([
      `${file}: PORT is set on the lines 1, 5 and 6; the last one counts. Delete the others`,
    ]);
    expect(environment['PORT']).toBe('3');
  });

  test('a # inside a word is part of it, as in keys that Django makes; after a space it begins a comment', () => {
    const lines = [
      'SECRET_KEY=#a$b#c',
      'DB_USER = me # not you',
      'DB_NAME="n#1" # x',
      'DB_HOST= # none',
      'PORT="1"',
      'PORT=2#',
    ];
    expect(load(lines.join('\n'))).toEqual({
      SECRET_KEY: '#a$b#c',
      DB_USER: 'me',
      DB_NAME: 'n#1',
      DB_HOST: '',
      PORT: '2#',
    });
  });
});

test('a misspelt name in the environment is pointed out beside what is wrong, and where nothing is', () => {
  expect(refusalOf({ PORT: 'x', DATABSE_URL: 'postgres://x' })).toMatchObject({
    problems: ['PORT must be a whole number'],
    notes: ['DATABSE_URL is not a setting; did you mean DATABASE_URL?'],
  });
  expect(misspelt({ LOGLEVEL: 'debug', HOME: '/root', PATH: '/bin' })).toEqual([
    'LOGLEVEL is not a setting; did you mean LOG_LEVEL?',
  ]);
  expect(misspelt({ LOGLEVEL: 'debug', LOG_LEVEL: 'info' })).toEqual([]); // it is another program's
});

test('only wrong values are counted as wrong; settings of the former backend beside them are notes', () => {
  const former = { DEBUG: 'True', REDIS_HOST: 'localhost', CELERY_RESULT_BACKEND: 'redis://localhost' };
  const text = refusalOf({ PORT: 'x', ...former })!.message;
  expect(text).toMatch(
    /^The environment has a wrong value; nothing was started:\n {2}PORT must be a whole number\nNot wrong, but to be known:\n( {2}\w+ has no effect: .*\n){3}See \.env\.example/,
  );
  expect(refusalOf({ PORT: 'x', LOG_LEVEL: 'loud', ...former })!.message).toContain(' has 2 wrong values;');
  expect(refusalOf({ PORT: 'x' })!.message).not.toContain('Not wrong');
});

test.each([
  [
    { IG_DEMO_BASE_URL: 'https://api.ig.com/gateway/deal' },
    /IG_DEMO_BASE_URL must not be api\.ig\.com: IG's live accounts are there/,
  ],
  [
    { IG_LIVE_BASE_URL: 'https://demo-api.ig.com./gateway/deal' },
    /IG_LIVE_BASE_URL must not be demo-api\.ig\.com/,
  ],
  [
    {
      IG_API_KEY: 'k',
      IG_IDENTIFIER: 'i',
      IG_PASSWORD: 'p',
      IG_BASE_URL: 'https://api.ig.com/gateway/deal',
    },
    /IG_BASE_URL is api\.ig\.com, and IG_DEMO says that the login is a demo one/,
  ],
  [{ IG_DEMO_BASE_URL: 'demo-api.ig.com' }, /IG_DEMO_BASE_URL must be a URL starting with https/],
  [
    { IG_DEMO_BASE_URL: 'https://me:pw@demo.example.org/gateway/deal' },
    /IG_DEMO_BASE_URL may hold no user name/,
  ],
])(
  'no address of one kind of account passes for the other, and none that is no address: %j',
  (given, problem) => {
    expect(() => readConfig(given)).toThrow(problem);
  },
);
