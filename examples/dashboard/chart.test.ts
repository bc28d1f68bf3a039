// The chart of a market on the page: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, deals, newcomersPage, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;
const epic = 'CS.D.EURUSD.CFD.IP';

const chart = (page: Page) => page.getByRole('region', { name: 'EUR/USD chart of the bid' });
const summary = (page: Page) => page.getByTestId('chart-summary');
const handle = (page: Page, label: string) =>
  chart(page).getByRole('button', { name: new RegExp(`^${label} at `) });
const draft = (page: Page, label: string) => page.getByRole('group', { name: `Change of ${label}` });
/** Waits until the text of the summary is another one. */
const moves = (page: Page, from: string | null) =>
  page.waitForFunction(
    (before) => document.querySelector('[data-testid=chart-summary]')?.textContent !== before,
    from,
  );
/** Up by so many pixels, with the mouse. */
async function drag(page: Page, label: string, pixels: number) {
  await handle(page, label).hover(); // once it stands still
  const { x, y, width, height } = (await handle(page, label).boundingBox())!;
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height / 2 - pixels, { steps: 4 });
  await page.mouse.up();
}

await describeWith('chromium', 'the chart of a market on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  const visit = (name: string, size = laptop) => newcomersPage(browser, app.url, name, size);
  /** A position with a stop and a limit near the price, and an order. */
  async function deal(name: string) {
    const call = await callsOf(app.url, name);
    const { bid } = ((await call('GET', `market-data/prices?epics=${epic}`)) as { prices: { bid: string }[] })
      .prices[0]!;
    const at = (points: number) => (Number(bid) + points / 10_000).toFixed(5);
    const own = { epic, direction: 'BUY', size: '1' };
    await call('POST', 'trading/positions', { ...own, stopLevel: at(-30), limitLevel: at(40) });
    await call('POST', 'trading/orders', { ...own, type: 'limit', level: at(-15), stopDistancePoints: '10' });
    return { call, at };
  }

  test(
    'the chart grows with ticks at the resolution that is chosen, which the browser keeps, and names who made it',
    async () => {
      await using page = await visit('Ada');
      await summary(page)
        .getByText(/^(\d\d+) candles of 1 minute/)
        .waitFor();
      await chart(page).locator('canvas').first().waitFor();
      await moves(page, await summary(page).textContent()); // the forming candle follows ticks
      await chart(page).getByRole('link', { name: 'TradingView Lightweight Charts™' }).waitFor();
      await screenshots(page, 'chart', ['laptop']);
      await page.getByLabel('Length of a candle').selectOption('1 second');
      await summary(page)
        .getByText(/^\d+ candles of 1 second/)
        .waitFor();
      const count = () =>
        summary(page)
          .textContent()
          .then((text) => Number.parseInt(text!, 10));
      const before = await count();
      await page.waitForFunction(
        (known) =>
          Number.parseInt(document.querySelector('[data-testid=chart-summary]')!.textContent!, 10) >=
          known + 2,
        before,
      );
      await page.reload();
      await summary(page)
        .getByText(/candles of 1 second/)
        .waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'levels of positions and orders are drawn, and changed by dragging: nothing is sent before it is confirmed, a refusal is said, and the rows follow',
    async () => {
      await using page = await visit('Grace');
      const { at, call } = await deal('Grace');
      // Its scale is so wide that all lines are in sight, and stay where they are while prices move.
      await page.getByLabel('Length of a candle').selectOption('1 hour');
      await summary(page)
        .getByText(/^\d\d+ candles of 1 hour/)
        .waitFor();
      for (const label of ['Buy 1', 'Stop of Buy 1', 'Limit of Buy 1', 'Buy 1 limit', 'Stop of Buy 1 limit'])
        await chart(page)
          .locator('.handle:not([hidden])')
          .filter({ hasText: new RegExp(`^(↕ )?${label} \\d`) })
          .waitFor();
      let sent = 0;
      page.on('request', (request) => /amend(Position|Order)/.test(request.url()) && sent++);

      await drag(page, 'Stop of Buy 1', 20);
      await draft(page, 'Stop of Buy 1').waitFor();
      await screenshots(page, 'chart-draft', ['laptop']);
      await draft(page, 'Stop of Buy 1').getByRole('button', { name: 'Cancel' }).click();
      await draft(page, 'Stop of Buy 1').waitFor({ state: 'detached' });
      expect(sent).toBe(0);
      const stop = page.getByLabel('Stop of EUR/USD', { exact: true });
      expect(Number(await stop.inputValue())).toBe(Number(at(-30)));

      await drag(page, 'Stop of Buy 1', 12);
      const meant = await page.getByLabel('Stop of Buy 1 of EUR/USD, dragged').inputValue();
      expect(Number(meant)).toBeGreaterThan(Number(at(-30)));
      await draft(page, 'Stop of Buy 1').getByRole('button', { name: 'Send' }).click();
      await draft(page, 'Stop of Buy 1').waitFor({ state: 'detached' });
      expect([sent, Number(await stop.inputValue())]).toEqual([1, Number(meant)]);

      // The order by keyboard: from its level to a pip below it.
      const order = page.getByLabel('Level of the order to buy 1 EUR/USD');
      await handle(page, 'Buy 1 limit').focus();
      await page.keyboard.press('PageDown');
      await page.keyboard.press('Enter');
      await draft(page, 'Buy 1 limit').waitFor();
      await page.keyboard.press('Enter'); // its button has the focus
      await draft(page, 'Buy 1 limit').waitFor({ state: 'detached' });
      expect(Number(await order.inputValue())).toBe(Number(at(-16)));

      // The order's own stop by keyboard: a pip nearer, kept as a distance from the order.
      await handle(page, 'Stop of Buy 1 limit').focus();
      await page.keyboard.press('PageUp');
      await page.keyboard.press('Enter');
      await draft(page, 'Stop of Buy 1 limit').waitFor();
      await page.keyboard.press('Enter');
      await draft(page, 'Stop of Buy 1 limit').waitFor({ state: 'detached' });
      const { orders } = (await call('GET', 'trading/orders')) as {
        orders: { stopDistancePoints: string }[];
      };
      expect(orders.map(({ stopDistancePoints }) => Number(stopDistancePoints))).toEqual([9]);

      // Above the price a stop is on the wrong side.
      await drag(page, 'Stop of Buy 1', 150);
      await draft(page, 'Stop of Buy 1').getByRole('button', { name: 'Send' }).click();
      await draft(page, 'Stop of Buy 1')
        .getByText(/is on the wrong side of the price/)
        .waitFor();
      await draft(page, 'Stop of Buy 1').getByRole('button', { name: 'Leave it' }).click();
      await draft(page, 'Stop of Buy 1').waitFor({ state: 'detached' });
      expect(await deals(page).locator('.status').allTextContents()).toEqual([
        'Denied',
        'Accepted',
        'Accepted',
        'Accepted',
        'Accepted',
        'Accepted',
      ]);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'on a phone the chart stands with the details of the market that is looked at, without scrolling sideways',
    async () => {
      await using page = await visit('Katherine', phone);
      await deal('Katherine');
      expect(await chart(page).count()).toBe(0);
      await page.getByRole('button', { name: 'EUR/USD', exact: true }).first().click();
      await summary(page)
        .getByText(/^\d\d+ candles/)
        .waitFor();
      await handle(page, 'Stop of Buy 1').waitFor();
      await screenshots(page, 'chart-phone', ['phone']);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
