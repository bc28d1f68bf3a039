// What a visitor does on the page, from end to end: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import {
  closeOnce,
  connectionState,
  deals,
  demoButton,
  figure,
  loseAnswer,
  openTicket,
  openWire,
  outcome,
  positions,
  pricesChange,
  rows,
  signInAsNewcomer,
  signInWithDemo,
  signOut,
} from './page-steps.ts';

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
/** A browser, a whole server, and prices that take their time. */
const timeoutMs = 90_000;

await describeWith('chromium', 'the page in a real browser', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));

  test(
    'one click on the demo login shows twelve live prices with their ages; a lost connection is told, and mends',
    async () => {
      await using wire = await openWire(app.url);
      await using page = await browser.newPage(desktop);

      await signInWithDemo(page, wire.url);
      expect((await pricesChange(page, 12)).length).toBeGreaterThanOrEqual(12);
      const ages = await rows(page).locator('.age time').allTextContents();
      expect(ages.length).toBeGreaterThanOrEqual(12);
      expect(ages.filter((age) => !/^\d+(\.\d)? (s|min|h|d)$/.test(age))).toEqual([]);

      await wire.cut();
      await connectionState(page, 'reconnecting');
      await page.locator('table.not-live').waitFor(); // prices that cannot be live do not look it
      await wire.mend();
      await connectionState(page, 'live');
      await pricesChange(page, 3);

      await signOut(page);
      await page.reload();
      await demoButton(page).waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a position is opened from a price, runs, is told of, and closes; what is refused says why',
    async () => {
      await using page = await browser.newPage(desktop);
      await signInAsNewcomer(page, app.url, 'Ada');
      await pricesChange(page, 1);
      await figure(page, 'cash', '10,000.00');

      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByLabel(/^Size/).fill('0,1');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'denied').getByText('the size 0.1 is below the minimum of 1.').waitFor();
      await page.getByLabel(/^Size/).fill('2');
      await page.keyboard.press('Enter'); // the whole way by keyboard
      await outcome(page, 'accepted')
        .getByText(/Bought 2 EUR\/USD at \d/)
        .waitFor();
      await page.getByTestId('unread').getByText('1').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();
      const profits = positions(page).locator('td.profit');
      const first = await profits.first().textContent();
      await page.waitForFunction(
        (before) => document.querySelector('.positions td.profit')?.textContent !== before,
        first,
      );

      await page.getByLabel('Size of EUR/USD to close').fill('1');
      await page.route('**/trpc/trading.closePosition*', loseAnswer, { times: 1 });
      await closeOnce(page, 'Close 1 EUR/USD');
      await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Ask again to close 1 EUR/USD' }).click(); // and not the rest as well
      await page.getByRole('button', { name: 'Close 1 EUR/USD' }).waitFor();
      await positions(page).getByRole('cell', { name: 'Buy 1', exact: true }).waitFor();
      await closeOnce(page, 'Close 1 EUR/USD');
      await page
        .getByTestId('toast')
        .getByText(/Closed 1 EUR\/USD/)
        .waitFor();
      await positions(page).waitFor({ state: 'detached' });
      await page.waitForFunction(
        () => !['10,000.00', undefined].includes(document.querySelector('[data-figure=cash]')?.textContent),
      );
      expect(await deals(page).locator('.status').allTextContents()).toEqual([
        'Accepted',
        'Accepted',
        'Accepted',
        'Denied',
      ]);

      await page.getByRole('button', { name: 'Notifications, 3 unread' }).click();
      await page.getByRole('button', { name: 'Mark all read' }).click();
      await page.getByRole('button', { name: 'Notifications, 0 unread' }).waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a deal whose answer is lost is shown as not decided and then as what it became; a lost answer of ours is asked for again and dealt once',
    async () => {
      await using page = await browser.newPage(desktop);
      await signInAsNewcomer(page, app.url, 'Grace');
      await pricesChange(page, 1);

      await openTicket(page, 'Sell', 'EUR/USD');
      await page.route('**/trpc/trading.openPosition*', loseAnswer, { times: 1 });
      await page.getByRole('button', { name: 'Sell at market' }).click();
      await page
        .getByRole('alert')
        .getByText(/may or may not have arrived/)
        .waitFor();
      await page.getByRole('button', { name: 'Ask again for the same deal' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'New deal' }).click();

      // The broker hears it, says nothing, and carries it out some time after FTrader hung up.
      app.simulator!.setFaults([{ name: 'delayed-execution', on: ['open'], count: 1, ms: [5_000, 5_000] }]);
      await page.getByRole('button', { name: 'Sell at market' }).click();
      await deals(page).locator('tr[data-status=submitting]').waitFor();
      await deals(page)
        .locator('tr[data-status=unknown]')
        .getByText(/Not decided yet/)
        .waitFor();
      await outcome(page, 'unknown')
        .getByText(/FTrader is asking it/)
        .waitFor();
      await outcome(page, 'accepted')
        .getByText(/Sold 1 EUR\/USD at \d/)
        .waitFor();
      await page.getByRole('button', { name: /^Notifications/ }).click();
      await page.getByText(/its answer had been lost/).waitFor();
      expect(await deals(page).locator('.status').allTextContents()).toEqual(['Accepted', 'Accepted']);
      await positions(page).locator('tbody tr').nth(1).waitFor();
      expect(await positions(page).locator('tbody tr').count()).toBe(2);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a wrong password says so with its request id, and a phone shows all without scrolling sideways',
    async () => {
      await using page = await browser.newPage(phone);
      await page.goto(app.url);
      await page.getByLabel('E-mail address').fill('nobody@ftrader.local');
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').getByText(/req_/).waitFor();
      await signInWithDemo(page, app.url);
      await pricesChange(page, 1);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
