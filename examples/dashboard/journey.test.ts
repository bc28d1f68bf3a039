// The whole journey in a real Chromium, against a broker that goes on while the server is down: sign up, connect, watch, deal, confirm, an alert,
// a restart. It is recorded on the way; with PICTURES=FOLDER the recording and the README's pictures are written there.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Page } from 'playwright-core';
import { systemClock } from '../../server/lib/clock.ts';
import { animatedWebp, type Frame } from '../../server/testing/animated-webp.ts';
import { createIgCaller, marketOrder } from '../../server/testing/ig-caller.ts';
import { jane } from '../../server/testing/account-rig.ts';
import { signIn } from '../../server/testing/kit.ts';
import { testDb } from '../../server/testing/test-db.ts';
import { followTold } from '../../server/testing/told-events.ts';
import { eventually } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { testBroker } from '../../server/testing/test-broker.ts';
import {
  connectionState,
  newcomerPassword,
  openBrowser,
  openTicket,
  outcome,
  positions,
  pricesChange,
  rows,
  signInAsNewcomer,
} from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const wide = { width: 1440, height: 1080 };
const epic = 'CS.D.EURUSD.CFD.IP';
const marie = {
  identifier: 'marie',
  password: 'right',
  apiKey: 'key-of-marie',
  accountId: 'MARIE',
  balance: '25000.00',
};
/** What a README may carry. */
const maxRecordingBytes = 2_000_000;
const folder = process.env['PICTURES'];

/** Takes a frame whenever it is asked to; they make one moving picture. */
async function record(page: Page) {
  const session = await page.context().newCDPSession(page);
  const frames: Frame[] = [];
  return {
    async shot(ms: number): Promise<void> {
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 60 });
      frames.push({ file: Buffer.from(data, 'base64'), ms });
    },
    frames,
  };
}
async function picture(
  page: Page,
  name: string,
  { size = wide, colorScheme = 'light' as 'light' | 'dark' } = {},
) {
  if (folder === undefined) return;
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  await page.setViewportSize(laptop);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** How many pictures Chromium itself finds in a file. */
const framesIn = (page: Page, file: Buffer): Promise<number> =>
  page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: 'image/webp' });
    await decoder.completed;
    await decoder.tracks.ready;
    return decoder.tracks.selectedTrack!.frameCount;
  }, file.toString('base64'));

await describeWith('chromium', 'the whole journey', (executablePath) => {
  test('from signing up to a restart of the server: what was dealt meanwhile is there, no event is lost and none comes twice', async () => {
    await using broker = await testBroker({ seed: 'demo', clock: systemClock, logins: [jane, marie] });
    const env = {
      IG_DEMO_BASE_URL: broker.login.baseUrl,
      IG_BASE_URL: broker.login.baseUrl,
      IG_API_KEY: jane.apiKey,
      IG_IDENTIFIER: jane.identifier,
      IG_PASSWORD: jane.password,
      IG_ACCOUNT_ID: jane.accountId,
    };
    const roles = ['gateway', 'worker', 'api'] as const;
    const db = await testDb();
    onTestFinished(() => db[Symbol.asyncDispose]());
    const start = (port: string) => testApp({ databaseUrl: db.url, roles, env: { ...env, PORT: port } });
    let app = await start('0');
    onTestFinished(() => app[Symbol.asyncDispose]());
    const { url } = app;
    await using browser = await openBrowser(executablePath);
    await using page = await browser.newPage(laptop);
    const { shot, frames } = await record(page);

    // Sign up, and connect an account of the broker's.
    await page.goto(url);
    await page.getByRole('button', { name: 'Create an account' }).waitFor();
    await shot(1_500);
    await signInAsNewcomer(page, url, 'Marie');
    await shot(1_000);
    await page.getByRole('button', { name: /^Account menu/ }).click();
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await page.getByRole('button', { name: 'Connect an account' }).first().click();
    await page.getByLabel('DEMO').check();
    await page.getByLabel('API key').fill(marie.apiKey);
    await page.getByLabel('User name at the broker').fill(marie.identifier);
    await page.getByLabel('Password at the broker').fill(marie.password);
    await shot(1_500);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('list', { name: 'Your accounts' }).getByText(marie.accountId).waitFor();
    await shot(1_200);
    await using caller = signIn(url, { email: 'marie@example.com', password: newcomerPassword });
    using told = followTold(caller);

    // Watch, deal, and see it confirmed.
    await page.getByRole('link', { name: 'To the prices' }).click();
    await rows(page).first().waitFor();
    await pricesChange(page, 3);
    await shot(1_500);
    await openTicket(page, 'Buy', 'EUR/USD');
    await page.getByLabel(/^Stop, points/).fill('80');
    await shot(1_500);
    await page.getByRole('button', { name: 'Buy at market' }).click();
    await outcome(page, 'accepted').waitFor();
    await shot(1_500);
    await page.getByRole('button', { name: 'Done' }).click();
    await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();

    // An alert, and the price that it waits for.
    await page.goto(`${url}/#/market/${epic}`);
    await page
      .getByTestId('chart-summary')
      .getByText(/^\d{3} candles of /)
      .waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Set an alert on EUR/USD', exact: true }).click();
    const level = page
      .getByRole('form', { name: 'New alert on EUR/USD', exact: true })
      .locator('[name="condition.level"]');
    await eventually(() => level.inputValue()).toMatch(/^\d/);
    await level.fill((Number(await level.inputValue()) + 0.004).toFixed(5));
    await page.getByRole('button', { name: 'Set the alert', exact: true }).click();
    await page.getByText('The alert is set.', { exact: true }).waitFor();
    await shot(1_500);
    broker.simulator.setFaults([{ name: 'price-gap', epic, points: 60 }]);
    await page
      .getByText(/^EUR\/USD rose to /)
      .first()
      .waitFor();
    await shot(1_800);
    await picture(page, 'workspace');
    await picture(page, 'workspace-dark', { colorScheme: 'dark' });
    await picture(page, 'phone', { size: phone });

    // The server goes down, the broker goes on: its owner deals by another program.
    await page.evaluate(() => ((window as unknown as { stayed: boolean }).stayed = true));
    await app[Symbol.asyncDispose]();
    await connectionState(page, 'reconnecting');
    await shot(1_500);
    const dealt = await createIgCaller({ ...marie, baseUrl: broker.login.baseUrl }).open({
      ...marketOrder,
      epic,
      direction: 'SELL',
      size: 2,
    });
    expect(dealt.status).toBe(200);
    app = await start(new URL(url).port);
    await connectionState(page, 'live');
    await positions(page).getByRole('cell', { name: 'Sell 2', exact: true }).waitFor();
    await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();
    expect(await page.evaluate(() => (window as unknown as { stayed?: boolean }).stayed)).toBe(true);
    await shot(2_500);

    // Whoever followed the events through all of it has each of them, once and in order.
    const stored = await caller.api.trading.listEvents.query({ after: '0', limit: 500 });
    const ids = stored.events.map(({ id }) => id);
    expect(stored.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['deal.accepted', 'position.opened']),
    );
    await told.reach(ids.at(-1)!);
    expect(told.all.map(({ id }) => id).slice(0, ids.length)).toEqual(ids);
    expect(browser.problems).toEqual([]);

    const recording = animatedWebp(frames, laptop);
    expect(recording.length).toBeLessThan(maxRecordingBytes);
    expect(await framesIn(page, recording)).toBe(frames.length);
    if (folder !== undefined) writeFileSync(path.join(folder, 'journey.webp'), recording);
  }, 240_000);
});
