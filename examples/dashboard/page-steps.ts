// What a visitor does on the page, step by step in a real Chromium; runs against any FTrader that has the demo login.
import { randomUUID } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { chromium, type Locator, type Page, type Route } from 'playwright-core';

/**
 * Of a flag that is given twice Chromium takes the last: these are Playwright's, and at the end what draws the browser's own address bar:
 * no window shows it, and for each page it loaded a page of its own (0.7 s of CPU time a page).
 */
const withoutFeatures = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
];
const launchFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${withoutFeatures.join()}`,
];
export const newcomerPassword = 'correct horse battery';
/** No step may take longer. */
const stepTimeoutMs = 30_000;

/** A browser on an empty profile, of somebody who wants no motion: drawing each change of a price as one is half the work of a page. `problems` collects what a visitor should never cause: script errors and content refused by the CSP. */
export async function openBrowser(executablePath: string) {
  const browser = await chromium.launch({ executablePath, args: launchFlags });
  const problems: string[] = [];
  return {
    problems,
    async newPage(options: { width: number; height: number }): Promise<Page> {
      const page = await browser.newPage({ viewport: options, reducedMotion: 'reduce' });
      page.setDefaultTimeout(stepTimeoutMs);
      page.on('pageerror', (error) => problems.push(error.message));
      page.on(
        'console',
        (message) => /Content Security Policy/i.test(message.text()) && problems.push(message.text()),
      );
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** A page of somebody who has just signed up, once prices move on it. */
export async function newcomersPage(
  browser: Awaited<ReturnType<typeof openBrowser>>,
  url: string,
  name: string,
  size: { width: number; height: number },
): Promise<Page> {
  const page = await browser.newPage(size);
  await signInAsNewcomer(page, url, name);
  await pricesChange(page, 1);
  return page;
}

/** A wire to `url` that can be cut and mended: cutting drops every connection and refuses new ones. */
export async function openWire(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket);
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket);
        other().destroy();
      });
  };
  const start = (at: number) =>
    new Promise<Server>((resolve) => {
      const server = createServer((near) => {
        const far = connect(Number(port), hostname);
        keep(near, () => far);
        keep(far, () => near);
        near.pipe(far).pipe(near);
      }).listen(at, '127.0.0.1', () => resolve(server));
    });
  let server: Server = await start(0);
  const { port: own } = server.address() as AddressInfo;
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    async mend() {
      server = await start(own);
    },
    [Symbol.asyncDispose]: cut,
  };
}

export const rows = (page: Page) => page.getByRole('table', { name: 'Live prices' }).locator('tbody tr');
export const demoButton = (page: Page) => page.getByRole('button', { name: /demo login/ });
export const connectionState = (page: Page, state: 'live' | 'reconnecting') =>
  page.locator(`[data-testid=connection][data-state=${state}]`).waitFor();

export const positions = (page: Page) => page.getByRole('table', { name: 'Positions' });
export const deals = (page: Page) => page.getByRole('table', { name: 'Latest deals' }).locator('tbody');
export const outcome = (page: Page, status: string) =>
  page.locator(`[data-testid=outcome][data-status=${status}]`);
/** Opens the panel of watchlists by its button. */
export const openLists = (page: Page) => page.getByRole('button', { name: /^Watchlist: / }).click();
/** Where it stands in the window, in whole pixels. */
export async function placeOf(shown: Locator) {
  const { x, y, width, height } = (await shown.boundingBox())!;
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}
/** Waits until a figure of the account is exactly this. */
export const figure = (page: Page, name: string, text: string) =>
  page.locator(`[data-figure="${name}"]`).getByText(text, { exact: true }).waitFor();
export async function openTicket(page: Page, verb: 'Buy' | 'Sell', name: string) {
  await page.getByRole('button', { name: new RegExp(`^${verb} ${name},`) }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name }).waitFor();
}
/** Lets the request through and loses what is answered. */
export async function loseAnswer(route: Route) {
  await route.fetch();
  await route.abort();
}
/** Presses a close button and, as it asks, once more. */
export async function closeOnce(page: Page, name: string) {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('button', { name: /^Press again/ }).click();
}

/** Presses a button that asks for it, twice. */
export async function pressTwice(page: Page, name: string, does: string) {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('button', { name: `Press again to ${does}`, exact: true }).click();
}
/** REST calls of a newcomer from outside of the page: `call('PUT', 'trading/dealing-state', { … })`. */
export async function callsOf(url: string, name: string) {
  const send = async (
    method: string,
    path: string,
    body: object | undefined,
    token?: string,
    key = randomUUID() as string,
  ): Promise<unknown> => {
    const answer = await fetch(`${url}/api/${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': key,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    // As it says: a busy machine could not answer in time, and the same key asks what became of it.
    if (answer.status === 503) return send(method, path, body, token, key);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { accessToken } = (await send('POST', 'auth/login', {
    email: `${name}@example.com`,
    password: newcomerPassword,
  })) as { accessToken: string };
  return (method: string, path: string, body?: object) => send(method, path, body, accessToken);
}
/** For whoever wants to look at them: into the folder that `SCREENSHOTS` names. */
export async function screenshots(
  page: Page,
  name: string,
  sizes: ('laptop' | 'phone')[] = ['laptop', 'phone'],
) {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  const before = page.viewportSize()!;
  const viewports = { laptop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
  for (const size of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewports[size]);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png`, fullPage: true });
    }
  await page.setViewportSize(before);
}

export async function signOut(page: Page) {
  await page.getByRole('button', { name: /^Account menu/ }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await demoButton(page).waitFor();
}

/** One click, and the price table is there, live. */
export async function signInWithDemo(page: Page, url: string) {
  await page.goto(url);
  await demoButton(page).click();
  await rows(page).first().waitFor();
  await connectionState(page, 'live');
}

/** The code of the newest mail to an address, once it lies in the mailbox. */
const mailedTo = (page: Page, email: string): Promise<string> =>
  page.evaluate(async (to) => {
    for (;;) {
      const { letters } = (await (await fetch('/mailbox')).json()) as {
        letters: { to: string; text: string }[];
      };
      const code = /^ {4}(\S+)$/m.exec(letters.find((letter) => letter.to === to)?.text ?? '')?.[1];
      if (code !== undefined) return code;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }, email);

/** Somebody who has just signed up: an account of their own, on which nothing has been dealt. */
export async function signInAsNewcomer(page: Page, url: string, name: string) {
  await page.goto(url);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail address').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill(newcomerPassword);
  await page.getByRole('button', { name: 'Create account', exact: true }).click();
  await page.getByLabel('Code').fill(await mailedTo(page, `${name.toLowerCase()}@example.com`));
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await rows(page).first().waitFor();
  await connectionState(page, 'live');
}

/** Resolves with the epics of all rows once `atLeast` of them have shown another bid or offer than at first. */
export const pricesChange = (page: Page, atLeast: number): Promise<string[]> =>
  page.evaluate((count) => {
    const first = new Map<string, string>();
    const changed = new Set<string>();
    return new Promise<string[]>((resolve) => {
      const look = () => {
        for (const row of document.querySelectorAll('tr[data-epic]')) {
          const epic = row.getAttribute('data-epic')!;
          const price = `${row.querySelector('.bid')?.textContent}/${row.querySelector('.offer')?.textContent}`;
          if (!/\d/.test(price)) continue;
          if (!first.has(epic)) first.set(epic, price);
          else if (first.get(epic) !== price) changed.add(epic);
        }
        if (changed.size >= count) resolve([...first.keys()]);
        else requestAnimationFrame(look);
      };
      look();
    });
  }, atLeast);
