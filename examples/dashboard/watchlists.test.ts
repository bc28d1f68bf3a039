// Watchlists on the page: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import {
  callsOf,
  newcomersPage,
  openLists,
  pressTwice,
  pricesChange,
  rows,
  screenshots,
  signInAsNewcomer,
} from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;

interface Lists {
  watchlists: { id: string; name: string; version: number; epics: string[] }[];
}

/** Enters what is searched for, and takes the first that is found. */
async function add(page: Page, words: string) {
  await page.getByLabel('Add a market').fill(words);
  await page.getByRole('listbox', { name: 'Markets found' }).getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
}
const shown = (page: Page, name: string) =>
  page.getByRole('button', { name: `Watchlist: ${name}`, exact: true }).waitFor();
const epics = (page: Page) =>
  rows(page).evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['epic']));
/** Waits until the rows are so many. */
const count = (page: Page, wanted: number) =>
  page.waitForFunction((n) => document.querySelectorAll('.quotes tbody tr').length === n, wanted);
const seeAgain = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

await describeWith('chromium', 'watchlists on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string, size = laptop) => newcomersPage(browser, app.url, name, size);

  test(
    'a list is made, filled by search and by kind, put in order and renamed, by keyboard alone where one types; it is there after a reload, and gone when it is deleted',
    async () => {
      await using page = await visit('Ada');
      const call = await callsOf(app.url, 'Ada');
      const lists = async () => ((await call('GET', 'market-data/watchlists')) as Lists).watchlists;
      await shown(page, 'Popular markets');
      expect(await epics(page)).toHaveLength(12);

      await openLists(page);
      await page.getByRole('button', { name: 'New list' }).click();
      await page.getByLabel('Name of the new list').fill('popular MARKETS');
      await page.keyboard.press('Enter');
      await page.getByText('You have a watchlist of this name').waitFor();
      await page.getByLabel('Name of the new list').fill('Mine');
      await page.keyboard.press('Enter');
      await shown(page, 'Mine');
      await page.getByText('No market in this list.').waitFor();

      await add(page, 'FTSE 100');
      await count(page, 1);
      await page.getByRole('button', { name: 'Browse' }).click();
      await page.getByRole('group', { name: 'Kind', exact: true }).getByRole('button').first().click();
      await page.getByRole('button', { name: /^Add / }).first().click();
      await count(page, 2);
      await page.keyboard.press('Escape');
      await add(page, 'Gold');
      await count(page, 3);
      const before = await epics(page);
      await rows(page).nth(2).locator('.bid').getByText(/\d/).waitFor(); // and its price comes

      await openLists(page);
      await page.getByRole('button', { name: 'Order', exact: true }).click();
      const order = page.getByRole('list', { name: 'Markets of Mine, in order' });
      await order
        .getByRole('button', { name: /^Move .* up$/ })
        .nth(2)
        .focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter'); // the focus went along
      await page.waitForFunction(
        (last) => document.querySelector<HTMLElement>('.quotes tbody tr')?.dataset['epic'] === last,
        before[2],
      );
      await screenshots(page, 'watchlists-order');
      await page.getByRole('button', { name: 'Rename' }).click();
      await page.getByLabel('New name of Mine').fill('Metals and more');
      await page.keyboard.press('Enter');
      await shown(page, 'Metals and more');
      await page.getByRole('button', { name: 'Move Metals and more up' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        () => document.querySelector('.ordered .choose')?.textContent === 'Metals and more3 markets',
      );
      await page.keyboard.press('Escape');
      const wanted = [before[2], before[0], before[1]];
      expect((await lists()).map(({ name, epics: all }) => [name, all.length])).toEqual([
        ['Metals and more', 3],
        ['Popular markets', 12],
      ]);
      expect((await lists())[0]!.epics).toEqual(wanted);

      await page.reload();
      await shown(page, 'Metals and more');
      await count(page, 3);
      expect(await epics(page)).toEqual(wanted);
      await rows(page).nth(1).locator('.remove button').focus();
      await page.keyboard.press('Enter');
      await count(page, 2);
      await openLists(page);
      await pressTwice(page, 'Delete the list Metals and more', 'delete the list Metals and more');
      await shown(page, 'Popular markets');
      await count(page, 12);
      expect((await lists()).map(({ name }) => name)).toEqual(['Popular markets']);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'what another tab did is seen when one looks again, and said; a change on an older list is not made over it',
    async () => {
      await using page = await visit('Grace');
      const call = await callsOf(app.url, 'Grace');
      const change = async (all: (before: string[]) => string[]) => {
        const {
          id,
          version,
          epics: before,
        } = ((await call('GET', 'market-data/watchlists')) as Lists).watchlists[0]!;
        await call('PATCH', `market-data/watchlists/${id}`, { version, epics: all(before) });
      };
      const news = page.getByTestId('list-news');
      await change((all) => all.slice(0, 5));
      await seeAgain(page);
      await news
        .getByText('Changed elsewhere, and shown as now: “Popular markets”.', { exact: true })
        .waitFor();
      await count(page, 5);
      await page.getByRole('button', { name: 'Dismiss' }).click();

      await change((all) => all.slice(0, 4));
      await rows(page).first().locator('.remove button').focus();
      await page.keyboard.press('Enter');
      await news.getByText(/Make your change again\.$/).waitFor();
      await count(page, 4);
      await rows(page).first().locator('.remove button').focus();
      await page.keyboard.press('Enter');
      await count(page, 3);
      expect(await news.textContent()).toBe('');
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a market of a list that the broker of the account does not know is named and left out, and the others have their prices',
    async () => {
      await using page = await browser.newPage(laptop);
      await page.route(/marketData\.listWatchlists/, async (route) => {
        const answer = await route.fetch();
        const text = await answer.text();
        await route.fulfill({
          response: answer,
          body: text.replace('"epics":[', '"epics":["XX.D.NOSUCH.CFD.IP",'),
        });
      });
      await signInAsNewcomer(page, app.url, 'Alan');
      await page
        .getByText('Not known to the broker of this account, and not shown: XX.D.NOSUCH.CFD.IP.')
        .waitFor();
      await pricesChange(page, 3);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      expect(await epics(page)).toHaveLength(12);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'lists of IG are imported, also its own, on a phone without scrolling sideways',
    async () => {
      await using page = await visit('Katherine', phone);
      await openLists(page);
      await page.getByRole('button', { name: 'Import from IG' }).click();
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByText('IG keeps no list of yours.').waitFor();
      await page.getByLabel('Also IG’s own, such as Popular Markets').check();
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByText('Popular Markets: copied.').waitFor();
      await screenshots(page, 'watchlists-import');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await page.getByRole('button', { name: /^Popular Markets \(IG\)/ }).click();
      await shown(page, 'Popular Markets (IG)');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await screenshots(page, 'watchlists-imported');
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
