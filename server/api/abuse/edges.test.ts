// What an attacker tries around the procedures: other hosts, foreign sockets, headers that break a line, files beside the page.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { startEdge } from '../../testing/edge.ts';
import { signUp } from '../../testing/kit.ts';
import { openPlain, tryUpgrade } from '../../testing/sockets.ts';
import { testApp } from '../../testing/test-app.ts';
import { table, things } from '../../testing/things.ts';
import { browserLogin } from '../../testing/web.ts';

/** For what a machine that does much else needs. */
const timeoutMs = 120_000;

/** The whole answer to these bytes on a connection of their own. */
const exchange = (port: number, bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let received = '';
    connect(port, '127.0.0.1')
      .on('data', (chunk) => (received += String(chunk)))
      .on('close', () => resolve(received))
      .on('error', reject)
      .write(bytes);
  });

test(
  'a page of another site, or one whose name was rebound to us, opens no WebSocket with the cookie of a browser',
  async () => {
    await using app = await testApp();
    await using ann = await signUp(app);
    await ann.token();
    const { cookie } = await browserLogin(app.url, build.login);
    const port = Number(new URL(app.url).port);
    const foreign = [
      'https://evil.example',
      'null',
      `https://localhost.evil.example:${port}`,
      `http://evil.example#http://127.0.0.1:${port}`,
    ];
    const asks = {
      '/trpc': { id: 1, method: 'query', params: { path: 'users.me' } },
      '/ws/trading/': { type: 'subscribe', id: 1, channel: 'portfolio', input: { portfolioId: 'pf_1' } },
      '/ws/notifications/': { type: 'subscribe', id: 1, channel: 'notifications' },
    };
    for (const [face, asked] of Object.entries(asks)) {
      for (const origin of foreign) {
        const socket = await openPlain(port, null, { cookie, origin }, face);
        socket.send(asked);
        expect([face, origin, (await socket.closed).code, socket.texts.join()]).toEqual([
          face,
          origin,
          4403,
          expect.stringMatching(/^(?!.*ann@example.com).*request\.origin_refused/),
        ]);
      }
      const rebound = { cookie, host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
      expect([face, await tryUpgrade(port, face, rebound)]).toMatchObject([
        face,
        { status: 400, body: { code: 'request.unknown_host' } },
      ]);
    }
  },
  timeoutMs,
);

test('nothing that a caller sends becomes a header or a second answer', async () => {
  await using app = await startEdge({ router: things, table });
  const crlf = '%0d%0aSet-Cookie:%20planted=1%0d%0a%0d%0aHTTP/1.1%20200%20OK';
  for (const target of [
    `/api/things/${crlf}`,
    `/trpc/${crlf}`,
    `/${crlf}`,
    `/livez?${crlf}`,
    `//${crlf}/..`,
  ]) {
    const answer = await exchange(
      app.port,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: planted\r\nOrigin: https://a${crlf}\r\nConnection: close\r\n\r\n`,
    );
    const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
    expect([target, /planted|set-cookie/i.test(head), answer.match(/HTTP\/1\.1/g)?.length]).toEqual([
      target,
      false,
      1,
    ]);
    expect(head).toMatch(/^HTTP\/1\.1 [24]0\d [^]*x-request-id: req_/i);
  }
  // Two lengths, a length beside chunks, a header that goes on in the next line: one of two readers would be wrong.
  for (const smuggled of [
    'Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello',
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'X-Folded: a\r\n Authorization: Bearer good\r\nContent-Length : 5\r\n\r\nhello',
  ]) {
    const answer = await exchange(
      app.port,
      `POST /api/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n${smuggled}`,
    );
    expect([smuggled, answer.slice(0, 12)]).toEqual([smuggled, 'HTTP/1.1 400']);
  }
});

test(
  'the page is served and no file beside it, however its path is written',
  async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'page-'));
    const pageFolder = path.join(root, 'dist');
    mkdirSync(path.join(pageFolder, 'assets'), { recursive: true });
    for (const [name, text] of [
      ['dist/index.html', 'the page'],
      ['dist/assets/a.js', 'its script'],
      ['dist/.env', 'SECRET of the page'],
      ['secret.txt', 'SECRET beside it'],
    ] as const)
      writeFileSync(path.join(root, name), text);
    symlinkSync('.env', path.join(pageFolder, 'assets', '.hidden'));
    await using app = await startEdge({ router: things, table, over: { pageFolder } });
    expect([(await app.ask('/')).text, (await app.ask('/assets/a.js')).text]).toEqual([
      'the page',
      'its script',
    ]);
    const get = (target: string) =>
      exchange(app.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const ups = [
      '..',
      '%2e%2e',
      '.%2e',
      '%2e.',
      '..%00',
      '....',
      '..%5c..',
      '..;',
      '%252e%252e',
      '%c0%ae%c0%ae',
    ];
    const slashes = ['/', '%2f', '\\', '%5c', '//', '%255c'];
    for (const up of ups)
      for (const slash of slashes)
        for (const from of ['/', '/assets/']) {
          const target = `${from}${up}${slash}${from === '/' ? '' : `${up}${slash}`}secret.txt`;
          const answer = await get(target);
          expect([target, answer.includes('SECRET'), /^HTTP\/1\.1 4\d\d /.test(answer)]).toEqual([
            target,
            false,
            true,
          ]);
        }
    for (const hidden of ['/.env', '/%2eenv', '/assets/../.env', '/assets/.hidden', '/index.html/../.env'])
      expect([hidden, await get(hidden)]).toEqual([hidden, expect.stringMatching(/^HTTP\/1\.1 4\d\d /)]);
  },
  timeoutMs,
);
