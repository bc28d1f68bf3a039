import { expect, test } from 'vitest';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { connectionState, demoButton, openBrowser, openWire, pricesChange, rows, signInWithDemo } from './page-steps.ts';

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
/** A browser, a whole server, and prices that take their time. */
const timeoutMs = 90_000;

await describeWith('chromium', 'the page in a real browser', (executablePath) => {
  test('one click on the demo login shows twelve live prices with their ages; a lost connection is told, and mends', async () => {
    await using app = await testApp();
    await using wire = await openWire(app.url);
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage(desktop);

    await signInWithDemo(page, wire.url);
    expect((await pricesChange(page, 12)).length).toBeGreaterThanOrEqual(12);
    for (const age of await rows(page).locator('.age time').allTextContents()) expect(age).toMatch(/^\d+(\.\d)? (s|min|h|d)$/);

    await wire.cut();
    await connectionState(page, 'reconnecting');
    await page.locator('table.not-live').waitFor(); // prices that cannot be live do not look it
    await wire.mend();
    await connectionState(page, 'live');
    await pricesChange(page, 3);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await demoButton(page).waitFor();
    await page.reload();
    await demoButton(page).waitFor();
    expect(browser.problems).toEqual([]);
  }, timeoutMs);

  test('a market is added by search and removed by keyboard, and one the server does not know is left out', async () => {
    await using app = await testApp();
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage(desktop);
    await page.addInitScript(() => localStorage.getItem('ftrader.markets') ?? localStorage.setItem('ftrader.markets', JSON.stringify(['CS.D.EURUSD.CFD.IP', 'XX.D.NOSUCH.CFD.IP'])));
    await signInWithDemo(page, app.url);
    await pricesChange(page, 1);
    expect(await rows(page).count()).toBe(1);

    await page.getByRole('combobox').fill('FTSE');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    const added = rows(page).nth(1);
    await added.locator('.bid').getByText(/\d/).waitFor();
    await page.reload();
    await added.waitFor(); // kept across visits, and so is the session
    await added.locator('.remove button').focus();
    await page.keyboard.press('Enter');
    await added.waitFor({ state: 'detached' });
    expect(browser.problems).toEqual([]);
  }, timeoutMs);

  test('a wrong password says so with its request id, and a phone shows all without scrolling sideways', async () => {
    await using app = await testApp();
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage(phone);
    await page.goto(app.url);
    await page.getByLabel('E-mail address').fill('nobody@ftrader.local');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').getByText(/req_/).waitFor();
    await signInWithDemo(page, app.url);
    await pricesChange(page, 1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
    expect(browser.problems).toEqual([]);
  }, timeoutMs);
});
