// A `.env` of the Django backend that this one replaces, as it lies there: `npm start` starts with it, and says what became of each line.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startProgram, temporaryFolder } from '../testing/processes.ts';
import { testDb } from '../testing/test-db.ts';
import { testLogin, testSimulator } from '../testing/test-simulator.ts';

test('starts on its database with its IG login, and names each line that has no effect with what takes its place', async () => {
  await using db = await testDb();
  await using ig = await testSimulator();
  using folder = temporaryFolder('former');
  const { username, password, hostname, port, pathname } = new URL(db.url);
  writeFileSync(
    path.join(folder.path, '.env'),
    `DEBUG=True
SECRET_KEY=django-insecure-7#q$w(e)r+t=y-u_i*o&p^a%s@d!f9g8h7j6k5l4z3x2c1
ALLOWED_HOSTS=localhost,127.0.0.1

# Database
DB_NAME=${pathname.slice(1)}
DB_USER=${username}
DB_PASSWORD=${decodeURIComponent(password)}
DB_HOST=${hostname}
DB_PORT=${port}

CELERY_BROKER_URL=redis://localhost:6379/0
CELERY_RESULT_BACKEND=redis://localhost:6379/0
REDIS_HOST=localhost
REDIS_PORT=6379
CHANNEL_REDIS_URL=redis://localhost:6379/1
SENTRY_DSN=
REDIS_PORT=6379

JWT_ACCESS_TOKEN_LIFETIME=60
JWT_REFRESH_TOKEN_LIFETIME=1440
CORS_ALLOWED_ORIGINS=http://localhost:3000,http://127.0.0.1:3000

IG_API_KEY=${testLogin.apiKey}
IG_IDENTIFIER=${testLogin.identifier}
IG_PASSWORD=${testLogin.password}
IG_DEMO=True
`,
  );
  await using program = startProgram('server/main/all.ts', {
    cwd: folder.path,
    // What a test needs besides: its own folder and port, and in the place of IG a simulator of ours.
    env: { DATA_DIR: path.join(folder.path, 'data'), PORT: '0', IG_BASE_URL: ig.baseUrl },
  });
  await program.printed(/FTrader is ready/);
  const output = program.output();
  for (const line of [
    'DEBUG has no effect: without NODE_ENV=production this is development.',
    'CELERY_BROKER_URL has no effect: AMQP_URL takes its place',
    'CELERY_RESULT_BACKEND has no effect: jobs and what became of them are in PostgreSQL.',
    'REDIS_HOST has no effect: nothing here needs Redis.',
    'REDIS_PORT has no effect: nothing here needs Redis.',
    'CHANNEL_REDIS_URL has no effect: nothing here needs Redis.',
    '.env: REDIS_PORT is set on the lines',
    'nothing here reads these names in .env: SENTRY_DSN',
  ])
    expect(output).toContain(line);
  expect(output).toContain(`PostgreSQL at ${hostname}:${port}, database ${pathname.slice(1)}`);
  expect(output).not.toMatch(/\b(error|fatal)\b/);
}, 60_000);
