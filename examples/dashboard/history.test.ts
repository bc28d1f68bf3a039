// What has been, on the page: the history with its filters and its CSV, deals against what is open, deals in doubt. One product and one browser for all of it, a visitor of their own for each test.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, deals, openTicket, outcome, positions, screenshots, newcomersPage } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const timeoutMs = 90_000;
const epic = 'CS.D.EURUSD.CFD.IP';

const history = (page: Page, name: string) => page.getByRole('table', { name, exact: true }).locator('tbody');
const told = (page: Page) => page.locator('main.history .book-head > [role=status]');
/** The lines of a file that a press on `button` saves, and its name. */
async function saved(page: Page, button: Locator) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = await readFile(await download.path(), 'utf8');
  return { name: download.suggestedFilename(), lines: text.split('\r\n') };
}

await describeWith('chromium', 'the history on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string) => newcomersPage(browser, app.url, name, laptop);

  test(
    'deals of any age are read page by page and filtered, so are the broker’s activity and the cash, and a CSV has every row that is filtered and no formula',
    async () => {
      await using page = await visit('Ada');
      const call = await callsOf(app.url, 'Ada');
      const open = (size: string, more: object = {}) =>
        call('POST', 'trading/positions', { epic, direction: 'BUY', size, ...more }) as Promise<{
          dealId: string;
        }>;
      const { dealId } = await open('1', { note: '=1+1', tag: 'a, "b"' });
      await open('2');
      await call('DELETE', `trading/positions/${dealId}`, {});
      for (let denied = 0; denied < 120; denied += 20)
        await Promise.all(Array.from({ length: 20 }, () => open('0.1'))); // below the minimum: never sent

      await page.getByRole('link', { name: 'All history' }).click();
      await page.getByRole('heading', { name: /^History/ }).waitFor();
      await told(page).getByText('100 shown, there are more.').waitFor();
      await page.getByRole('button', { name: 'Older ones' }).click();
      await told(page).getByText('123 shown.').waitFor();
      await page.getByLabel('Outcome').selectOption('Accepted');
      await told(page).getByText('3 shown.').waitFor();
      expect(await history(page, 'Deals').locator('tr').count()).toBe(3);
      await screenshots(page, 'history');
      await page.getByLabel('Market', { exact: true }).fill('gold');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing of that.').waitFor();
      await page.getByLabel('Market', { exact: true }).fill('eur/');
      await page.keyboard.press('Enter');
      await told(page).getByText('3 shown.').waitFor();
      await page.getByLabel('From', { exact: true }).fill('2020-01-02');
      await page.getByLabel('To', { exact: true }).fill('2020-01-01');
      await page.getByText('The last day is before the first').waitFor();
      await page.getByText('Nothing of that.').waitFor();
      expect(await page.getByRole('alert').allTextContents()).toEqual([
        expect.stringContaining('The last day is before the first'),
      ]);
      await page.getByLabel('To', { exact: true }).fill('2099-12-31');
      await told(page).getByText('3 shown.').waitFor();

      const csv = page.getByRole('button', { name: 'Save as CSV' });
      const file = await saved(page, csv);
      expect(file.name).toMatch(/^ftrader-deals-simulated-\w+-2020-01-02-to-2099-12-31\.csv$/);
      expect(file.lines.length).toBe(5); // a heading, three deals, and the end of the last line
      expect(file.lines[0]).toMatch(/^createdAt,accountId,environment,id,kind,status,/);
      expect(file.lines[3]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,acct_.*,"a, ""b""",'=1\+1,/);
      await page.getByText(/^Saved 3 rows as ftrader-deals-/).waitFor();
      await page.getByLabel('Outcome').selectOption('Any status');
      await told(page)
        .getByText(/there are more/)
        .waitFor();
      expect((await saved(page, csv)).lines.length).toBe(125); // all pages, not those that are shown

      await page.getByRole('radio', { name: 'The broker’s activity' }).check({ force: true });
      await history(page, 'The broker’s activity').getByText(`closed ${dealId}`).waitFor();
      await page.getByLabel('Kind').selectOption('Working orders');
      await page.getByText('Nothing of that.').waitFor();
      await page.getByRole('radio', { name: 'Cash' }).check({ force: true });
      await page.getByLabel('Kind').selectOption('Closed positions');
      await history(page, 'Cash')
        .getByText(/bought 1\.00, opened at 1\./)
        .waitFor();
      await screenshots(page, 'cash');
      expect((await saved(page, csv)).lines[1]).toMatch(/,deal,DEAL,/);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a deal against what is open reduces it and says which position, bears no stop, and is denied above what is open',
    async () => {
      await using page = await visit('Grace');
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByLabel(/^Size, contracts/).fill('3');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'New deal' }).click();
      await page
        .getByRole('button', { name: /^Sell \d/ })
        .first()
        .click();
      await page.getByRole('radio', { name: 'Against what is open' }).check({ force: true });
      expect(await page.getByLabel(/^Stop, /).count()).toBe(0);
      await page.getByLabel(/^Size, contracts/).fill('1');
      await page
        .getByTestId('plan')
        .getByText(/^Sells 1 EUR\/USD at once, at about .*, against what is bought/)
        .waitFor();
      await screenshots(page, 'against');
      await page.getByRole('button', { name: 'Sell at market' }).click();
      await outcome(page, 'accepted')
        .getByText(/^Closed in part: position \w+/)
        .waitFor();
      await positions(page).getByRole('cell', { name: 'Buy 2', exact: true }).waitFor();
      await screenshots(page, 'netted');
      await page.getByRole('button', { name: 'New deal' }).click();
      await page.getByLabel(/^Size, contracts/).fill('5');
      // Said before one deals, by the rules that deny it then.
      await page
        .locator('[data-preview="denied"]')
        .getByText(/more than the 2 that it may net/)
        .waitFor();
      await page.getByRole('button', { name: 'Sell at market' }).click();
      await outcome(page, 'denied')
        .getByText(/more than the 2 that it may net/)
        .waitFor();
      await deals(page).locator('tr').nth(1).getByText('against what is open').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'of a deal in doubt the page says that nobody knows, also after a reload, and then how it was decided',
    async () => {
      await using page = await visit('Barbara');
      app.simulator!.setFaults([
        { name: 'delayed-after-reset', on: ['open'], count: 1, ms: [15_000, 15_000] },
      ]);
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'unknown').waitFor();
      await page
        .getByRole('dialog', { name: 'EUR/USD' })
        .getByText(/^Nobody knows yet whether it was dealt\./)
        .waitFor();
      await page.reload();
      const row = deals(page).locator('tr').first();
      await row.getByText(/^Not decided yet: the broker did not answer/).waitFor();
      await row.getByRole('button', { name: /^Life of the deal/ }).click();
      await deals(page)
        .getByText(/^Nobody knows yet whether it was dealt\./)
        .waitFor();
      await row.locator('.status').getByText('Accepted').waitFor();
      await deals(page)
        .getByText(/the broker’s answer was lost, and its own stream shows that it was accepted\.$/)
        .waitFor();
      await deals(page)
        .getByText(/^Opened: position \w+/)
        .waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
