// The page in a real Chromium: what its first view weighs, how soon the first price stands on it, and what forty busy markets cost its main thread.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { demoButton, openBrowser } from '../../examples/dashboard/page-steps.ts';
import { atMost, isShort, median, type BenchOptions, type BenchReport } from './report.ts';
import { itemsPerClient, updatesPerSecond } from './simulator-protocol.ts';

const chromiumPath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
const size = { width: 1280, height: 800 };
const leastSeconds = 4;
/** A product that has not started, or not ended, by then is broken. */
const answerWithinMs = 90_000;

/** From the press on the demo login to the first price on the page. */
const firstPriceMs = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const button = [...document.querySelectorAll('button')].find(({ innerText }) =>
      /demo login/.test(innerText),
    );
    return new Promise<number>((resolve) => {
      const began = performance.now();
      const look = () => {
        const bid = document.querySelector('tr[data-epic] .bid')?.textContent ?? '';
        if (/\d/.test(bid)) resolve(performance.now() - began);
        else requestAnimationFrame(look);
      };
      button!.click();
      look();
    });
  });

async function visit(page: Page, url: string, seconds: number) {
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (/\.(js|css|svg)$|\/$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
  });
  let ticks = 0;
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      ticks += String(payload).split('"receivedAt"').length - 1;
    }),
  );
  await page.goto(url);
  await demoButton(page).waitFor();
  const priceMs = await firstPriceMs(page);
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  await page.waitForFunction(
    (count) =>
      [...document.querySelectorAll('tr[data-epic] .bid')].filter(({ textContent }) => /\d/.test(textContent))
        .length >= count,
    itemsPerClient,
  );
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' }); // its CPU time: another's turn is not its work
  const look = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((each) => each.name === name)!.value;
    return { busy: of('TaskDuration'), at: performance.now() / 1_000, ticks };
  };
  const before = await look();
  await page.waitForTimeout(seconds * 1_000);
  const after = await look();
  const elapsed = after.at - before.at;
  return {
    kilobytes: bytes / 1_000,
    priceMs,
    busyPct: (100 * (after.busy - before.busy)) / elapsed,
    ticksPerSecond: (after.ticks - before.ticks) / elapsed,
  };
}

export async function page({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  if (!existsSync(chromiumPath)) throw new Error(`there is no Chromium at ${chromiumPath} (CHROMIUM_PATH)`);
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  try {
    const product = fork(fileURLToPath(new URL('./page-server.ts', import.meta.url)), [folder]);
    const bounded = () => ({ signal: AbortSignal.timeout(answerWithinMs) });
    try {
      const [url] = (await once(product, 'message', bounded())) as [string];
      await using browser = await openBrowser(chromiumPath);
      const seen: Awaited<ReturnType<typeof visit>>[] = [];
      for (let round = 0; round <= rounds; round++) {
        say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
        await using tab = await browser.newPage(size);
        const measured = await visit(tab, url, isShort(seconds) ? seconds : Math.max(seconds, leastSeconds));
        if (round > 0) seen.push(measured);
      }
      const of = (name: keyof (typeof seen)[number]) => median(seen.map((each) => each[name]));
      return {
        name: 'page',
        about: `the page of the demo login with ${itemsPerClient} markets that each tick ${updatesPerSecond} times a second, server and browser on this machine`,
        columns: ['round', 'first view, kB gzipped', 'first price, ms', 'main thread, %', 'ticks/s told'],
        rows: seen.map(({ kilobytes, priceMs, busyPct, ticksPerSecond }, round) => [
          round + 1,
          kilobytes.toFixed(1),
          priceMs.toFixed(0),
          busyPct.toFixed(1),
          ticksPerSecond.toFixed(0),
        ]),
        targets: [
          atMost('first view: kB gzipped', of('kilobytes'), 300),
          atMost('sign-in to the first price: ms', of('priceMs'), 1_000),
          atMost('main thread busy: %', of('busyPct'), 30),
        ],
        details: { seen },
      };
    } finally {
      const gone = once(product, 'exit', bounded());
      product.disconnect();
      await gone;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
