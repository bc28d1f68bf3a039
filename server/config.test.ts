// The environment: defaults, and every wrong value named at once.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, loadEnvFile, misspelt, readConfig } from './config.ts';

const problemsOf = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

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
  expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
    'SECRET_KEY is needed in production',
    'ENCRYPTION_KEYS is needed in production',
  ]);
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
  ])('%s is refused, never half read', (_what, bytes, problem) => {
    const environment = {};
    expect(() => load(bytes, environment)).toThrow(ConfigError);
    expect(() => load(bytes, environment)).toThrow(problem);
    expect(environment).toEqual({});
  });

  test('is not needed, and may set what is of no concern to us', () => {
    expect(load('VITE_THING=1')).toEqual({ VITE_THING: '1' });
    expect(loadEnvFile(path.join(folder, 'none'), {})).toBeUndefined();
  });
});

test('a misspelt name in the environment is pointed out beside what is wrong, and where nothing is', () => {
  expect(problemsOf({ PORT: 'x', DATABSE_URL: 'postgres://x' })).toEqual([
    'PORT must be a whole number',
    'DATABSE_URL is not a setting; did you mean DATABASE_URL?',
  ]);
  expect(misspelt({ LOGLEVEL: 'debug', HOME: '/root', PATH: '/bin' })).toEqual([
    'LOGLEVEL is not a setting; did you mean LOG_LEVEL?',
  ]);
  expect(misspelt({ LOGLEVEL: 'debug', LOG_LEVEL: 'info' })).toEqual([]); // it is another program's
});
