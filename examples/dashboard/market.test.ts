// One market closer up on the page: one product and one browser for all of it, a visitor of their own for each test.
import { expect, test } from 'vitest';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { newcomersPage, pricesChange, screenshots, signInAsNewcomer } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 90_000;

await describeWith('chromium', 'one market on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));

  test(
    'details tell the hours by both clocks, how others are positioned and the rules; on a phone they come up and go',
    async () => {
      await using page = await newcomersPage(browser, app.url, 'Ada', phone);
      await page.getByRole('button', { name: 'Apple Inc', exact: true }).click();
      const details = page.getByRole('region', { name: 'Apple Inc' });
      await details.getByText(/^(Open: closes|Closed: opens) .*\d\d:\d\d \(in \d+ (min|h|d|s)\)/).waitFor();
      await details.getByText(/^\d\d:\d\d–\d\d:\d\d.*, (Mon–Fri|every day), in New York$/).waitFor();
      await details.getByText(/^\d+(\.\d+)? % long$/).waitFor();
      await details.getByText('Farthest stop').waitFor();
      expect(await details.getByText('The broker is away').count()).toBe(0);
      await screenshots(page, 'market');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await details.getByRole('button', { name: 'Close' }).click();
      await details.waitFor({ state: 'hidden' });
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'while the broker is away details say since when they are not news',
    async () => {
      await using page = await browser.newPage(laptop);
      await page.route(/marketData\.get\b/, async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        const earlier = new Date(Date.now() - 3 * 3_600_000).toISOString();
        await route.fulfill({
          response,
          body: text.replaceAll(/"readAt":"[^"]+"/g, `"readAt":"${earlier}"`),
        });
      });
      await signInAsNewcomer(page, app.url, 'Alan');
      await pricesChange(page, 1);
      await page
        .getByText(/^The broker is away: hours and rules are as it told them .*\d\d:\d\d:\d\d\.$/)
        .waitFor();
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
