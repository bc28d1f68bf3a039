// What a hand and an eye meet on the page: one product and one browser for all of it.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { usualMarkets } from '../../shared/usual-markets.ts';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import {
  closeOnce,
  connectionState,
  deals,
  demoButton,
  openTicket,
  outcome,
  placeOf,
  positions,
  pricesChange,
  rows,
  signInWithDemo,
} from './page-steps.ts';

const [laptop, wide, phone] = [
  { width: 1280, height: 800 },
  { width: 1600, height: 900 },
  { width: 390, height: 844 },
];
const timeoutMs = 60_000;

await describeWith('chromium', 'the page under a hand', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = async (size: { width: number; height: number }) => {
    const page = await browser.newPage(size);
    await signInWithDemo(page, app.url);
    await pricesChange(page, 1);
    return page;
  };

  const allNamed = (page: Page) =>
    page.waitForFunction(
      (markets) => document.querySelectorAll('tr[data-epic] button.sell').length === markets,
      usualMarkets.CFD.length,
    );

  for (const size of [laptop, wide])
    test(
      `at ${size.width} px nothing moves when a ticket opens, and a double click on Sell stays a sale`,
      async () => {
        const page = await visit(size);
        const cells = () =>
          page.evaluate(() =>
            [...document.querySelectorAll('.quotes button, .positions-book, .market-details')].map((each) => {
              const { x, y, width, height } = each.getBoundingClientRect();
              return [x, y, width, height].map(Math.round).join();
            }),
          );
        await allNamed(page);
        const before = await cells();
        expect(before.length).toBeGreaterThan(36);
        await page.getByRole('button', { name: /^Sell GBP\/USD,/ }).dblclick();
        const ticket = page.getByRole('dialog', { name: 'GBP/USD' });
        await ticket.getByRole('button', { name: 'Sell at market' }).waitFor();
        expect(await ticket.getByRole('button', { pressed: true }).textContent()).toMatch(/^Sell/);
        expect(await cells()).toEqual(before);
        await page.close();
      },
      timeoutMs,
    );

  test(
    'the parts about alerts, which are loaded by themselves, move nothing when they come',
    async () => {
      const page = await browser.newPage(laptop);
      const held = Promise.withResolvers<void>();
      await page.route(/alerts.*\.js$/, async (route) => {
        await held.promise;
        await route.continue();
      });
      await signInWithDemo(page, app.url);
      await allNamed(page);
      await page.locator('.alerts-to-come').nth(1).waitFor({ state: 'attached' });
      const below = ['Positions', 'Latest deals'].map((name) => page.getByRole('heading', { name }));
      const before = await Promise.all(below.map(placeOf));
      held.resolve();
      await page.locator('.alerts').nth(1).waitFor();
      expect(await Promise.all(below.map(placeOf))).toEqual(before);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'what the ticket says of a deal moves none of its buttons, and a double click deals once and leaves the answer standing',
    async () => {
      const page = await visit(laptop);
      await openTicket(page, 'Buy', 'EUR/USD');
      const ticket = page.getByRole('dialog', { name: 'EUR/USD' });
      const deal = ticket.getByRole('button', { name: 'Buy at market' });
      const before = await placeOf(deal);
      await page.getByLabel(/^Size/).fill('0.1');
      await deal.click();
      await outcome(page, 'denied').waitFor();
      expect(await placeOf(deal)).toEqual(before);

      await page.getByLabel(/^Size/).fill('1');
      await deal.dblclick({ delay: 60 });
      await outcome(page, 'accepted').waitFor();
      const done = ticket.getByRole('button', { name: 'Done' });
      expect((await placeOf(done)).y).toBe(before.y);
      const made = await deals(page).locator('tr').count();

      // A double click whose second half falls on what has come under it: the position must not be closed by it.
      await positions(page).getByRole('button', { name: 'Close 1 EUR/USD', exact: true }).dblclick();
      await page.getByRole('button', { name: 'Press again to close 1 EUR/USD' }).waitFor();
      expect(await deals(page).locator('tr').count()).toBe(made);
      await page.getByRole('button', { name: 'Press again to close 1 EUR/USD' }).click();
      await positions(page).waitFor({ state: 'detached' });
      await page.close();
    },
    timeoutMs,
  );

  test(
    'on a phone, where the ticket comes up under the finger, the second half of a double tap does nothing',
    async () => {
      const page = await visit(phone);
      await openTicket(page, 'Sell', 'EUR/USD');
      const deal = page.getByRole('button', { name: 'Sell at market' });
      const { x, y, width, height } = await placeOf(deal);
      const finger = [x + width / 2, y + height / 2] as const;
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.evaluate((under) => {
        const cell = document.querySelector('[data-epic="CS.D.BITCOIN.CFD.IP"] button.sell')!;
        const { top, height } = cell.getBoundingClientRect();
        scrollBy(0, top + height / 2 - under);
      }, finger[1]);
      const [left, below] = [x + width / 4, finger[1]];
      await page.mouse.click(left, below);
      const ticket = page.getByRole('dialog', { name: /Bitcoin/ });
      await ticket.evaluate((sheet) => Promise.all(sheet.getAnimations().map((each) => each.finished)));
      await page.mouse.down({ clickCount: 2 });
      await page.mouse.up({ clickCount: 2 });
      await page.getByRole('button', { name: 'Sell at market' }).waitFor(); // not dealt, not on its way
      expect(await page.getByTestId('outcome').count()).toBe(0);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'a toast covers no position and repeats nothing that the ticket says',
    async () => {
      const page = await visit(laptop);
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.evaluate(() => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        new MutationObserver(() => {
          for (const each of document.querySelectorAll('[data-testid=toast]')) seen.push(each.textContent!);
        }).observe(document.body, { childList: true, subtree: true });
      });
      await page.keyboard.press('Enter');
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: /^Notifications, [1-9]/ }).waitFor(); // the notice has come
      await page.getByRole('button', { name: 'Done' }).click();
      await closeOnce(page, 'Close 1 EUR/USD');
      const toast = page.getByTestId('toast');
      await toast.getByText(/Closed 1 EUR\/USD/).waitFor();
      const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
      expect(seen.filter((text) => text.includes('Bought'))).toEqual([]);
      const [place, head] = [await placeOf(toast), await placeOf(page.locator('header'))];
      expect(place.y + place.height).toBeLessThanOrEqual(head.y + head.height);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'by keyboard the focus stays: at the next row, at the price a ticket was opened from, at the next position',
    async () => {
      const page = await visit(laptop);
      const focused = () =>
        page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName,
        );
      await page.getByRole('button', { name: 'Remove USD/JPY' }).focus();
      await page.keyboard.press('Enter');
      expect(await focused()).toBe('Remove EUR/GBP');

      for (const close of ['Escape', 'Back', 'Done']) {
        await openTicket(page, 'Sell', 'EUR/USD');
        if (close === 'Done') {
          await page.keyboard.press('Enter');
          await outcome(page, 'accepted').waitFor();
          await page.keyboard.press('Enter'); // Done has the focus
        } else if (close === 'Back') await page.goBack();
        else await page.keyboard.press(close);
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.waitForFunction(() =>
          document.activeElement?.getAttribute('aria-label')?.startsWith('Sell EUR/USD,'),
        );
      }
      await openTicket(page, 'Buy', 'GBP/USD');
      await page.keyboard.press('Enter');
      await outcome(page, 'accepted').waitFor();
      await page.keyboard.press('Escape');
      await positions(page).locator('tbody tr').nth(1).waitFor(); // the list may be a moment behind the deal
      const first = positions(page).locator('tbody tr').first();
      await first.locator('.closing button').focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await positions(page).locator('tbody tr').nth(1).waitFor({ state: 'detached' });
      expect(await focused()).toMatch(/^Close 1 /);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await positions(page).waitFor({ state: 'detached' });
      await page.waitForFunction(() => document.activeElement?.id === 'positions-title');
      await page.close();
    },
    timeoutMs,
  );

  test(
    'a key that is held down opens a ticket and does not deal',
    async () => {
      const page = await visit(laptop);
      await page.getByRole('button', { name: /^Sell EUR\/USD,/ }).focus();
      await page.keyboard.down('Enter');
      await page.getByRole('dialog', { name: 'EUR/USD' }).waitFor();
      for (let n = 0; n < 5; n++) await page.keyboard.down('Enter'); // repeats
      await page.keyboard.up('Enter');
      expect(await page.getByRole('button', { name: 'Sell at market' }).count()).toBe(1);
      expect(await page.getByTestId('outcome').count()).toBe(0);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'Sell and Buy are cells of their own on a phone: 44 px high at least, named, with the whole price and its pips emphasised',
    async () => {
      const page = await visit(phone);
      const row = rows(page).filter({ hasText: 'Bitcoin' });
      for (const side of ['Sell', 'Buy']) {
        const cell = row.getByRole('button', { name: new RegExp(`^${side} Bitcoin`) });
        const { width, height } = await placeOf(cell);
        expect(height).toBeGreaterThanOrEqual(44);
        expect(width).toBeGreaterThan(130);
        expect(await cell.innerText()).toMatch(new RegExp(`^${side}\\s*\\d{2,3},\\d{3}\\.\\d\\d$`));
        expect(await cell.locator('.pips').textContent()).toMatch(/^\d\d$/);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      // Above the figures, and in the head, which stays in view.
      expect(await page.locator('header .badge.env.simulated').count()).toBe(1);
      expect(await page.getByText('SIMULATED', { exact: false }).count()).toBe(2);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'from 1600 px list, market and ticket stand side by side with the positions below, and the longest name stays inside',
    async () => {
      const page = await visit(wide);
      await openTicket(page, 'Buy', 'EUR/USD');
      const [list, market, ticket, books] = await Promise.all(
        ['.work', '.market-details', '.ticket', '.books'].map((each) => placeOf(page.locator(each))),
      );
      expect(list!.x + list!.width).toBeLessThan(market!.x);
      expect(market!.x + market!.width).toBeLessThan(ticket!.x);
      expect(ticket!.x + ticket!.width).toBeGreaterThan(1_500);
      expect(books!.y).toBeGreaterThanOrEqual(Math.max(list!.y + list!.height, market!.y + market!.height));

      await page.evaluate(() => {
        document.querySelector('.ticket h2')!.textContent =
          'Gold (COMEX) December undated_future_contract_over_no_space';
      });
      const inside = await page.evaluate(() => {
        const card = document.querySelector('.ticket')!;
        const right = card.getBoundingClientRect().right;
        return [...card.querySelectorAll('*')].every((each) => each.getBoundingClientRect().right <= right);
      });
      expect(inside).toBe(true);
      await page.close();
    },
    timeoutMs,
  );

  test(
    '"live" and "change" explain themselves, and markets are shown by kind',
    async () => {
      const page = await visit(laptop);
      await page.getByTestId('connection').click();
      await page.getByText(/Prices come as they happen/).waitFor();
      await page.keyboard.press('Escape');
      await page.getByText(/Prices come as they happen/).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Change', exact: true }).click();
      await page.getByText(/where its trading day began/).waitFor();
      await page.getByRole('button', { name: 'Currencies', exact: true }).click();
      const shown = await rows(page).locator('.name').allTextContents();
      expect(shown).toContain('EUR/USD');
      expect(shown).not.toContain('FTSE 100 (£1)');

      await page.getByRole('button', { name: 'Browse', exact: true }).click();
      const kinds = page.getByRole('group', { name: 'Markets by kind' });
      await kinds.getByRole('button', { name: 'Shares', exact: true }).click();
      const add = kinds.getByRole('button', { name: /^Add / }).first();
      const name = (await add.getAttribute('aria-label'))!.slice('Add '.length);
      await add.click();
      await kinds.getByRole('button', { name: `${name} is in the list` }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'All', exact: true }).click();
      await rows(page).getByRole('button', { name, exact: true }).waitFor();
      await page.close();
    },
    timeoutMs,
  );

  test(
    'Back goes back inside the page, a link leads to its market, and an address that is none is a page that says so',
    async () => {
      const page = await visit(laptop);
      await rows(page).getByRole('button', { name: 'Apple Inc', exact: true }).click();
      await page.getByRole('heading', { name: 'Apple Inc', exact: true }).waitFor();
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.goBack();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await rows(page).first().waitFor();
      await page.goto(`${app.url}/#/market/CS.D.GBPUSD.CFD.IP/sell`);
      await page.getByRole('dialog', { name: 'GBP/USD' }).waitFor();
      for (const where of ['/#/no/such/place', '/#/market/XX.D.NOSUCH.CFD.IP', '/no-such-page']) {
        await page.goto(app.url + where);
        await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
      }
      await page.getByRole('link', { name: 'To the prices' }).click();
      await rows(page).first().waitFor();
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'an account is created at an address of its own: Back returns to signing in',
    async () => {
      const page = await browser.newPage(phone);
      await page.goto(app.url);
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByRole('heading', { name: 'Create an account' }).waitFor();
      await page.goBack();
      await demoButton(page).waitFor();
      await page.close();
    },
    timeoutMs,
  );

  test(
    'the theme is chosen in the account menu and kept',
    async () => {
      const page = await visit(laptop);
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByLabel('Dark').check();
      const dark = await ground();
      expect(dark).not.toBe(light);
      await page.reload();
      await rows(page).first().waitFor();
      expect(await ground()).toBe(dark);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'the age of a price follows the server’s clock, whatever this machine’s clock says or is set to',
    async () => {
      const page = await browser.newPage(laptop);
      await page.addInitScript(() => {
        const real = Date.now.bind(Date);
        let wrongMs = -86_400_000;
        Date.now = () => real() + wrongMs;
        Object.assign(window, { setClock: (ms: number) => (wrongMs = ms) });
      });
      await signInWithDemo(page, app.url);
      await connectionState(page, 'live');
      await page.waitForFunction(() => /^\d/.test(document.querySelector('.age time')?.textContent ?? ''));
      const old = () =>
        rows(page)
          .locator('.age time')
          .filter({ hasText: /min|h|d/ })
          .count();
      expect(await old()).toBe(0);
      await page.evaluate(() => (window as unknown as { setClock(ms: number): void }).setClock(86_400_000));
      await pricesChange(page, 3);
      expect(await old()).toBe(0);
      await page.close();
    },
    timeoutMs,
  );
});
