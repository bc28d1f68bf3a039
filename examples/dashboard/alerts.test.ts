// Alerts set from the chart of a market: a product whose EUR/USD is what the test plays, and one browser.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { temporaryFolder } from '../../server/testing/processes.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { callsOf, newcomersPage, placeOf, pressTwice, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 180_000;
const epic = 'CS.D.EURUSD.CFD.IP';

/** Flat, then above the alert’s level, and flat again. */
const bids = ['1.10000', '1.10010', '1.10020', '1.12050', '1.12060', '1.12070'];

const list = (page: Page, name = 'Alerts on EUR/USD') =>
  page.getByRole('list', { name, exact: true }).getByRole('listitem');
const over = (page: Page) => list(page, 'Alerts on EUR/USD that are over');
const form = (page: Page, name: string) => page.getByRole('form', { name, exact: true });
const line = (page: Page) => page.locator('.handle.alert:not([hidden])');
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

await describeWith('chromium', 'alerts on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  const folder = temporaryFolder('alerts-page');
  afterAll(() => folder[Symbol.dispose]());
  const play = () => app.simulator!.replay.step({ rows: 1 });
  usePageBench(
    executablePath,
    (bench) => ({ app, browser } = bench),
    () => {
      const file = path.join(folder.path, 'EURUSD.csv');
      const rows = bids.map((bid, second) => `2026-01-05T09:00:0${second}.000Z,${bid},${bid}`);
      writeFileSync(file, ['timestamp,bid,ask', ...rows].join('\n'));
      return testApp({
        simulator: { replay: { files: [{ path: file, epic }], speed: 1, paused: true, start: 'now' } },
      });
    },
  );

  test(
    'an alert set from the chart is drawn there with its note, and told once the price has come to its level; one that is there already says so; it can be changed, set again and deleted',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Ada', laptop);
      await page.goto(`${app.url}/#/market/${epic}`);
      await play();
      await page.getByTestId('chart-summary').waitFor({ state: 'attached' });
      await press(page, 'Set an alert on EUR/USD');
      const making = form(page, 'New alert on EUR/USD');
      await eventually(() => making.locator('[name="condition.level"]').inputValue()).toMatch(/^1\.10/);
      await making.locator('[name="condition.level"]').fill('x');
      await press(page, 'Set the alert');
      await making.locator('label .down').getByText('must be a decimal number').waitFor();
      await making.locator('[name="condition.level"]').fill('1.12');
      await making.getByLabel('Note').fill('take profit');
      await press(page, 'Set the alert');
      await page.getByText('The alert is set.', { exact: true }).waitFor();
      await list(page).getByText('Bid rises to 1.12', { exact: true }).waitFor();
      await list(page).getByText('Armed', { exact: true }).waitFor();
      await eventually(() => line(page).allTextContents()).toEqual(['↕ Alert: bid up 1.12 take profit']);

      await press(page, 'Set an alert on EUR/USD'); // one that is there already
      await making.locator('[name="condition.level"]').fill('1.09999');
      await press(page, 'Set the alert');
      await page.getByText(/^The alert is set\. It is there already/).waitFor();
      await list(page).getByText('Reached already').waitFor();
      await screenshots(page, 'alerts');
      await page.setViewportSize(phone);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await page.setViewportSize(laptop);
      await press(page, 'Change the alert: Bid rises to 1.09999');
      const changing = form(page, 'Change the alert on EUR/USD');
      await changing.getByLabel('What it does').selectOption('moves by per cent');
      await changing.locator('[name="condition.percent"]').fill('50');
      await press(page, 'Save the alert');
      await list(page).getByText('Bid moves by 50 % within 5 minutes').waitFor();
      await pressTwice(
        page,
        'Delete the alert: Bid moves by 50 % within 5 minutes',
        'delete the alert: Bid moves by 50 % within 5 minutes',
      );
      await eventually(() => list(page).count()).toBe(1);

      // The price is played until it has crossed the level; nothing is told before.
      await play();
      await play();
      await eventually(() => list(page).first().getAttribute('data-state')).toBe('armed');
      await expect
        .poll(
          async () => {
            await play();
            return over(page).evaluateAll((all) => all.map((each) => each.dataset['state']));
          },
          { timeout: 60_000, interval: 1_000 },
        )
        .toEqual(['done']);
      await over(page)
        .getByText(/Told at 1\.12/)
        .waitFor();
      expect([await line(page).count(), await list(page).count()]).toEqual([0, 0]);
      await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
      const told = page.getByRole('group', { name: 'Notifications' }).getByRole('listitem');
      expect(await told.textContent()).toMatch(/^EUR\/USD rose to 1\.12: Bid 1\.12.*take profit/);
      await page.keyboard.press('Escape');
      await press(page, 'Set again: Bid rises to 1.12');
      await page.getByLabel('Which way').selectOption('Down, from above');
      await page.locator('[name="condition.level"]').fill('1.11');
      await press(page, 'Save the alert');
      await list(page).getByText('Armed', { exact: true }).waitFor();
      expect(await over(page).count()).toBe(0);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'an alert is set where the chart is pressed and saved where its line is dropped, by mouse and by keys, which other pages show at once; a refusal takes it back and is said',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Bea', laptop);
      await play();
      await page.goto(`${app.url}/#/market/${epic}`);
      await page
        .getByTestId('chart-summary')
        .getByText(/stands at/)
        .waitFor({ state: 'attached' });
      await using other = await browser.newPage(laptop);
      await other.goto(`${app.url}/#/market/${epic}`);
      await other.getByLabel('E-mail address').fill('bea@example.com');
      await other.getByLabel('Password').fill('correct horse battery');
      await press(other, 'Sign in');
      const shows = (text: string) => list(other).getByText(text, { exact: true }).waitFor();

      await page.locator('.drawing').click({ position: { x: 350, y: 25 } });
      const question = page.getByRole('group', { name: /^New alert at / });
      const proposed = /at (.*)$/.exec((await question.getAttribute('aria-label'))!)![1]!;
      await page.keyboard.press('Enter'); // Set has the focus
      await page.getByText('The alert is set.', { exact: true }).waitFor();
      await shows(`Bid rises to ${proposed}`);
      const handle = page.getByRole('button', { name: /^Alert: bid up at / });
      await handle.hover();
      const { x: left, y: top } = await placeOf(handle);
      await page.mouse.move(left + 10, top + 10);
      await page.mouse.down();
      await page.mouse.move(left + 10, top - 20, { steps: 4 });
      await page.mouse.up();
      await page.getByText(/^Moved: Bid rises to/).waitFor();
      const dragged = (await handle.locator('b').textContent())!;
      expect(Number(dragged)).toBeGreaterThan(Number(proposed));
      await shows(`Bid rises to ${dragged}`);
      await handle.focus();
      for (const key of ['PageUp', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
      const keyed = (Number(dragged) + 0.00009).toFixed(5);
      await shows(`Bid rises to ${keyed}`);
      // What the server does not take, as it says it.
      await page.route(
        '**/trpc/notifications.updateAlert*',
        (route) =>
          route.continue({
            postData: route
              .request()
              .postData()!
              .replace(/alert_\w+/, 'alert_none'),
          }),
        { times: 1 },
      );
      for (const key of ['PageDown', 'Enter']) await page.keyboard.press(key);
      const refused = page.getByRole('group', { name: 'The alert was not moved' });
      await refused.getByText(`The alert stays: Bid rises to ${keyed}.`).waitFor();
      await refused.getByText(/no such alert/i).waitFor();
      await eventually(() => handle.locator('b').textContent()).toBe(keyed);
      await refused.getByRole('button', { name: 'Close' }).click();

      await page.getByRole('button', { name: 'Place one in the chart' }).focus(); // all of it by keys
      await page.keyboard.press('Enter');
      await page.locator('.handle.proposal:focus').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('button:focus', { hasText: 'Place one in the chart' }).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.handle.proposal:focus').waitFor();
      for (const key of ['PageDown', 'PageDown', 'Enter']) await page.keyboard.press(key);
      await question.getByText('Alert when the bid falls to').waitFor();
      await question.getByRole('button', { name: 'More…' }).click();
      const making = form(page, 'New alert on EUR/USD');
      await making.getByLabel('What it does').selectOption('closes a candle');
      await making.getByLabel('Length of the candle').selectOption('1 hour');
      await making.getByLabel('Told', { exact: true }).selectOption('Every time');
      await making.getByLabel('Re-arm band').fill('0.001');
      await making.getByLabel('Until').fill('2099-01-05T12:00');
      await press(page, 'Set the alert');
      await list(other)
        .getByText(/^Bid closes a candle of 1 hour at \S+ or below$/)
        .waitFor();
      await list(other)
        .getByText(/^every time, after it came back by more than 0\.001 · until .*2099/)
        .waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'alerts on the margin and on the P&L of a position are set where these stand, and changed and deleted there and at the account',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Cleo', laptop);
      await play();
      const call = await callsOf(app.url, 'Cleo');
      await call('POST', 'trading/positions', { epic, direction: 'BUY', size: '1' });
      const all = () => list(page, 'Alerts on the account');
      await press(page, 'Set an alert on the P&L of EUR/USD');
      const making = form(page, 'New alert on the account');
      await making.getByLabel('Which way').selectOption('Falls, from above');
      await making.locator('[name="condition.amount"]').fill('-25,50');
      await press(page, 'Set the alert');
      await all().getByText('Buy 1 EUR/USD: P&L falls to −25.5 GBP', { exact: true }).waitFor();
      await press(page, 'Set an alert on the account');
      await making.getByText(/now [\d,.]+ %/).waitFor();
      await making.locator('[name="condition.level"]').fill('120');
      await press(page, 'Set the alert');
      await all().getByText('Margin level falls to 120 %', { exact: true }).waitFor();
      await screenshots(page, 'account-alerts');
      await page.goto(`${app.url}/#/accounts`);
      await page.getByRole('button', { name: /^Alerts / }).click();
      await press(page, 'Change the alert: Margin level falls to 120 %');
      await form(page, 'Change the alert on the account').locator('[name="condition.level"]').fill('130');
      await press(page, 'Save the alert');
      await all().getByText('Margin level falls to 130 %', { exact: true }).waitFor();
      const profit = 'delete the alert: Buy 1 EUR/USD: P&L falls to −25.5 GBP';
      await pressTwice(page, `D${profit.slice(1)}`, profit);
      await eventually(() => all().count()).toBe(1);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
