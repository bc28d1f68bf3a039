// Alerts set from the chart of a market: a product whose EUR/USD is what the test plays, and one browser.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { temporaryFolder } from '../../server/testing/processes.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { newcomersPage, pressTwice, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 180_000;
const epic = 'CS.D.EURUSD.CFD.IP';

/** Flat, then above the alert’s level, and flat again. */
const bids = ['1.10000', '1.10010', '1.10020', '1.12050', '1.12060', '1.12070'];

const list = (page: Page) => page.getByRole('list', { name: 'Alerts on EUR/USD' }).getByRole('listitem');
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
      await press(page, 'Set an alert');
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
      await eventually(() => line(page).allTextContents()).toEqual(['Alert: bid up 1.12 take profit']);

      await press(page, 'Set an alert'); // one that is there already
      await making.locator('[name="condition.level"]').fill('1.09999');
      await press(page, 'Set the alert');
      await page.getByText(/^The alert is set\. The price is there already/).waitFor();
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
            return list(page).first().getAttribute('data-state');
          },
          { timeout: 60_000, interval: 1_000 },
        )
        .toBe('done');
      expect(await line(page).count()).toBe(0);
      await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
      const told = page.getByRole('group', { name: 'Notifications' }).getByRole('listitem');
      expect(await told.textContent()).toMatch(/^EUR\/USD rose to 1\.12: Bid 1\.12.*take profit/);
      await page.keyboard.press('Escape');
      await press(page, 'Change the alert: Bid rises to 1.12');
      await page.getByLabel('Which way').selectOption('Down, from above');
      await page.locator('[name="condition.level"]').fill('1.11');
      await press(page, 'Save the alert');
      await list(page).getByText('Armed', { exact: true }).waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
