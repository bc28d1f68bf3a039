// What an administrator does on the page. One product and one browser for all of it.
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../../server/db/client.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { callsOf, newcomersPage, pressTwice, screenshots } from './page-steps.ts';

const laptop = { width: 1280, height: 800 };
const timeoutMs = 180_000; // minutes where the machine is busy with other things

await describeWith('chromium', 'the page of administrators', (executablePath) => {
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(executablePath, (bench) => ({ app, browser } = bench));
  async function makeAdmin(email: string) {
    const { db, close } = createDatabase({ url: app.databaseUrl, logger: silentLogger });
    await db.update(users).set({ isAdmin: true }).where(eq(users.email, email));
    await close();
  }

  test(
    'is for administrators only, who shut somebody out, read in the log that they did, and stop all dealing until they resume it',
    async () => {
      const other = await newcomersPage(browser, app.url, 'Bob', laptop);
      await other.goto(`${app.url}/#/admin`);
      await other.getByRole('heading', { name: 'Nothing is here' }).waitFor();
      await other.close();
      const bob = await callsOf(app.url, 'Bob');
      const page = await newcomersPage(browser, app.url, 'Root', laptop);
      await makeAdmin('root@example.com');
      await page.reload();
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('link', { name: 'Administration' }).click();

      const table = (name: string) => page.getByRole('table', { name });
      const rowOf = (name: string, text: string) =>
        table(name).locator('tbody').getByRole('row').filter({ hasText: text });
      await rowOf('Users', 'root@example.com').getByText('Admin', { exact: true }).waitFor();
      await page.getByLabel('Address or name').fill('BOB@');
      await page.keyboard.press('Enter');
      await rowOf('Users', 'root@example.com').waitFor({ state: 'detached' });
      await pressTwice(page, 'Disable bob@example.com', 'disable bob@example.com');
      await rowOf('Users', 'bob@example.com').getByText('Disabled').waitFor();
      await expect(bob('GET', 'users/me')).rejects.toThrow('401');

      await page.getByLabel('Action').fill('admin.');
      await page.getByRole('button', { name: 'Read', exact: true }).click();
      const entry = rowOf('Audit log', 'admin.disableUser');
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
});
