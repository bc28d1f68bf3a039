// The inbox on the page: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, newcomersPage, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 120_000;
const epic = 'CS.D.EURUSD.CFD.IP';

const notes = (page: Page, part = 'Inbox') =>
  page.getByRole('list', { name: part, exact: true }).getByRole('listitem');
const show = (page: Page, part: string) =>
  page.getByRole('radio', { name: part, exact: true }).check({ force: true });
const select = (page: Page, title: RegExp) =>
  notes(page).filter({ hasText: title }).getByRole('checkbox').check();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const bell = (page: Page, unread: number) =>
  page.getByRole('button', { name: `Notifications, ${unread} unread`, exact: true });

await describeWith('chromium', 'the inbox on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));

  test(
    'what was told stands in the inbox with its severity and whose money it is; what is read, archived and put back on one page is so on another at once, and after a reload',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Ada', laptop);
      const call = await callsOf(app.url, 'Ada');
      await bell(page, 0).click();
      await page.getByRole('link', { name: 'Show all' }).click();
      await page.getByRole('heading', { name: 'Inbox' }).waitFor();
      await page.getByText('Nothing is in the inbox.').waitFor();
      await call('POST', 'trading/positions', { epic, direction: 'BUY', size: '1' });
      await call('POST', 'trading/positions', { epic, direction: 'SELL', size: '2' });
      await bell(page, 2).waitFor();
      await eventually(() => notes(page).count()).toBe(2);
      expect(await notes(page).locator('.severity').allTextContents()).toEqual(['Info', 'Info']);
      expect(await notes(page).locator('.env').allTextContents()).toEqual(['SIMULATED', 'SIMULATED']);
      expect(await notes(page).first().textContent()).toMatch(/^Sold 2 EUR\/USD at .*\(unread\)/);

      await using other = await browser.newPage(laptop);
      await other.goto(app.url);
      await other.getByLabel('E-mail address').fill('ada@example.com');
      await other.getByLabel('Password').fill('correct horse battery');
      await press(other, 'Sign in');
      await bell(other, 2).waitFor();
      await other.goto(`${app.url}/#/inbox`);
      await eventually(() => notes(other).count()).toBe(2);
      await select(page, /^Bought 1/);
      await page.getByText('1 selected').waitFor();
      await screenshots(page, 'inbox');
      await press(page, 'Mark read');
      await bell(other, 1).waitFor();
      await eventually(() => notes(other).filter({ hasText: '(unread)' }).count()).toBe(1);
      await show(other, 'Unread');
      await eventually(() => notes(other, 'Unread').allTextContents()).toEqual([
        expect.stringMatching(/^Sold 2/),
      ]);
      await select(page, /^Bought 1/);
      await press(page, 'Mark unread');
      await eventually(() => notes(other, 'Unread').count()).toBe(2);

      await page.getByLabel('All that are shown').check();
      await press(page, 'Archive');
      await page.getByText('Nothing is in the inbox.').waitFor();
      await other.getByText('Nothing is unread.').waitFor();
      await bell(other, 0).waitFor();
      await show(other, 'Archive');
      await eventually(() => notes(other, 'Archive').count()).toBe(2);
      await notes(other, 'Archive')
        .filter({ hasText: /^Sold 2/ })
        .getByRole('checkbox')
        .check();
      await press(other, 'Put back');
      await eventually(() => notes(page).allTextContents()).toEqual([expect.stringMatching(/^Sold 2/)]);
      await bell(page, 1).waitFor();

      await bell(page, 1).click(); // archived from the bell as well
      await page.getByRole('button', { name: /^Archive: Sold 2/ }).click();
      await eventually(() => notes(other, 'Archive').count()).toBe(2);
      await page.reload();
      await page.getByText('Nothing is in the inbox.').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'older ones are read page by page without leaving one out, and on a phone nothing is wider than it',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Bea', phone);
      const call = await callsOf(app.url, 'Bea');
      const told = 53; // one page, and some more
      for (let each = 0; each < told; each++) await call('POST', 'notifications/test', { channel: 'in_app' });
      await page.goto(`${app.url}/#/inbox`);
      await eventually(() => notes(page).count()).toBe(50);
      // A page that fails while news comes is asked for again, and what was told meanwhile is not lost.
      await page.route(
        '**/trpc/notifications.list?*',
        async (route) => {
          await call('POST', 'notifications/test', { channel: 'in_app' });
          await eventually(() => notes(page).count()).toBe(51);
          await route.abort();
        },
        { times: 1 },
      );
      await press(page, 'Older ones');
      await eventually(() => notes(page).count()).toBe(51);
      await press(page, 'Older ones');
      await eventually(() => notes(page).count()).toBe(told + 1);
      const ids = await notes(page).evaluateAll((all) => all.map((each) => each.dataset['notification']));
      expect(new Set(ids).size).toBe(told + 1);
      expect(await page.getByRole('button', { name: 'Older ones' }).count()).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
