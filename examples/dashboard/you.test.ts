// What somebody keeps of themselves on the page: profile, password, devices, API keys and their data. One product and one browser for all of it.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { sessions } from '../../drizzle/schema/index.ts';
import { totpCode } from '../../server/modules/auth/totp.ts';
import { createDatabase } from '../../server/db/client.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { mailedCode } from '../../server/testing/mailed-code.ts';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, newcomersPage, pressTwice, rows, screenshots, signOut } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const timeoutMs = 180_000; // minutes where the machine is busy with other things
/** Of an authenticator's codes. */
const stepMs = 30_000;
const oldPassword = 'correct horse battery';
const newPassword = 'another horse battery';

/** Another code of as many digits. */
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const form = (page: Page, name: string) => page.getByRole('form', { name });
const owned = (page: Page, name: string) => page.getByRole('list', { name }).getByRole('listitem');
/** What stands beside a field of a form. */
const note = (page: Page, name: string, label: string) =>
  form(page, name)
    .locator('label', { hasText: new RegExp(`^${label}`) })
    .locator('.down');

await describeWith('chromium', 'what is kept of oneself on the page', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  async function visit(name: string) {
    const page = await newcomersPage(browser, app.url, name, laptop);
    await page.getByRole('button', { name: /^Account menu/ }).click();
    await page.getByRole('link', { name: 'You', exact: true }).click();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    return { page, [Symbol.asyncDispose]: () => page.close() };
  }

  /** Nobody has proved lately who they are. */
  async function forgetProofs() {
    const { db, close } = createDatabase({ url: app.databaseUrl, logger: silentLogger });
    await db.update(sessions).set({ provedAt: new Date(0) });
    await close();
  }

  test(
    'a profile is saved as it is kept, what is wrong with a field stands beside it, and the head has the new name',
    async () => {
      await using visitor = await visit('Ada');
      const { page } = visitor;
      const profile = form(page, 'Profile');
      await profile.getByLabel('Phone').fill('020 7946 0000');
      await profile.getByLabel('Country').fill('gb');
      await profile.getByLabel('Base currency').fill('XQZ');
      await profile.getByLabel('Risk profile').selectOption('Moderate');
      await profile.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
      await profile.getByRole('button', { name: 'Save the profile' }).click();
      await note(page, 'Profile', 'Phone').getByText('must begin with + and the country').waitFor();
      await note(page, 'Profile', 'Base currency').getByText('ISO 4217').waitFor();
      expect(await note(page, 'Profile', 'Country').count()).toBe(0);
      expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('phone');
      await screenshots(page, 'you');

      await profile.getByLabel('Phone').fill('+44 20 7946 0000');
      await profile.getByLabel('Base currency').fill('gbp');
      await profile.getByRole('button', { name: 'Save the profile' }).click();
      await profile.getByText('The profile is saved.').waitFor();
      await page.reload();
      const shown = (label: string) => profile.getByLabel(label).inputValue();
      expect(await shown('Phone')).toBe('+442079460000');
      expect([await shown('Country'), await shown('Base currency')]).toEqual(['GB', 'GBP']);
      expect([await shown('Risk profile'), await shown('Language')]).toEqual(['moderate', '']);
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('group', { name: 'Account menu' }).getByText('Ada Lovelace').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'another device is seen and signed out, and a changed password signs out every other one',
    async () => {
      await using visitor = await visit('Bea');
      const { page } = visitor;
      const first = await callsOf(app.url, 'Bea');
      await page.reload();
      await owned(page, 'Devices').filter({ hasText: 'This one' }).waitFor();
      expect(await owned(page, 'Devices').count()).toBe(2);
      await pressTwice(page, 'Sign out node', 'sign out node');
      await expect.poll(() => owned(page, 'Devices').count()).toBe(1);
      await expect(first('GET', 'users/me')).rejects.toThrow('401');

      const second = await callsOf(app.url, 'Bea');
      const change = async (password: string) => {
        await form(page, 'Password').getByLabel('Present password').fill(password);
        await form(page, 'Password').getByLabel('New password').fill(newPassword);
        await form(page, 'Password').getByRole('button', { name: 'Change the password' }).click();
      };
      await change('wrong horse battery');
      await note(page, 'Password', 'Present password').getByText('type it again').waitFor();
      await second('GET', 'users/me');
      await change(oldPassword);
      await page.getByText('The password is changed').waitFor();
      await expect(second('GET', 'users/me')).rejects.toThrow('401');
      await expect(callsOf(app.url, 'Bea')).rejects.toThrow('401'); // with the old one
      await page.reload();
      await owned(page, 'Devices').filter({ hasText: 'This one' }).waitFor(); // still signed in here
    },
    timeoutMs,
  );

  test(
    'a key is made by who proves once more who they are, is shown once, does over REST what it may and nothing else, and is refused when it is revoked',
    async () => {
      await using visitor = await visit('Cyd');
      const { page } = visitor;
      await page.getByRole('button', { name: 'New key' }).click();
      const making = form(page, 'New API key');
      await making.getByLabel('Name').fill('reader');
      await making.getByLabel('Works from').fill('192.0.2.0/24, nowhere');
      await making.getByRole('button', { name: 'Make the key' }).click();
      await making.getByRole('group', { name: 'It may' }).locator('.down').waitFor(); // nothing yet
      await making.getByLabel('See accounts').check();
      await making.getByLabel('On accounts').selectOption('Only these');
      await making.getByRole('group', { name: 'Which' }).getByRole('checkbox').check();
      await making.getByRole('button', { name: 'Make the key' }).click();
      await note(page, 'New API key', 'Works from').getByText('nowhere, which is no address').waitFor();
      await screenshots(page, 'new-key');
      await making.getByLabel('Works from').fill('127.0.0.1, ::1');
      await forgetProofs();
      await making.getByRole('button', { name: 'Make the key' }).click();
      const proof = form(page, 'Prove that it is you');
      await proof.getByLabel('Your password').fill('wrong horse battery');
      await page.keyboard.press('Enter');
      await proof.getByText('type it again').waitFor();
      await screenshots(page, 'proof');
      await proof.getByLabel('Your password').fill(oldPassword);
      await page.keyboard.press('Enter');
      const key = await page.getByLabel('Key', { exact: true }).inputValue();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByText('Copied.').waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
      await screenshots(page, 'made-key');

      const ask = async (path: string) =>
        (await fetch(`${app.url}/api/${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
      expect([await ask('accounts'), await ask('market-data/watchlists')]).toEqual([200, 403]);
      await page.getByRole('button', { name: 'I have it' }).click();
      await page.reload();
      await owned(page, 'API keys').getByText('account:read').waitFor();
      expect(await page.content()).not.toContain(key);
      await pressTwice(page, 'Revoke reader', 'revoke reader');
      await owned(page, 'API keys').waitFor({ state: 'detached' });
      expect(await ask('accounts')).toBe(401);
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'all that is kept of somebody is saved as one file',
    async () => {
      await using visitor = await visit('Dot');
      const { page } = visitor;
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save your data' }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^ftrader-data-\d{4}-\d\d-\d\d\.json$/);
      const tables = JSON.parse(await readFile(await download.path(), 'utf8')) as Record<string, object[]>;
      expect(tables['users']).toEqual([expect.objectContaining({ email: 'dot@example.com', name: 'Dot' })]);
      expect(tables['broker_accounts']).toHaveLength(1);
    },
    timeoutMs,
  );

  test(
    'who has forgotten the password chooses another with a mailed code, and signs in with it',
    async () => {
      await using visitor = await visit('Eve');
      const { page } = visitor;
      await signOut(page);
      await page.getByRole('link', { name: 'Forgot it?' }).click();
      await page.getByLabel('E-mail address').fill('eve@example.com');
      await page.getByRole('button', { name: 'Mail me a code' }).click();
      const choosing = form(page, 'Choose a password');
      await choosing.getByLabel('Code').fill('a code that is none, but long enough');
      await choosing.getByLabel('New password').fill(newPassword);
      await choosing.getByRole('button', { name: 'Set the password' }).click();
      await note(page, 'Choose a password', 'Code').getByText('ask for another').waitFor();
      await screenshots(page, 'forgotten');
      await choosing.getByLabel('Code').fill(await mailedCode(app.url, 'eve@example.com', 'a new password'));
      await choosing.getByRole('button', { name: 'Set the password' }).click();
      await page.getByText('Your password is changed').waitFor();
      await page.getByLabel('E-mail address').fill('eve@example.com');
      await page.getByLabel('Password').fill(newPassword);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await rows(page).first().waitFor();
    },
    timeoutMs,
  );

  test(
    'with an authenticator set up, signing in asks for its code, new recovery codes end the old ones, one of them switches it off, and signing out everywhere ends this page too',
    async () => {
      await using visitor = await visit('Fay');
      const { page } = visitor;
      await forgetProofs();
      await page.getByRole('button', { name: 'Set up' }).click();
      await form(page, 'Prove that it is you').getByLabel('Your password').fill(oldPassword);
      await page.keyboard.press('Enter');
      const secret = (await page.getByTestId('totp-secret').textContent())!;
      const code = (steps = 0) => totpCode(secret, new Date(Date.now() + steps * stepMs));
      await page.getByRole('img', { name: 'QR code' }).waitFor();
      await screenshots(page, 'two-factor');
      const confirming = form(page, 'Confirm the authenticator');
      await confirming.getByLabel('Code').fill(wrong(code()));
      await page.keyboard.press('Enter');
      await note(page, 'Confirm the authenticator', 'Code').getByText('wrong').waitFor();
      await confirming.getByLabel('Code').fill(code());
      await page.keyboard.press('Enter');
      const recovery = (await page.getByLabel('Recovery codes', { exact: true }).inputValue()).split('\n');
      await page.getByText('Recovery codes left: 10.').waitFor();
      await screenshots(page, 'recovery-codes');
      expect(recovery).toHaveLength(10);

      await page.getByLabel('Revoke all API keys').check();
      await page.getByRole('button', { name: 'Sign out everywhere' }).click();
      await page.getByText('You are signed out everywhere.').waitFor();
      await page.getByLabel('E-mail address').fill('fay@example.com');
      await page.getByLabel('Password').fill(oldPassword);
      await page.keyboard.press('Enter');
      const ofCode = page.getByLabel('Code of your authenticator');
      await ofCode.fill(wrong(code(1)));
      await page.keyboard.press('Enter');
      await page.getByText('This code is wrong').waitFor();
      await screenshots(page, 'sign-in-code');
      await ofCode.fill(code(1)); // what was confirmed with was used
      await page.keyboard.press('Enter');
      await rows(page).first().waitFor();

      await page.goto(`${app.url}/#/you`);
      await forgetProofs();
      await pressTwice(page, 'Make new recovery codes', 'make new recovery codes');
      await form(page, 'Prove that it is you').getByLabel('Code of your').fill(recovery[0]!);
      await page.keyboard.press('Enter');
      const anew = (await page.getByLabel('Recovery codes', { exact: true }).inputValue()).split('\n');
      await page.getByText('Recovery codes left: 10.').waitFor();
      expect(new Set([...recovery, ...anew]).size).toBe(20);

      const off = form(page, 'Switch it off');
      await off.getByLabel('Code').fill(recovery[1]!); // of those that have ended
      await off.getByRole('button', { name: 'Switch it off' }).click();
      await note(page, 'Switch it off', 'Code').getByText('wrong').waitFor();
      await off.getByLabel('Code').fill(anew[0]!);
      await off.getByRole('button', { name: 'Switch it off' }).click();
      await page.getByRole('button', { name: 'Set up' }).waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'another address is one’s own once the code mailed to it is typed in, and a deleted account signs in no more',
    async () => {
      await using visitor = await visit('Gil');
      const { page } = visitor;
      await form(page, 'Another address').getByLabel('Another address').fill('gilbert@example.com');
      await page.getByRole('button', { name: 'Change the address' }).click();
      const confirming = form(page, 'Confirm the change');
      await confirming
        .getByLabel('Code')
        .fill(await mailedCode(app.url, 'gilbert@example.com', 'new e-mail address'));
      await confirming.getByRole('button', { name: 'Confirm the change' }).click();
      await page.getByRole('button', { name: 'Account menu, gilbert@example.com' }).waitFor();

      await pressTwice(page, 'Delete my account', 'delete my account');
      await page.getByText('Your account is deleted.').waitFor();
      await page.getByLabel('E-mail address').fill('gilbert@example.com');
      await page.getByLabel('Password').fill(oldPassword);
      await page.keyboard.press('Enter');
      await page.getByText('E-mail address or password is wrong').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
