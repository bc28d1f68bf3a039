// The ticket's stops and how bad a fill may be, in a real Chromium: what excludes itself cannot be chosen, and what was chosen is what is dealt.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { newcomersPage, openTicket, outcome, placeOf, positions, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;

/** By keyboard: what comes up under a finger takes no tap at first. */
async function choose(page: Page, name: string) {
  await page.getByRole('radio', { name, exact: true }).focus();
  await page.keyboard.press(' ');
}
const preview = (page: Page) => page.locator('[data-preview="sent"]');
const plan = (page: Page) => page.getByTestId('plan');
const done = (page: Page) => page.getByRole('button', { name: 'Done' }).click();

await describeWith('chromium', 'the ticket', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string, size = laptop) => newcomersPage(browser, app.url, name, size);

  test(
    'a guaranteed stop says what it is and what its premium would be, and is what the position then has',
    async () => {
      await using page = await visit('Lise');
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByLabel('Kind of stop').selectOption('Guaranteed stop');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      const asked = page.getByText('Give a distance in points');
      await asked.waitFor();
      await page.getByLabel(/^Stop, points/).fill('30');
      await asked.waitFor({ state: 'detached' });
      await plan(page)
        .getByText(/with its guaranteed stop at about 1\.\d+\.$/)
        .waitFor();
      await preview(page)
        .getByText(/A hit of the stop costs \d+\.\d\d GBP more\.$/)
        .waitFor();
      await screenshots(page, 'guaranteed');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted')
        .getByText(/^Guaranteed stop 1\.\d+$/)
        .waitFor();
      await screenshots(page, 'guaranteed-dealt');
      await done(page);
      await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a stop that trails is in points whatever the rest is, and is no choice for an order or against what is open',
    async () => {
      await using page = await visit('Emmy');
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByRole('button', { name: 'Give levels instead' }).click();
      await page.getByLabel(/^Stop, level/).fill('1.1');
      await page.getByLabel('Kind of stop').selectOption('Trailing stop');
      const behind = page.getByLabel(/^Stop behind/);
      expect(await behind.inputValue()).toBe(''); // 1.1 is no distance
      await behind.fill('20');
      await page.getByLabel(/^In steps of/).fill('5');
      await page.getByLabel(/^Limit, level/).fill('1.6');
      await plan(page)
        .getByText(/with a stop that follows 20 points behind in steps of 5 and its limit at about 1\.6\.$/)
        .waitFor();
      await preview(page).waitFor();
      await screenshots(page, 'trailing');
      await choose(page, 'Limit');
      expect(await page.getByLabel('Kind of stop').locator('option').allTextContents()).toEqual([
        'Plain stop',
        'Guaranteed stop',
      ]);
      expect(await page.getByLabel(/^Stop, level/).inputValue()).toBe('');
      await screenshots(page, 'order-stops');
      await choose(page, 'Market');
      await choose(page, 'Against what is open');
      expect(await page.getByLabel('Kind of stop').count()).toBe(0);
      await screenshots(page, 'against-worst');
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'slippage is counted from the price at which one presses: a price that is better than asked for deals, one beyond a worst level does not',
    async () => {
      await using page = await visit('Maria');
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByLabel(/^Slippage, points/).fill('20');
      await plan(page)
        .getByText(/^Buys 1 EUR\/USD at once, at about 1\.\d+ and no worse than 1\.\d+\.$/)
        .waitFor();
      await preview(page).waitFor();
      await screenshots(page, 'slippage');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'New deal' }).click();
      await page.getByRole('button', { name: 'Give levels instead' }).click();
      await page.getByLabel(/^Worst fill, level/).fill('1');
      await page
        .locator('[data-preview="denied"]')
        .getByText(/worse than 1, the worst that was asked for/)
        .waitFor();
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'denied').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'on a phone the button of a ticket with a guaranteed stop is in view',
    async () => {
      await using page = await visit('Sofia', phone);
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByLabel('Kind of stop').selectOption('Guaranteed stop');
      await page.getByLabel(/^Stop, points/).fill('30');
      await preview(page).waitFor();
      const { y, height } = await placeOf(page.getByRole('button', { name: 'Buy at market' }));
      expect(y + height).toBeLessThanOrEqual(phone.height);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
