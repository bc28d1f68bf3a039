// The fault switchboard of the simulated broker in a real Chromium: what is switched strikes the next deal, and the ticket shows its life.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { newcomersPage, openTicket, outcome, screenshots } from './page-steps.ts';

async function openFaults(page: Page) {
  await page.getByRole('button', { name: /^Account menu/ }).click();
  await page.getByRole('link', { name: 'Accounts', exact: true }).click();
  await page.getByRole('button', { name: /^Faults / }).click();
}

await describeWith('chromium', 'the fault switchboard', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));

  test('an answer that is lost on purpose shows unknown, then accepted, each step and the evidence; a fault for everybody is not theirs', async () => {
    await using page = await newcomersPage(browser, app.url, 'Ida', { width: 1280, height: 800 });
    await openFaults(page);
    const fault = page.locator('[data-fault=lost_answer]');
    const knob = fault.getByRole('switch');
    await knob.click();
    await page.locator('[data-fault=lost_answer][data-state=armed]').waitFor();
    expect(await knob.getAttribute('aria-checked')).toBe('true');
    const all = page.locator('[data-fault=refused_logins]').getByRole('switch');
    expect(await all.getAttribute('aria-disabled')).toBe('true');
    await screenshots(page, 'faults');

    await page.getByRole('link', { name: 'To the prices' }).click();
    await openTicket(page, 'Buy', 'EUR/USD');
    await page.getByRole('button', { name: 'Buy at market' }).click();
    await outcome(page, 'unknown').waitFor();
    const life = page.getByRole('dialog', { name: 'EUR/USD' }).locator('.timeline');
    await life.getByText('Not decided yet').waitFor();
    await outcome(page, 'accepted').waitFor();
    await life.locator('[data-step=decided]').waitFor();
    await life.getByText(/answer was lost, and its own stream shows that it was accepted\.$/).waitFor();
    expect(
      await life.locator('li').evaluateAll((items) => items.map((item) => item.getAttribute('data-step'))),
    ).toEqual(['admitted', 'sent', 'unknown', 'broker_decided', 'decided']);
    await screenshots(page, 'fault-ticket');

    await openFaults(page);
    await page.locator('[data-fault=lost_answer][data-state=spent]').waitFor();
    expect(browser.problems).toEqual([]);
  }, 90_000);
});
