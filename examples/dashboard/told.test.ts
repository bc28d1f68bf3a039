// How somebody is told, set on the page: what is sent by which channel, and webhooks to a real receiver. One product and one browser for all of it.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { startReceiver } from '../../server/testing/delivery-rig.ts';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { callsOf, newcomersPage, pressTwice, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const timeoutMs = 180_000;
const epic = 'CS.D.EURUSD.CFD.IP';

const form = (page: Page, name: string) => page.getByRole('form', { name, exact: true });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const quiet = (page: Page, name: string) => page.locator(`input[name="quietHours.${name}"]`);
const box = (page: Page, name: string) => page.getByRole('checkbox', { name, exact: true });

await describeWith('chromium', 'how somebody is told, set on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(
    executablePath,
    (bench) => ({ app, browser } = bench),
    () => testApp({ env: { WEBHOOK_NETWORKS: '127.0.0.0/8' } }),
  );
  async function visit(name: string) {
    const page = await newcomersPage(browser, app.url, name, laptop);
    await page.goto(`${app.url}/#/you`);
    await form(page, 'What is sent').waitFor();
    return page;
  }

  test(
    'what is ticked, and quiet hours, are kept as they were saved; what is wrong with them stands beside the field; as usual takes ticks back and leaves quiet hours',
    async () => {
      await using page = await visit('Ada');
      const sent = form(page, 'What is sent');
      const usual = await box(page, 'Deal accepted: Here').isChecked();
      expect(usual).toBe(true);
      expect(await box(page, 'Dead man fired: Here').isDisabled()).toBe(true); // critical
      await box(page, 'Deal accepted: E-mail').setChecked(true);
      await box(page, 'Deal accepted: Here').setChecked(false);
      await quiet(page, 'from').fill('22:30');
      await quiet(page, 'to').fill('22:30');
      await quiet(page, 'timeZone').fill('Nowhere/City');
      await press(page, 'Save what is sent');
      await eventually(() => sent.locator('label .down').count()).toBeGreaterThan(0);
      await quiet(page, 'to').fill('07:00');
      await quiet(page, 'timeZone').fill('Europe/Zurich');
      await press(page, 'Save what is sent');
      await sent.getByText('It is saved.').waitFor();
      await page.reload();
      await sent.waitFor();
      const shown = async () => [
        await box(page, 'Deal accepted: Here').isChecked(),
        await box(page, 'Deal accepted: E-mail').isChecked(),
        await quiet(page, 'from').inputValue(),
        await quiet(page, 'to').inputValue(),
        await quiet(page, 'timeZone').inputValue(),
      ];
      expect(await shown()).toEqual([false, true, '22:30', '07:00', 'Europe/Zurich']);
      await screenshots(page, 'told');
      await press(page, 'Send a test: Here');
      await page.getByText('The test was delivered.').waitFor();
      await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
      await pressTwice(page, 'Have all kinds sent as usual', 'have all kinds sent as usual');
      await eventually(shown).toEqual([true, false, '22:30', '07:00', 'Europe/Zurich']);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a webhook shows its secret once, sends a test and what happens to its server, lists both with their attempts and delivers one again; paused it sends nothing, deleted it is gone',
    async () => {
      let broken = false;
      await using receiver = await startReceiver((res) => res.writeHead(broken ? 500 : 204).end());
      await using page = await visit('Bea');
      const call = await callsOf(app.url, 'Bea');
      await press(page, 'New webhook');
      const making = form(page, 'New webhook');
      await making.getByLabel('Name').fill('bot');
      await making.getByLabel('URL').fill('http://192.0.2.1/hook');
      await press(page, 'Make the webhook');
      await making.locator('label .down').getByText('WEBHOOK_NETWORKS').waitFor();
      await making.getByLabel('URL').fill(receiver.url);
      await press(page, 'Make the webhook');
      const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
      expect(secret).toMatch(/^whsec_/);
      await page.reload();
      const hook = page.getByRole('list', { name: 'Webhooks' }).getByRole('listitem').first();
      await hook.getByText('nothing delivered yet').waitFor();
      expect(await page.content()).not.toContain(secret);

      await press(page, 'Send a test: bot');
      await hook.getByText('The test was delivered.').waitFor();
      await receiver.took(1);
      await call('POST', 'trading/positions', { epic, direction: 'BUY', size: '1' });
      await receiver.took(2);
      expect(receiver.taken.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
        'channel.test',
        'deal.accepted',
      ]);
      await press(page, 'Deliveries: bot');
      const rows = page.getByRole('table', { name: 'Deliveries of bot' }).locator('tbody tr');
      const states = () => rows.locator('.badge').allTextContents();
      await eventually(async () => {
        await press(page, 'Read again');
        return states();
      }).toEqual(['Delivered', 'Delivered']);
      await rows.first().getByText('1 attempt').click();
      await rows
        .first()
        .getByText(/answer 204/)
        .waitFor();
      await screenshots(page, 'webhooks');
      await page.setViewportSize(phone);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await page.setViewportSize(laptop);

      await rows
        .first()
        .getByRole('button', { name: /^Deliver Deal accepted/ })
        .click();
      await receiver.took(3);
      expect(receiver.ids()[2]).toBe(receiver.ids()[1]); // the same message
      broken = true;
      await press(page, 'Send a test: bot');
      await hook.getByText(/^The test was not delivered: .*500/).waitFor();
      await press(page, 'Pause: bot');
      await hook.getByText('Paused', { exact: true }).waitFor();
      await press(page, 'Resume: bot');
      await page.getByRole('button', { name: 'Pause: bot' }).waitFor();
      await pressTwice(page, 'Give bot a new secret', 'give bot a new secret');
      expect(await page.getByLabel('Secret', { exact: true }).inputValue()).not.toBe(secret);
      await hook.getByText('signs with the former secret as well until').waitFor();
      await pressTwice(page, 'Delete bot', 'delete bot');
      await page.getByRole('list', { name: 'Webhooks' }).waitFor({ state: 'detached' });
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
