// What the sign-in page promises a newcomer, by what the server runs: the simulated broker in `npm start`, none in a process of the API role.
import { expect, test } from 'vitest';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { openBrowser } from './page-steps.ts';

await describeWith('chromium', 'the sign-in page', (executablePath) => {
  test('promises simulated money where the simulator runs, and prices only where the roles are processes of their own', async () => {
    await using whole = await testApp();
    await using api = await testApp({ roles: ['api'], databaseUrl: whole.databaseUrl });
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage({ width: 1280, height: 800 });
    const told = async (url: string) => {
      await page.goto(url);
      await page.getByRole('button', { name: 'Look around with the demo login' }).waitFor();
      return page.locator('main').innerText();
    };
    expect(await told(whole.url)).toContain('Simulated account, simulated money. Nothing to set up.');
    const apart = await told(api.url);
    expect(apart).toContain('Prices only: this server runs no simulator, so the login has no account.');
    expect(apart).not.toContain('simulated money');
  }, 90_000);
});
