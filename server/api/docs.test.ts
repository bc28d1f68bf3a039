import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorCodes } from '../../shared/errors.ts';
import { sessions } from '../../drizzle/schema/index.ts';
import { createUsersModule } from '../modules/users/index.ts';
import { withTwoFactor } from '../testing/authenticator.ts';
import * as build from '../testing/build.ts';
import { startEdge } from '../testing/edge.ts';
import { openBrowser } from '../../examples/dashboard/page-steps.ts';
import { describeWith } from '../testing/requires.ts';
import { testAuth } from '../testing/test-auth.ts';
import { router, sessionProcedure } from '../trpc/init.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { restTable } from './router.ts';

const meSummary = restTable.find(({ procedure }) => procedure === 'users.me')!.summary;
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
  expect(links).toEqual([
    'page.css',
    '../openapi.json',
    '../asyncapi.json',
    'errors',
    '/',
    '../openapi.json',
    'scalar.js',
    'page.js',
  ]);
  for (const link of [...links.filter((link) => link !== '/'), 'errors.js'])
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

test('the page of errors has each code once, at the anchor of its docUrl, with why it happens, what to do, its status and whether to try again', async () => {
  await using app = await startEdge({ router: hello, table });
  const { text } = await app.ask('/api/docs/errors');
  const articles = text.match(/<article[\s\S]*?<\/article>/g)!;
  expect(articles.map((article) => /id="([^"]+)"/.exec(article)![1]).sort()).toEqual([...errorCodes].sort());
  for (const article of articles) {
    const facts = [...article.matchAll(/<dt>(.*?)<\/dt><dd>([\s\S]*?)<\/dd>/g)].map(([, ...fact]) => fact);
    expect(facts).toEqual([
      ['Why', expect.stringMatching(/^[A-Z].{15,}\.$/)],
      ['What to do', expect.stringMatching(/\.$/)],
      ['HTTP', expect.stringMatching(/^[45]\d\d$/)],
      ['Try it again', expect.stringMatching(/^(yes|no): /)],
    ]);
  }
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

/** Real log-ins and the calls about oneself, of somebody with two-factor authentication on. */
async function withLogins() {
  const auth = await testAuth();
  const owner = await withTwoFactor(auth);
  const users = createUsersModule({
    database: auth.database,
    signIn: auth.auth,
    leaveAccounts: async () => undefined,
  });
  const app = await startEdge({
    router: router({ auth: auth.auth.router, users: users.router }),
    authenticate: auth.auth.authenticate,
    table: restTable.filter(({ procedure }) => /^(auth|users)\./.test(procedure)),
  });
  return {
    ...app,
    code: owner.code,
    sessions: () => auth.database.db.$count(sessions),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await auth[Symbol.asyncDispose]();
    },
  };
}

await describeWith('chromium', 'the documents in a browser', (executablePath) => {
  test('whoever signs in there, with a second factor, tries calls with that login until they sign out: nothing is kept, nobody else is asked, and no error can be searched for in vain', async () => {
    await using app = await withLogins();
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage({ width: 1400, height: 900 });
    const [foreign, complaints]: [string[], string[]] = [[], []];
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(app.url))
        foreign.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const before = await app.sessions();
    await page.clock.install();
    await page.goto(`${app.url}/api/docs/`);
    const header = page.locator('header');
    const signIn = header.getByRole('button', { name: 'Sign in' });
    await header.getByLabel('E-mail').fill(build.login.email);
    await header.getByLabel('Password').fill('wrong');
    await signIn.click();
    await header.getByText('E-mail address or password is wrong: check both.').waitFor();
    await header.getByLabel('Password').fill(build.login.password);
    await signIn.click();
    await header.getByText(/^Two-factor authentication is on/).waitFor();
    await header.getByLabel('Code').fill(app.code());
    await signIn.click();
    await header.getByText(build.login.email).waitFor();
    expect(await app.sessions()).toBe(before + 1);
    expect(await header.getByRole('alert').textContent()).toBe('');
    // What was refused on the way is told by the browser itself.
    expect(complaints.splice(0)).toEqual(Array(2).fill(expect.stringContaining('401 (Unauthorized)')));

    await page.getByText(meSummary).first().click();
    await page.getByRole('button', { name: /test request.*get .api.users.me\b/i }).click();
    const answered = page.waitForResponse((response) => response.url() === `${app.url}/api/users/me`);
    await page.getByRole('button', { name: /^send/i }).first().click();
    const answer = await answered;
    expect(await answer.json()).toMatchObject({ email: build.login.email });
    expect((await answer.request().allHeaders())['cookie']).toBeUndefined();
    await page.getByRole('dialog').getByText('"recoveryCodesLeft"').first().waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(kept).not.toMatch(new RegExp(`eyJ|${build.login.email}`));
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toEqual([]);

    const renewed = page.waitForResponse((response) => response.url() === `${app.url}/api/token/refresh`);
    await page.clock.fastForward('13:00');
    expect((await renewed).status()).toBe(200);
    await page.keyboard.press('Escape');
    await header.getByRole('button', { name: 'Sign out' }).click();
    await signIn.waitFor();
    expect(await app.sessions()).toBe(before);

    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${app.url}/api/docs/errors#server.bug`);
    const shown = page.locator('article:visible');
    expect(await shown.count()).toBe(errorCodes.length);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).not.toBe(dark);
    await page.getByRole('searchbox').fill('password 403');
    expect(await shown.locator('h3').allTextContents()).toContain('auth.wrong_password');
    expect(await shown.count()).toBeLessThan(10);
    await page.evaluate(() => void (location.hash = 'request.limited'));
    await page.locator('[id="request.limited"]').waitFor();
    expect({ foreign, complaints, problems: browser.problems }).toEqual({
      foreign: [],
      complaints: [],
      problems: [],
    });
  }, 90_000);
});
