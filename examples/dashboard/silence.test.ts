import { expect, test } from 'vitest';
import { describeWith } from '../../server/testing/requires.ts';
import { openSilentWire } from '../../server/testing/silent-wire.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { connectionState, openBrowser, pricesChange, signInWithDemo } from './page-steps.ts';

await describeWith('chromium', 'the page behind a proxy that falls silent', (executablePath) => {
  test('shows no price as live once 20 s have gone by without a word, and is live again when the proxy speaks', async () => {
    await using app = await testApp();
    await using wire = await openSilentWire(Number(new URL(app.url).port));
    await using browser = await openBrowser(executablePath);
    const page = await browser.newPage({ width: 1280, height: 800 });
    await page.clock.install();
    await signInWithDemo(page, wire.url);
    await pricesChange(page, 1);
    wire.fallSilent();
    await page.clock.fastForward(10_000); // nothing came: a sign of life is asked for …
    await page.clock.fastForward(5_000); // … and does not come
    await connectionState(page, 'reconnecting');
    await page.locator('table.not-live').first().waitFor();
    wire.speak();
    await page.clock.fastForward(10_000); // the longest pause before another attempt
    await connectionState(page, 'live');
    await pricesChange(page, 1);
    expect(await page.locator('table.not-live').count()).toBe(0);
  }, 90_000);
});
