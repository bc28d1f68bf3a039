// What an administrator does on the page. One product and one browser for all of it.
import { eq, sql } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sessions, users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../../server/db/client.ts';
import type { Db } from '../../server/db/transaction.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, newcomersPage, pressTwice, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const timeoutMs = 180_000; // minutes where the machine is busy with other things

await describeWith('chromium', 'the page of administrators', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  async function inDatabase(work: (db: Db) => Promise<unknown>) {
    const { db, close } = createDatabase({ url: app.databaseUrl, logger: silentLogger });
    await work(db);
    await close();
  }
  /** Until the login of the page is known as one: a session is believed for a second without asking the database. */
  async function makeAdmin(page: Page, email: string) {
    await inDatabase((db) => db.update(users).set({ isAdmin: true }).where(eq(users.email, email)));
    await eventually(async () => (await page.request.get(`${app.url}/api/admin/users`)).status()).toBe(200);
  }
  const rowOf = (page: Page, name: string, text: string) =>
    page.getByRole('table', { name }).locator('tbody').getByRole('row').filter({ hasText: text });

  test(
    'is for administrators only, who shut somebody out, read in the log that they did, and stop all dealing until they resume it',
    async () => {
      const other = await newcomersPage(browser, app.url, 'Bob', laptop);
      await other.goto(`${app.url}/#/admin`);
      await other.getByRole('heading', { name: 'Nothing is here' }).waitFor();
      await other.close();
      const bob = await callsOf(app.url, 'Bob');
      const page = await newcomersPage(browser, app.url, 'Root', laptop);
      await makeAdmin(page, 'root@example.com');
      await page.reload();
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('link', { name: 'Administration' }).click();

      const table = (name: string) => page.getByRole('table', { name });
      await rowOf(page, 'Users', 'root@example.com').getByText('Admin', { exact: true }).waitFor();
      await page.getByLabel('Address or name').fill('BOB@');
      await page.keyboard.press('Enter');
      await rowOf(page, 'Users', 'root@example.com').waitFor({ state: 'detached' });
      await pressTwice(page, 'Disable bob@example.com', 'disable bob@example.com');
      await rowOf(page, 'Users', 'bob@example.com').getByText('Disabled').waitFor();
      await expect(bob('GET', 'users/me')).rejects.toThrow('401');

      await page.getByLabel('Action').fill('admin.');
      await page.getByRole('button', { name: 'Read', exact: true }).click();
      const entry = rowOf(page, 'Audit log', 'admin.disableUser');
      await entry.getByText('What changed').click();
      await entry.getByText('"disabledAt": null').waitFor();
      expect(await table('Audit log').locator('tbody').getByRole('row').count()).toBe(1);

      const stopping = page.getByRole('form', { name: 'Stop dealing' });
      await stopping.getByLabel('Reason').fill('an incident');
      await stopping.getByRole('button', { name: 'Stop dealing for everything' }).click();
      await page.getByRole('region', { name: 'Dealing' }).getByText('“an incident”').waitFor();
      await table('Schedules').getByRole('rowheader').first().waitFor();
      await table('Feeds').getByRole('rowheader').first().waitFor();
      await screenshots(page, 'admin');
      await pressTwice(page, 'Resume dealing for everything', 'resume dealing for everything');
      await page.getByText('Nothing is set for every account here.').waitFor();
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'somebody is made an administrator, by who proves once more who they are, and none again, which signs them out as signing them out does',
    async () => {
      const bea = await newcomersPage(browser, app.url, 'Bea', laptop);
      await bea.close();
      const page = await newcomersPage(browser, app.url, 'Rita', laptop);
      await makeAdmin(page, 'rita@example.com');
      await page.goto(`${app.url}/#/admin`);
      await page.reload();
      const row = rowOf(page, 'Users', 'bea@example.com');
      await inDatabase((db) => db.update(sessions).set({ provedAt: new Date(0) }));
      await pressTwice(page, 'Make bea@example.com an admin', 'make bea@example.com an admin');
      const proof = page.getByRole('form', { name: 'Prove that it is you' });
      await proof.getByLabel('Your password').fill('correct horse battery');
      await page.keyboard.press('Enter');
      await row.getByText('Admin', { exact: true }).waitFor();
      const asAdmin = await callsOf(app.url, 'Bea');
      await asAdmin('GET', 'admin/users');
      await pressTwice(page, 'Make bea@example.com no admin', 'make bea@example.com no admin');
      await row.getByText('Admin', { exact: true }).waitFor({ state: 'detached' });
      await expect(asAdmin('GET', 'users/me')).rejects.toThrow('401');

      // Nobody is signed in any more: there is nothing to end.
      const ending = page.getByRole('button', { name: 'Sign out bea@example.com' });
      await ending.waitFor({ state: 'detached' });
      const again = await callsOf(app.url, 'Bea');
      await expect(again('GET', 'admin/users')).rejects.toThrow('403');
      await page.reload();
      await pressTwice(page, 'Sign out bea@example.com', 'sign out bea@example.com');
      await ending.waitFor({ state: 'detached' });
      await expect(again('GET', 'users/me')).rejects.toThrow('401');
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );

  test(
    'a job that failed is shown with its error, tried again by a second press, and gone once it went well',
    async () => {
      const page = await newcomersPage(browser, app.url, 'Ruth', laptop);
      await makeAdmin(page, 'ruth@example.com');
      await inDatabase((db) =>
        db.execute(sql`insert into pgboss.job (name, data, state, completed_on, output)
          values ('auth.delete-expired', '{}', 'failed', now(), '{"message": "the disk is full"}')`),
      );
      await page.goto(`${app.url}/#/admin`);
      await page.reload();
      await rowOf(page, 'Failed jobs', 'auth.delete-expired').getByText('the disk is full').waitFor();
      await pressTwice(page, 'Try auth.delete-expired again', 'try auth.delete-expired again');
      await page.getByText('No job has failed.').waitFor();
      const call = await callsOf(app.url, 'Ruth');
      const jobs = async () =>
        ((await call('GET', 'admin/jobs?state=completed&name=auth.delete-expired')) as { jobs: object[] })
          .jobs;
      await expect
        .poll(jobs, { timeout: 20_000 })
        .toContainEqual(expect.objectContaining({ retryLimit: 3, error: null }));
      expect(browser.problems).toEqual([]);
    },
    timeoutMs,
  );
});
