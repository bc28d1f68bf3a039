// Pages of other origins: who is let in, who is told why not, what the log says of them, and whose cookie is whose.
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createFTraderClient, errorOf } from '../../client/index.ts';
import { createLogger } from '../lib/logger.ts';
import { cookieNameOf } from '../modules/auth/ports.ts';
import { createInbox } from '../testing/inbox.ts';
import { addUser } from '../testing/kit.ts';
import { testApp, testSecrets } from '../testing/test-app.ts';
import { createOriginReports } from './origins.ts';

const production = {
  NODE_ENV: 'production',
  SECRET_KEY: testSecrets.secretKey,
  ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
};
const epics = ['CS.D.EURUSD.CFD.IP'];

/** A server, what it logged, and a page of `origin` that asks it. */
async function start(env: Record<string, string> = {}) {
  const lines: { msg: string; origin?: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const app = await testApp({
    env,
    logger: createLogger({ level: 'warn', pretty: false, destination: destination as never }),
  });
  const from = (origin: string) => ({
    call: (path: string, { cookie = '', method = 'POST', body = {} as object, url = app.url } = {}) =>
      fetch(`${url}/api/${path}`, {
        method,
        headers: { origin, 'content-type': 'application/json', ...(cookie && { cookie }) },
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      }),
    client: (cookie: string) =>
      createFTraderClient({
        url: app.url,
        WebSocket: class extends WebSocket {
          constructor(url: string) {
            super(url, { headers: { origin, cookie } });
          }
        },
      }),
  });
  return {
    url: app.url,
    databaseUrl: app.databaseUrl,
    from,
    refused: () =>
      lines.filter(({ msg }) => msg.includes('CORS_ALLOWED_ORIGINS')).map(({ origin }) => origin),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
const login = { email: 'ann@example.com', password: 'a long password' };
const newcomer = { ...login, name: 'Ann' };
const cookieIn = (answer: Response) => answer.headers.get('set-cookie')!.split(';')[0]!;

test('outside production a page on any port of this machine signs in, changes things and watches prices by cookie', async () => {
  await using server = await start();
  for (const origin of [
    'http://localhost:5173',
    'http://127.0.0.1:4321',
    'https://[::1]:3000',
    'http://app.localhost:5174',
  ]) {
    const page = server.from(origin);
    const email = `${new URL(origin).port}@example.com`;
    await addUser(server, { ...newcomer, email });
    const signedUp = await page.call('auth/login', { body: { ...login, email } });
    expect(signedUp.status).toBe(200);
    expect(signedUp.headers.get('access-control-allow-origin')).toBe(origin);
    const cookie = cookieIn(signedUp);
    const { api, close } = page.client(cookie);
    const told = createInbox<unknown>();
    api.marketData.onPrices.subscribe({ epics }, { onData: told.put, onError: told.put });
    await told.until(({ length }) => length > 0);
    expect(told.items[0]).toMatchObject([{ epic: epics[0] }]);
    await close();
    expect((await page.call('auth/logout', { cookie })).status).toBe(200);
  }
  expect(server.refused()).toEqual([]);
});

test('a refused origin is logged once, with the setting to change: a foreign one anywhere, a loopback one in production', async () => {
  await using server = await start(production);
  const page = server.from('http://localhost:5173');
  await addUser(server, newcomer);
  const signedUp = await page.call('auth/login', { body: login });
  expect(signedUp.headers.has('access-control-allow-origin')).toBe(false);
  await page.call('auth/register');
  const { api, close } = server.from('https://other.example').client(cookieIn(signedUp));
  const told = createInbox<unknown>();
  api.marketData.onPrices.subscribe({ epics }, { onError: told.put });
  await told.until(({ length }) => length > 0);
  expect(errorOf(told.items[0])).toMatchObject({ code: 'request.origin_refused' });
  await close();
  await server.from(server.url).call('auth/register'); // its own page
  expect(server.refused()).toEqual(['http://localhost:5173', 'https://other.example']);
});

test('nobody is told to allow an origin that the settings refuse, such as null', () => {
  const said = (origin: string) => {
    const lines: string[] = [];
    createOriginReports({ warn: (_facts: unknown, line?: string) => void lines.push(line ?? '') })(origin);
    return lines.join();
  };
  expect(said('https://a.example')).toContain('add it to CORS_ALLOWED_ORIGINS');
  for (const origin of ['null', 'chrome-extension://abc', 'file://', 'no url'])
    expect(said(origin), origin).toMatch(/without an address of its own .* serve it by http or https/);
});

test('whoever invents origins does not fill the log', () => {
  const lines: unknown[] = [];
  const report = createOriginReports({ warn: (line: unknown) => void lines.push(line) });
  for (let n = 0; n < 1_000; n++) report(`https://a${n}.example`);
  expect(lines).toHaveLength(50);
});

test('a page on localhost that calls 127.0.0.1, or the other way round, is told that its cookie is never sent, and what to call', async () => {
  await using server = await start();
  const { port } = new URL(server.url);
  const told = async (page: string, url: string) => {
    const answer = await server.from(`http://${page}:5173`).call('users/me', { method: 'GET', url });
    return ((await answer.json()) as { message: string }).message;
  };
  expect(await told('localhost', `http://127.0.0.1:${port}`)).toContain(`call http://localhost:${port} `);
  expect(await told('127.0.0.1', `http://localhost:${port}`)).toContain(`call http://127.0.0.1:${port} `);
  expect(await told('app.localhost', `http://localhost:${port}`)).toContain(
    `call http://app.localhost:${port} `,
  );
  expect(await told('127.0.0.1', `http://127.0.0.1:${port}`)).not.toContain('different sites');
});

test('https://localhost is the origin of a server whose proxy passes on the Host localhost:443', async () => {
  await using server = await start(production);
  const page = server.from('https://localhost');
  await addUser(server, newcomer);
  const cookie = cookieIn(await page.call('auth/login', { body: login }));
  const { port } = new URL(server.url);
  const { request } = await import('node:http');
  const status = await new Promise<number>((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/api/auth/logout',
        headers: {
          host: 'localhost:443',
          origin: 'https://localhost',
          cookie,
          'content-type': 'application/json',
        },
      },
      (answer) => (answer.resume(), resolve(answer.statusCode!)),
    );
    sent.once('error', reject).end('{}');
  });
  expect(status).toBe(200);
});

test('two installations on one host have cookies of their own, and the processes of one the same', async () => {
  await using server = await start();
  await addUser(server, newcomer);
  const cookie = cookieIn(await server.from(server.url).call('auth/login', { body: login }));
  expect(cookie.split('=')[0]).toBe(cookieNameOf(testSecrets.secretKey));
  expect(cookieNameOf('the key of another installation')).not.toBe(cookieNameOf(testSecrets.secretKey));
  const both = `${cookieNameOf('the key of another installation')}=theirs; ${cookie}`;
  expect((await server.from(server.url).call('users/me', { method: 'GET', cookie: both })).status).toBe(200);
});
