// The portfolio on the page: made and filled by hand, filled from a file, and corrected. One product and one browser for all of it.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, figure, loseAnswer, screenshots, newcomersPage } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;

const form = (page: Page, name: string) => page.getByRole('form', { name });
const table = (page: Page, name: string) => page.getByRole('table', { name, exact: true });
const said = (page: Page, text: string | RegExp) => page.locator('.said').getByText(text).waitFor();
/** Days before today, by the clock of UTC: the zone of the portfolios here. */
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Fills fields of the form for a transaction by their labels, and writes it. */
async function write(page: Page, kind: string, texts: Record<string, string>) {
  const sheet = form(page, 'New transaction');
  await sheet.getByLabel('Kind of transaction').selectOption(kind);
  for (const [label, text] of Object.entries(texts))
    await sheet.getByLabel(new RegExp(`^${label}`)).fill(text); // what is said of it follows
  await sheet.getByRole('button', { name: 'Write it' }).click();
}

await describeWith('chromium', 'the portfolio on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  /** On the view of portfolios, with one that starts ten days ago. */
  async function visit(name: string) {
    const page = await newcomersPage(browser, app.url, name, laptop);
    const call = await callsOf(app.url, name);
    const made = async (baseCurrency = 'GBP') => {
      const { id } = (await call('POST', 'portfolio', {
        name: 'Shares',
        baseCurrency,
        startsOn: daysAgo(10),
      })) as { id: string };
      await page.goto(`${app.url}/#/portfolio/${id}`);
      await page.getByRole('heading', { name: 'Transactions' }).waitFor();
      return id;
    };
    return { page, call, made, [Symbol.asyncDispose]: () => page.close() };
  }

  test(
    'a portfolio is made, a purchase and a price are entered, and its value and performance show, each figure with what it means',
    async () => {
      await using visitor = await visit('Ada');
      const { page } = visitor;
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('link', { name: 'Portfolio' }).click();
      const making = form(page, 'New portfolio');
      await making.getByLabel('Base currency').fill('GBX');
      await making.getByLabel('Starts on').fill(daysAgo(10));
      await making.getByLabel('Time zone of its days').fill('UTC');
      await making.getByRole('button', { name: 'Make the portfolio' }).click();
      await making.locator('label', { hasText: 'Name' }).locator('.down').waitFor(); // it has none yet
      await making.getByLabel('Name').fill('Shares');
      await making.getByRole('button', { name: 'Make the portfolio' }).click();
      await making.getByText(/write GBP/).waitFor();
      expect(await making.getByLabel('Base currency').getAttribute('aria-invalid')).toBe('true');
      await making.getByLabel('Base currency').fill('gbp');
      await making.getByRole('button', { name: 'Make the portfolio' }).click();
      await page.getByText('Nothing is held.').waitFor();

      await page.getByRole('button', { name: 'Add a transaction' }).click();
      const at = { 'When, by this device’s clock': `${daysAgo(9)}T12:00` };
      await write(page, 'Deposit', { ...at, Amount: '1,000' });
      await form(page, 'New transaction').getByText('“1,000” can be read as 1 or as 1000').waitFor();
      await write(page, 'Deposit', { ...at, Amount: '1,000.00' });
      await said(page, 'Written: Deposit 1,000.00 GBP.');
      await write(page, 'Sell', { ...at, Instrument: 'VOD', Units: '5', 'Price of a unit': '80' });
      await form(page, 'New transaction').locator('label', { hasText: 'Units' }).locator('.down').waitFor();
      await write(page, 'Buy', { ...at, Instrument: 'VOD', Units: '5', 'Price of a unit': '80' });
      await said(page, 'Written: Buy 5 VOD at 80 GBP.');
      await figure(page, 'value', '–');
      await page.getByRole('button', { name: 'Price of VOD' }).click();
      const price = form(page, 'Price or rate');
      for (const [on, value] of [
        [daysAgo(9), '80'],
        [daysAgo(4), '72'],
        [daysAgo(0), '100'],
      ] as const) {
        await price.getByLabel('Day').fill(on);
        await price.getByLabel('Price', { exact: true }).fill(value);
        await price.getByRole('button', { name: 'Enter it' }).click();
        await said(page, `The price of VOD on ${on} is entered.`);
      }
      await figure(page, 'value', '1,100.00 GBP');
      await figure(page, 'gain', '+100.00 GBP');
      await figure(page, 'timeWeighted', '+10.00 %');
      await page
        .getByTestId('value-summary')
        .getByText(/it is 1,100\.00\.$/)
        .waitFor({ state: 'attached' });
      await page
        .getByTestId('return-summary')
        .getByText(/it is \+10\.00 %\.$/)
        .waitFor({ state: 'attached' });
      await page.getByText('Nothing is missing').waitFor();
      await page.getByRole('button', { name: /^Time-weighted return/ }).click();
      await page.getByText('Π((end + outflow) ÷ (begin + inflow)) − 1 over all days').waitFor();
      await page.getByText(/^\d+ daily returns$/).click();
      await page.getByText('(960 + 0) ÷ (1000 + 0) − 1 =').first().waitFor();
      await page.getByRole('button', { name: /^Gain since/ }).click();
      await page.getByText('valueAtEnd').first().click();
      await table(page, 'Holdings').getByText('+100.00').waitFor();
      await page.getByRole('list', { name: 'Allocation' }).getByText('54.5 %').waitFor(); // 600 of cash, of 1,100
      await figure(page, 'contribution VOD', '+100.00 GBP');
      await page.getByRole('button', { name: /^VOD/ }).first().click();
      const contributions = page.getByRole('list', { name: 'Contributions' });
      await contributions.locator('.meaning code').waitFor();
      await page.getByLabel('Instrument or epic to compare with').fill('VOD');
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByRole('heading', { name: 'Beside VOD' }).waitFor();
      await page.getByRole('button', { name: /^Beta/ }).click();
      await page.getByRole('list', { name: 'Benchmark figures' }).locator('.meaning code').waitFor();
      await page.getByText(/^VOD on \d+ days$/).click();
      const statement = page.getByRole('table', { name: /^Statement of/ });
      await statement.getByText('600.00').last().waitFor();
      await page.getByLabel('Day of the statement').fill(daysAgo(10));
      await statement.getByText('600.00').first().waitFor({ state: 'detached' });
      await page.getByText('No account fills this portfolio').waitFor();
      await screenshots(page, 'portfolio');
      await page.setViewportSize(phone);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a transaction whose answer is lost is written once when it is sent again, and is taken back by a second press',
    async () => {
      await using visitor = await visit('Grace');
      const { page, call, made } = visitor;
      const id = await made();
      const numbers = async () =>
        (
          (await call('GET', `portfolio/${id}/transactions`)) as { transactions: { number: number }[] }
        ).transactions.map(({ number }) => number);
      await page.getByRole('button', { name: 'Add a transaction' }).click();
      await page.route('**/trpc/portfolio.addTransaction*', loseAnswer, { times: 1 });
      await write(page, 'Deposit', { Amount: '250' });
      await page.getByRole('alert').getByText('FTrader does not answer').waitFor();
      await page.getByRole('button', { name: 'Write it' }).click();
      await said(page, 'Written: Deposit 250.00 GBP.');
      expect(await numbers()).toEqual([1]);
      await write(page, 'Deposit', { Amount: '250' }); // another one that says the same
      await table(page, 'Transactions').locator('tbody tr').nth(1).waitFor();
      expect(await numbers()).toEqual([2, 1]);

      const row = table(page, 'Transactions').locator('tbody tr').first();
      await row.getByRole('button', { name: 'Take back Deposit 250.00 GBP' }).click();
      await row.getByRole('button', { name: /^Press again/ }).click();
      await said(page, 'Taken back: Deposit 250.00 GBP.');
      await table(page, 'Transactions').getByText('Reversal of').waitFor();
      await figure(page, 'value', '250.00 GBP');
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'what the broker quotes moves by itself, and so does what is written elsewhere',
    async () => {
      await using visitor = await visit('Barbara');
      const { page, call, made } = visitor;
      const id = await made('USD');
      const terms = {
        kind: 'buy',
        instrument: 'CS.D.EURUSD.CFD.IP',
        quantity: '100000',
        price: '1.1',
        currency: 'USD',
      };
      const add = (each: object) =>
        call('POST', `portfolio/${id}/transactions`, { at: new Date().toISOString(), terms: each });
      await add(terms);
      const value = page.locator('[data-figure=value]');
      await value.getByText(/^−?[\d,.]+ USD$/).waitFor();
      const [before] = await value.allTextContents();
      const gain = table(page, 'Holdings').locator('td').nth(4);
      const gained = await gain.innerText();
      await value.filter({ hasNotText: before! }).waitFor();
      await gain.filter({ hasNotText: gained }).waitFor();
      await add({ kind: 'deposit', amount: '5000', currency: 'USD' });
      await table(page, 'Transactions').getByText('5,000.00 USD').first().waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a file is looked at row by row, a refused row is named and mended in place, and then all of it is written; the ledger and the gains are saved as files',
    async () => {
      await using visitor = await visit('Linus');
      const { page, made } = visitor;
      await made();
      await page.getByRole('button', { name: 'Import a file' }).click();
      const sheet = form(page, 'Import');
      const lines = [
        'Datum;Art;Papier;Stück;Kurs;Währung;Betrag',
        `${daysAgo(8)};Einlage;;;;GBP;2000`,
        `${daysAgo(8)};Kauf;Vodafone;10;80,5;GBP;`,
        `${daysAgo(7)};Verkauf;Vodafone;40;90;GBP;`,
      ];
      await sheet.getByLabel('File', { exact: true }).setInputFiles({
        name: 'depot.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(lines.join('\n')),
      });
      await sheet.getByLabel('Its numbers').selectOption('1.234,56');
      const heads = {
        Time: 'Datum',
        Kind: 'Art',
        Instrument: 'Papier',
        Units: 'Stück',
        Price: 'Kurs',
        Currency: 'Währung',
        Amount: 'Betrag',
      };
      for (const [label, heading] of Object.entries(heads))
        await sheet.getByLabel(label, { exact: true }).selectOption(heading);
      await sheet
        .getByLabel('Names in the file')
        .fill('Einlage = deposit\nKauf = buy\nVerkauf = sell\nVodafone = VOD');
      await sheet.getByRole('button', { name: 'Look at it' }).click();
      await sheet.getByText('3 rows: 2 new, 0 there already, 1 refused, 0 left out.').waitFor();
      expect(await sheet.getByRole('button', { name: /^Import 2 rows/ }).isDisabled()).toBe(true);
      await screenshots(page, 'portfolio-import');
      await sheet.getByRole('list', { name: 'Refused rows' }).getByRole('button', { name: 'Line 4' }).click();
      await page.keyboard.type(lines[3]!.replace(';40;', ';4;')); // over the line that is selected
      await sheet.getByRole('button', { name: 'Look at it again' }).click();
      await sheet.getByText('3 rows: 3 new, 0 there already, 0 refused, 0 left out.').waitFor();
      await page.setViewportSize(phone);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await sheet.getByRole('button', { name: 'Import 3 rows' }).click();
      await said(page, '3 transactions are imported.');
      await table(page, 'Holdings').locator('[data-instrument=VOD]').getByText('+38.00').waitFor(); // 4 × (90 − 80.5)

      for (const [button, name, first] of [
        ['Save the ledger', 'ftrader-ledger-shares-from-the-first-to-now.csv', 'key,at,kind'],
        ['Save the gains', 'ftrader-gains-shares-from-the-first-to-now.csv', 'taxYear'],
      ] as const) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: button }).click(),
        ]);
        expect(download.suggestedFilename()).toBe(name);
        const text = await readFile(await download.path(), 'utf8');
        expect(text.split('\r\n')[0]).toContain(first);
        expect(text).toContain('VOD');
      }
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
