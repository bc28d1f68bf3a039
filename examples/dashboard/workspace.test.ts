// The page as a place to work at: every view in both themes and on both sizes, its addresses, its commands by keyboard, and its weight.
import { gzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../../server/db/client.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { axeProblems, shiftsOf, sideways, smallTargets, viewReady, watchShifts } from './inspection.ts';
import {
  callsOf,
  demoButton,
  openTicket,
  positions,
  pricesChange,
  rows,
  signInAsNewcomer,
  signInWithDemo,
} from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 180_000;
const epic = 'CS.D.EURUSD.CFD.IP';
/** Most bytes of the first view, as they are sent. */
const mostBytes = 300_000;
/** Less than a line of text moves on a whole screen. */
const mostShift = 0.02;

await describeWith('chromium', 'the workspace', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));

  /** Somebody with a position, an order, a deal and a portfolio, who administers. */
  async function trader(name: string) {
    const page = await browser.newPage(laptop);
    await watchShifts(page);
    await signInAsNewcomer(page, app.url, name);
    const { db, close } = createDatabase({ url: app.databaseUrl, logger: silentLogger });
    await db
      .update(users)
      .set({ isAdmin: true })
      .where(eq(users.email, `${name.toLowerCase()}@example.com`));
    await close();
    const call = await callsOf(app.url, name);
    const { id } = (await call('POST', 'trading/positions', { epic, direction: 'BUY', size: '1' })) as {
      id: string;
    };
    const price = (await call('GET', `market-data/prices?epics=${epic}`)) as { prices: { bid: string }[] };
    const level = (Number(price.prices[0]!.bid) - 0.02).toFixed(4);
    await call('POST', 'trading/orders', { epic, direction: 'BUY', size: '1', type: 'limit', level });
    return { page, dealId: id };
  }
  const visit = async (page: Page, path: string) => {
    await page.goto(`${app.url}/#${path}`);
    await viewReady(page);
  };

  test(
    'axe-core finds nothing on any view in light and dark; on a laptop and on a phone nothing moves by itself, nothing is too wide or too small for a thumb',
    async () => {
      const { page, dealId } = await trader('Ada');
      const found: string[] = [];
      const look = async (path: string, title: string) => {
        const note = (of: string, problems: string[]) =>
          found.push(...problems.map((each) => `${path} ${of}: ${each}`));
        for (const [size, viewport] of Object.entries({ laptop, phone })) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme: 'light' });
          await page.reload();
          await viewReady(page);
          const { shifts, shifted } = await shiftsOf(page);
          if (shifts > mostShift) note(size, [`moves by ${shifts.toFixed(3)}: ${shifted.join(', ')}`]);
          note(size, await sideways(page));
          if (viewport === phone) {
            note(size, await smallTargets(page));
            note(size, await axeProblems(page, ['target-size'])); // the rest is of what is drawn, not of where
          } else {
            note(`${size}, light`, await axeProblems(page));
            await page.emulateMedia({ colorScheme: 'dark' });
            note(`${size}, dark`, await axeProblems(page, ['color-contrast']));
          }
          const folder = process.env['SCREENSHOTS'];
          if (folder === undefined) continue;
          for (const colorScheme of ['dark', 'light'] as const) {
            await page.emulateMedia({ colorScheme });
            const name = path.replaceAll('/', '-').slice(1).replace(dealId, 'one') || title;
            await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png`, fullPage: true });
          }
        }
      };
      for (const path of [
        '/',
        `/market/${epic}`,
        `/market/${epic}/buy`,
        `/deal/${dealId}`,
        '/portfolio',
        '/history',
        '/inbox',
        '/accounts',
        '/accounts/connect',
        '/you',
        '/admin',
        '/no/such/place',
      ]) {
        await visit(page, path);
        await look(path, 'floor');
      }
      await page.context().clearCookies();
      for (const path of ['/', '/sign-up', '/forgotten']) {
        await visit(page, path);
        await look(path, 'sign-in');
      }
      expect(found).toEqual([]);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'a view, a section, a deal and an account are addresses: linked, reloaded, in the title with whose money it is, and the focus is on the heading',
    async () => {
      const { page, dealId } = await trader('Grace');
      const heading = () => page.evaluate(() => document.activeElement?.textContent);
      await page.getByRole('link', { name: 'All history' }).click();
      await eventually(heading).toMatch(/^History/);
      expect(await page.title()).toBe('[SIMULATED] History · FTrader');
      await page.goto(`${app.url}/#/you/two-factor`);
      await eventually(heading).toBe('Two-factor authentication');
      await page.goto(`${app.url}/#/deal/${dealId}`);
      await page.getByRole('table', { name: 'Deal' }).getByText('Sent to the broker').waitFor();
      await page.reload();
      await page.getByRole('table', { name: 'Deal' }).getByText('Sent to the broker').waitFor();
      await page.goBack();
      await eventually(heading).toBe('Two-factor authentication');
      await page.goForward();
      await page.getByRole('table', { name: 'Deal' }).waitFor();
      await page.goto(`${app.url}/#/deal/deal_00000000000000000000000000`);
      await page.getByText('You have no deal deal_00000000000000000000000000.').waitFor();
      await page.goto(`${app.url}/?account=acc_other#/`);
      await page.getByText('The account of this address is not among yours.').waitFor();
      await page.goto(`${app.url}/#/watchlist/wl_other`);
      await page.getByText('The watchlist of this address is not among yours.').waitFor();
      expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/icon-simulated.svg');
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'by keyboard alone the palette opens a ticket, closes a position, cancels an order, reaches the kill switch and the faults, darkens the page and signs out',
    async () => {
      const { page } = await trader('Joan');
      await page.reload();
      await positions(page).waitFor();
      const options = page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
      const command = async (typed: string, name: RegExp) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: 'Command or market' }).fill(typed);
        await options.filter({ hasText: name }).first().waitFor();
        const selected = options.and(page.locator('[aria-selected=true]'));
        for (let steps = 0; steps < 20 && !name.test(await selected.innerText()); steps++)
          await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await options.first().waitFor({ state: 'detached' });
      };
      await page.getByRole('button', { name: 'Commands' }).focus();
      await page.keyboard.press('Control+k');
      await options.first().waitFor();
      await page.keyboard.press('Escape');
      await eventually(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Commands');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
      await page.keyboard.press('Escape');

      await command('sell gbp', /^Sell GBP\/USD/);
      await page.getByRole('dialog', { name: 'GBP/USD' }).waitFor();
      await command('history', /^Go to History/);
      await command('close eur', /^Close Buy 1 EUR\/USD/);
      const pressed = (name: RegExp) =>
        eventually(() => page.evaluate(() => document.activeElement?.ariaLabel)).toMatch(name);
      await pressed(/^Close 1 EUR\/USD/);
      await page.keyboard.press('Enter');
      await pressed(/^Press again/);
      await page.keyboard.press('Enter');
      await positions(page).waitFor({ state: 'detached' });
      await command('cancel the order', /^Cancel the order to buy 1 EUR\/USD/);
      await pressed(/^Cancel the order/);
      await page.keyboard.press('Enter');
      await pressed(/^Press again/);
      await page.keyboard.press('Enter');
      await page.getByRole('table', { name: 'Working orders' }).waitFor({ state: 'detached' });
      await command('kill', /^Kill switch/);
      await page.getByRole('group', { name: 'Kill switch' }).waitFor();
      await page.keyboard.press('Escape');
      await command('faults', /^Faults of the simulated broker/);
      await page
        .getByRole('region', { name: 'Faults of the simulated broker' })
        .getByRole('switch')
        .first()
        .waitFor();
      expect(await axeProblems(page)).toEqual([]);
      await command('faults', /^Faults of the simulated broker/); // it stays open
      expect(await page.getByRole('switch').count()).toBeGreaterThan(0);
      await command('dark', /^Appearance: Dark/);
      expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
      await command('sign out', /^Sign out/);
      await demoButton(page).waitFor();
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'the first view weighs less than 300 kB as it is sent, and loads no part that is not shown',
    async () => {
      const page = await browser.newPage(phone);
      const bodies: Promise<[string, Buffer]>[] = [];
      page.on('response', (response) => {
        if (/\.(js|css|svg|html)$|\/$/.test(new URL(response.url()).pathname))
          bodies.push(response.body().then((body) => [response.url(), body]));
      });
      await signInWithDemo(page, app.url);
      await pricesChange(page, 1);
      const loaded = await Promise.all(bodies);
      const bytes = loaded.reduce((sum, [, body]) => sum + gzipSync(body).length, 0);
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThan(mostBytes);
      const later = /(chart|admin|history|portfolio|you-view|inbox|accounts-view|palette)[\w-]*\.js/;
      expect(loaded.map(([url]) => url).filter((url) => later.test(url))).toEqual([]);
      await openTicket(page, 'Buy', 'EUR/USD');
      await rows(page).first().waitFor({ state: 'attached' });
      await page.close();
    },
    timeoutMs,
  );
});
