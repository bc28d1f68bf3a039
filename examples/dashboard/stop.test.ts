// Stopping on the page: the kill switch, everything ended at once, limits. One product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import {
  callsOf,
  closeOnce,
  deals,
  loseAnswer,
  openTicket,
  outcome,
  positions,
  pressTwice,
  pricesChange,
  screenshots,
  newcomersPage,
} from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const timeoutMs = 90_000;

const dealing = (page: Page, state: string) => page.locator(`[data-testid=dealing][data-state=${state}]`);
const ending = (page: Page, status: string) => page.locator(`[data-testid=ending][data-status=${status}]`);
const legs = (page: Page) => page.getByRole('list', { name: 'What became of each' });
async function buy(page: Page, name = 'EUR/USD') {
  await openTicket(page, 'Buy', name);
  await page.getByRole('button', { name: 'Buy at market' }).click();
  await outcome(page, 'accepted').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
}
async function placeFarOrder(page: Page) {
  await openTicket(page, 'Buy', 'EUR/USD');
  await page.getByRole('radio', { name: 'Limit' }).check({ force: true });
  await page.getByLabel(/^Level/).fill('1.05');
  await page.getByRole('button', { name: 'Place limit order to buy' }).click();
  await outcome(page, 'accepted').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
}

await describeWith('chromium', 'stopping on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string) => newcomersPage(browser, app.url, name, laptop);

  test(
    'the kill switch asks for a second press, forbids opening and not closing, is always seen with whose it is and why, also when it is set elsewhere, and is taken back',
    async () => {
      await using page = await visit('Ada');
      await buy(page);
      await page.getByRole('button', { name: 'Kill switch' }).click();
      await page.getByLabel('Reason').fill('my model misbehaves');
      await screenshots(page, 'kill');
      await page.getByRole('button', { name: 'Halt this account' }).click();
      expect(await dealing(page, 'active').count()).toBe(1); // one press does nothing
      await page.getByRole('button', { name: 'Press again to halt this account' }).click();
      await dealing(page, 'halted')
        .getByText(/This account, set by you at .*: “my model misbehaves”/)
        .waitFor();
      await page.getByRole('button', { name: 'Kill switch, Halted' }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Kill/);

      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'denied')
        .getByText(/halted/)
        .waitFor();
      await page.keyboard.press('Escape');
      await closeOnce(page, 'Close 1 EUR/USD');
      await positions(page).waitFor({ state: 'detached' });

      const call = await callsOf(app.url, 'Ada');
      await call('PUT', 'trading/dealing-state', {
        dealingState: 'reduce_only',
        scope: 'user',
        reason: 'from a script',
      });
      await dealing(page, 'halted')
        .getByText(/All your accounts, set by you at .*: “from a script”/)
        .waitFor();
      await screenshots(page, 'halted');
      await page.reload();
      await dealing(page, 'halted').getByText('from a script').waitFor();
      await pressTwice(page, 'Deal again on this account', 'deal again on this account');
      await dealing(page, 'reduce_only').waitFor();
      await pressTwice(page, 'Deal again on all your accounts', 'deal again on all your accounts');
      await dealing(page, 'active').waitFor({ state: 'attached' });
      expect(await dealing(page, 'active').textContent()).toBe('');

      await call('PUT', 'trading/dead-man', { afterMs: 1_000, action: 'halt' });
      await dealing(page, 'halted')
        .getByText(/This account, set by the dead-man’s switch/)
        .waitFor();
      await page.getByRole('button', { name: 'Kill switch, Halted' }).click();
      await page.getByLabel('All your accounts').check();
      await pressTwice(page, 'Stop opening on all your accounts', 'stop opening on all your accounts');
      await dealing(page, 'halted')
        .getByText(/All your accounts, set by you at .*, no reason given/)
        .waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'flatten goes on over a reload under the same key and says what became of each order and position; one whose answer is lost is asked for again; what is left is named',
    async () => {
      await using page = await visit('Grace');
      await buy(page);
      await buy(page);
      await placeFarOrder(page);
      // The broker hears the first close, says nothing, and carries it out some time after FTrader hung up.
      app.simulator!.setFaults([{ name: 'delayed-execution', on: ['close'], count: 1, ms: [4_000, 4_000] }]);
      const keys = new Set<string>();
      page.on('request', (request) => {
        if (request.url().includes('trading.flatten'))
          keys.add(/"idempotencyKey":"([^"]+)"/.exec(request.postData() ?? '')![1]!);
      });
      const flatten = 'Cancel all working orders and close all positions';
      await pressTwice(page, flatten, flatten.toLowerCase());
      await ending(page, 'running')
        .getByText(/of 3 decided/)
        .waitFor();
      await dealing(page, 'reduce_only')
        .getByText(/Everything on this account is being closed/)
        .waitFor();
      await page.reload();
      await ending(page, 'done').getByText('All orders are cancelled and all positions closed.').waitFor();
      expect(await legs(page).getByRole('listitem').allTextContents()).toEqual([
        'Cancelled the order to buy 1 EUR/USD at 1.05.',
        expect.stringMatching(/^Closed 1 EUR\/USD at 1\.\d+, .* GBP\.$/),
        expect.stringMatching(/^Closed 1 EUR\/USD at 1\.\d+, .* GBP\.$/),
      ]);
      expect(keys.size).toBe(1);
      await dealing(page, 'active').waitFor({ state: 'attached' });
      expect(await deals(page).locator('tr').count()).toBe(6); // three in, three out, and none twice
      await screenshots(page, 'flattened');
      await page.getByTestId('ending').getByRole('button', { name: 'Dismiss' }).click();

      await buy(page);
      app.simulator!.setFaults([{ name: 'suspended', epic: 'CS.D.EURUSD.CFD.IP' }]);
      await page.route('**/trpc/trading.closeAll*', loseAnswer, { times: 1 });
      await pressTwice(page, 'Close all positions', 'close all positions');
      await ending(page, 'doubtful')
        .getByText(/may or may not have arrived/)
        .waitFor();
      await page.reload(); // whether it is still meant is for its owner to say
      await ending(page, 'doubtful').getByRole('button', { name: 'Ask again' }).click();
      await ending(page, 'incomplete').getByText('Closing all positions has ended, and 1 is left.').waitFor();
      await page
        .getByRole('list', { name: 'Left at the broker' })
        .getByText(/^Buy 1 EUR\/USD, position \w+$/)
        .waitFor();
      app.simulator!.setFaults([]);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'limits are set, seen as used and left, and taken away; what will not do stands at its field',
    async () => {
      await using page = await visit('Barbara');
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('link', { name: 'Accounts', exact: true }).click();
      await page.getByRole('button', { name: /^Limits / }).click();
      const form = page.getByRole('form', { name: 'Limits' });
      await form.getByLabel('Orders a day, at most').fill('1.5');
      await form.getByRole('button', { name: 'Set the limits' }).click();
      await form.getByText('Give a whole number, such as 10').waitFor();
      await form.getByLabel('Orders a day, at most').fill('10');
      await form.getByLabel('Largest exposure, GBP').fill('100000');
      await form.getByRole('button', { name: 'Limit a single market' }).click();
      await form.getByLabel('Market, by its epic').fill('x');
      await form.getByLabel('Largest deal').nth(1).fill('2');
      await form.getByRole('button', { name: 'Set the limits' }).click();
      await form.getByText(/must be an IG epic/).waitFor();
      await form.getByLabel('Market, by its epic').fill('CS.D.EURUSD.CFD.IP');
      await screenshots(page, 'limits-form');
      await form.getByRole('button', { name: 'Set the limits' }).click();
      const limits = page.getByRole('region', { name: 'Limits' });
      await limits.getByText('0 of 10 used, 10 left').waitFor();
      await limits.getByText('2 in each deal').waitFor();
      await limits.getByText('Largest deal in CS.D.EURUSD.CFD.IP').waitFor();
      await screenshots(page, 'limits');

      await page.getByRole('link', { name: 'To the prices' }).click();
      await pricesChange(page, 1);
      await buy(page);
      await page.goBack();
      await limits.getByText('1 of 10 used, 9 left').waitFor();
      await page.getByRole('button', { name: /^Limits / }).click();
      await form.getByLabel('Orders a day, at most').first().fill('');
      await form.getByRole('button', { name: 'Set the limits' }).click();
      await page.locator('[data-limit=maxOrdersPerDay]').waitFor({ state: 'detached' });
      await page
        .locator('[data-limit=maxExposure]')
        .getByText(/of 100,000.00 GBP used/)
        .waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
