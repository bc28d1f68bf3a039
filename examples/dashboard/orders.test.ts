// Working orders, and levels that are changed where they stand: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, deals, loseAnswer, openTicket, outcome, positions, newcomersPage } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;

const orders = (page: Page) => page.getByRole('table', { name: 'Working orders' });
const level = (page: Page) => page.getByLabel('Level of the order to buy 1 EUR/USD');
const stop = (page: Page) => page.getByLabel('Stop of EUR/USD', { exact: true });
const limit = (page: Page) => page.getByLabel('Limit of EUR/USD', { exact: true });
/** The words of the row with the newest deal. */
const newest = (page: Page) => deals(page).locator('tr').first();
/** By keyboard, from an open ticket: an order to buy at 1.1. */
async function placeLimit(page: Page) {
  await page.getByRole('radio', { name: 'Market' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByLabel(/^Level/).fill('1.1');
}
await describeWith('chromium', 'working orders on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string, size = laptop) => newcomersPage(browser, app.url, name, size);

  test(
    'an order says what it will do and what it takes, rests, is moved by typing and cancelled by a second press, and each deal of it reads well',
    async () => {
      await using page = await visit('Ada');
      await page
        .getByText('No working order. Press Sell or Buy at a price and choose Limit or Stop.')
        .waitFor();
      await openTicket(page, 'Buy', 'EUR/USD');
      await placeLimit(page);
      await page.getByLabel(/^Stop, points/).fill('20');
      await page
        .getByTestId('plan')
        .getByText(
          'Rests until it is cancelled, and buys 1 EUR/USD when the offer falls to 1.1, with its stop at 1.09800.',
        )
        .waitFor();
      const figures = page.getByLabel('Figures in GBP');
      await figures.getByText(/^−1\d\d\.\d\d GBP$/).waitFor(); // 20 points of 10 dollars
      expect(await figures.locator('dd').allTextContents()).toEqual([
        expect.stringMatching(/^\d,\d{3}\.\d\d GBP$/),
        expect.stringMatching(/^\d\.\d\d GBP$/),
        expect.stringMatching(/^\d\d,\d{3}\.\d\d GBP$/),
        expect.stringMatching(/^−\d{3}\.\d\d GBP$/),
      ]);
      await page
        .locator('[data-preview="sent"]')
        .getByText(/^FTrader would send it now/)
        .waitFor();
      await page.keyboard.press('Enter');
      await outcome(page, 'accepted').getByText('Placed an order to buy 1 EUR/USD at 1.1.').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();
      await orders(page)
        .getByRole('cell', { name: /^1,\d{3}(\.\d)?$/ })
        .waitFor(); // points away

      await level(page).fill('1.5');
      await level(page).press('Enter');
      await orders(page)
        .getByText(/order's level 1.5 is on the wrong side of the price/)
        .waitFor();
      await level(page).press('Escape');
      expect(await level(page).inputValue()).toBe('1.1');
      await level(page).fill('1.12');
      await level(page).press('Enter');
      await newest(page).getByText('change of the limit order at 1.12').waitFor();
      await page.waitForFunction(() => document.querySelector('.orders .level-field small') === null);
      expect(await level(page).inputValue()).toBe('1.12');

      await orders(page).getByRole('button', { name: 'Cancel the order to buy 1 EUR/USD' }).click();
      await orders(page)
        .getByRole('button', { name: /^Press again to cancel/ })
        .click();
      await orders(page).waitFor({ state: 'detached' });
      await page
        .getByTestId('ended-orders')
        .getByText('The limit order to buy 1 EUR/USD at 1.12 was cancelled.')
        .waitFor();
      await newest(page).getByText('cancel of the limit order at 1.12').waitFor();

      await page.getByLabel('Status of deals shown').selectOption('Rejected or denied');
      expect(await deals(page).locator('.status').allTextContents()).toEqual(['Denied']);
      await page.getByLabel('Kinds of deals shown').selectOption('Stops and limits');
      await page.getByRole('button', { name: 'Show all' }).click();
      expect(await deals(page).locator('tr').count()).toBe(4);
      await newest(page)
        .getByRole('button', { name: /^Life of the deal/ })
        .click();
      await deals(page).getByText('Decided here: accepted').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'stop and limit of a position are changed by typing: a refusal stands at its field, an answer that is lost is asked for again, one the broker keeps back is told when it is known',
    async () => {
      await using page = await visit('Barbara');
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByRole('button', { name: 'Give levels instead' }).click();
      await page.getByLabel(/^Limit, level/).fill('1.6');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();

      await stop(page).fill('1.5');
      await stop(page).press('Enter');
      await positions(page)
        .getByText(/the stop 1.5 is on the wrong side of the price/)
        .waitFor();
      expect(await stop(page).getAttribute('aria-invalid')).toBe('true');
      await stop(page).press('Escape');
      expect(await stop(page).inputValue()).toBe('');
      expect(await positions(page).getByRole('status').count()).toBe(0);

      await page.route('**/trpc/trading.amendPosition*', loseAnswer, { times: 1 });
      await stop(page).fill('1.1');
      await stop(page).press('Enter');
      await positions(page)
        .getByText(/may have arrived/)
        .waitFor();
      await stop(page).press('Enter'); // asks again under the same key
      await page.waitForFunction(() => document.querySelector('.protection small') === null);
      expect(await stop(page).inputValue()).toBe('1.1');

      app.simulator!.setFaults([{ name: 'delayed-execution', on: ['amend'], count: 1, ms: [3_000, 3_000] }]);
      await limit(page).fill('');
      await limit(page).press('Enter');
      await positions(page)
        .getByText(/Not decided yet: the broker did not answer/)
        .waitFor();
      await page.getByLabel('Size of EUR/USD to close').isEditable(); // a change is no close
      await page.waitForFunction(() => document.querySelector('.protection small') === null);
      expect(await limit(page).inputValue()).toBe('');
      expect(await deals(page).locator('.status').allTextContents()).toEqual([
        'Accepted',
        'Accepted',
        'Denied',
        'Accepted',
      ]);
      await newest(page).getByText('to change: stop 1.1, no limit').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'on a phone a ticket with all its fields shows its button, and rows with their fields need no scrolling sideways',
    async () => {
      await using page = await visit('Katherine', phone);
      await openTicket(page, 'Buy', 'EUR/USD');
      await placeLimit(page);
      await page.getByLabel(/^Stop, points/).fill('20');
      const place = page.getByRole('button', { name: 'Place limit order to buy' });
      const { y, height } = (await place.boundingBox())!;
      expect(y + height).toBeLessThanOrEqual(phone.height);
      await place.click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'New deal' }).click();
      await page.getByRole('radio', { name: 'Limit' }).focus();
      await page.keyboard.press('ArrowLeft');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();
      await stop(page).waitFor();
      await level(page).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'an order that expires and one that is filled while the page is open are told, leave the list, and the position is there',
    async () => {
      await using page = await visit('Dorothy');
      const call = await callsOf(app.url, 'Dorothy');
      const place = (more: object) =>
        call('POST', 'trading/orders', {
          epic: 'CS.D.EURUSD.CFD.IP',
          direction: 'BUY',
          size: '1',
          type: 'limit',
          ...more,
        });
      await place({ level: '1.05', goodTillAt: new Date(Date.now() + 4_000).toISOString() });
      await level(page).waitFor();
      await page
        .getByTestId('ended-orders')
        .getByText('The limit order to buy 1 EUR/USD at 1.05 expired, nothing was dealt.')
        .waitFor();
      await orders(page).waitFor({ state: 'detached' });

      await place({ level: '1.1' });
      await level(page).waitFor();
      app.simulator!.setFaults([{ name: 'price-gap', epic: 'CS.D.EURUSD.CFD.IP', pct: -12 }]);
      await page
        .getByTestId('ended-orders')
        .getByText('The limit order to buy 1 EUR/USD at 1.1 was filled.')
        .waitFor();
      await orders(page).waitFor({ state: 'detached' });
      await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();
      app.simulator!.setFaults([]);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
