import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorCodes } from '../../shared/errors.ts';
import * as build from '../testing/build.ts';
import { startEdge } from '../testing/edge.ts';
import { describeWith } from '../testing/requires.ts';
import { router, sessionProcedure } from '../trpc/init.ts';
import type { RestRoute } from '../trpc/rest.ts';

const hello = router({
  hello: router({
    say: sessionProcedure
      .input(z.object({ name: z.string() }))
      .output(z.object({ text: z.string() }))
      .query(({ input }) => ({ text: `hello ${input.name}` })),
  }),
});
const table: RestRoute[] = [
  {
    method: 'GET',
    path: '/hello',
    procedure: 'hello.say',
    summary: 'Say hello to someone',
    example: { name: 'Ada' },
  },
];

test('the documents load everything from this host, by relative address, and all of it answers', async () => {
  await using app = await startEdge({ router: hello, table });
  const page = await app.ask('/api/docs/');
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map((match) => match[1]!)
    .filter((link) => !link.startsWith('data:'));
  expect(links).toEqual(['../openapi.json', 'scalar.js', 'start.js']);
  for (const link of links)
    expect([link, (await app.ask(new URL(link, `${app.url}/api/docs/`).pathname)).status]).toEqual([
      link,
      200,
    ]);
  expect((await app.ask('/api/docs/scalar.js')).headers).toMatchObject({
    'content-type': expect.stringContaining('javascript'),
    'cache-control': 'public, max-age=86400',
    'last-modified': expect.any(String),
  });
  expect(page.text).not.toMatch(/https?:|<script>|\son\w+=/);
  expect(await app.ask('/api/docs')).toMatchObject({ status: 308, headers: { location: '/api/docs/' } });
});

test('the page of errors has an anchor for every code', async () => {
  await using app = await startEdge({ router: hello, table });
  const { text } = await app.ask('/api/docs/errors');
  for (const code of errorCodes) expect(text).toContain(`id="${code}"`);
  expect(text).not.toMatch(/https?:/);
});

test('the built page is served with its hashed files kept for a year and itself asked for each time', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ftrader page '));
  try {
    await mkdir(path.join(folder, 'assets'));
    await writeFile(path.join(folder, 'index.html'), '<title>the page</title>');
    await writeFile(path.join(folder, 'assets', 'index-abc123.js'), '1');
    await using app = await startEdge({ router: hello, table, over: { pageFolder: folder } });
    expect(await app.ask('/')).toMatchObject({
      status: 200,
      text: '<title>the page</title>',
      headers: { 'cache-control': 'no-cache' },
    });
    expect((await app.ask('/assets/index-abc123.js')).headers['cache-control']).toBe(
      'public, max-age=31536000, immutable',
    );
    expect(await app.ask('/assets/../../etc/passwd')).toMatchObject({
      status: 404,
      json: { code: 'request.unknown_path' },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

await describeWith('chromium', 'the reference page in a browser', (executablePath) => {
  test('shows the calls under our policy, asks nobody else, and lets a reader who is signed in by cookie try one', async () => {
    const { chromium } = await import('playwright-core');
    await using app = await startEdge({
      router: hello,
      table,
      authenticate: async ({ cookie }) => ({ principal: cookie === 'good' ? build.principal() : null }),
    });
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page
        .context()
        .addCookies([
          { name: 'ftrader_session', value: 'good', url: app.url, httpOnly: true, sameSite: 'Lax' },
        ]);
      const [foreign, complaints]: [string[], string[]] = [[], []];
      page.on('request', (request) => {
        if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(app.url))
          foreign.push(request.url());
      });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${app.url}/api/docs/`);
      await page.getByRole('heading', { name: 'Say hello to someone' }).first().waitFor();
      await page
        .getByRole('button', { name: /test request/i })
        .first()
        .click();
      const answered = page.waitForResponse((response) => response.url().startsWith(`${app.url}/api/hello`));
      await page.getByRole('button', { name: /^send/i }).first().click();
      expect(await (await answered).json()).toEqual({ text: 'hello Ada' });
      expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
    } finally {
      await browser.close();
    }
  }, 90_000);
});
