// Accounts on the page: connecting, switching, dealing and leaving, with one product, one browser and a simulator that stands for IG.
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { brokerAllowances } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../../server/db/client.ts';
import type { SimulatorLogin } from '../../server/ig-simulator/access/logins.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { jane } from '../../server/testing/account-rig.ts';
import { eventually, usePageBench, type PageBench } from '../../server/testing/page-bench.ts';
import { describeWith } from '../../server/testing/requires.ts';
import { testApp } from '../../server/testing/test-app.ts';
import { testBroker } from '../../server/testing/test-broker.ts';
import {
  openTicket,
  outcome,
  placeOf,
  positions,
  pricesChange,
  rows,
  screenshots,
  signInAsNewcomer,
} from './page-steps.ts';
import { usualMarkets } from '../../shared/usual-markets.ts';

const [laptop, phone] = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const timeoutMs = 180_000; // five switches of account and a dozen pages on two cores

const login = (name: string): SimulatorLogin => ({
  identifier: name,
  password: 'right',
  apiKey: `key-of-${name}`,
  accountId: name.toUpperCase(),
  balance: '25000.00', // no figure of the simulated account's
});
/** Two accounts of one login, one for each kind of market. */
const ivy: SimulatorLogin = {
  ...login('ivy'),
  otherAccounts: [
    {
      accountId: 'BETS9',
      accountName: 'Bets',
      accountType: 'SPREADBET',
      currency: 'GBP',
      balance: '7000.00',
    },
  ],
};
const [bix, kim, lee, max, noa, pat] = [
  login('bix'),
  login('kim'),
  login('lee'),
  login('max'),
  login('noa'),
  login('pat'),
];

const card = (page: Page, accountId: string) =>
  page.getByRole('list', { name: 'Your accounts' }).locator('li').filter({ hasText: accountId });
const choice = (page: Page) => page.getByLabel('Account to deal on');
const chosen = (page: Page) => choice(page).locator('option:checked').textContent();
async function openAccounts(page: Page) {
  await page.getByRole('button', { name: /^Account menu/ }).click();
  await page.getByRole('link', { name: 'Accounts', exact: true }).click();
  await page.getByRole('heading', { name: 'Accounts', exact: true }).waitFor();
}
async function openForm(page: Page) {
  await openAccounts(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await page.getByRole('heading', { name: 'Connect an account' }).waitFor();
}
async function type(page: Page, { apiKey, identifier, password }: SimulatorLogin) {
  await page.getByLabel('API key').fill(apiKey);
  await page.getByLabel('User name at the broker').fill(identifier);
  await page.getByLabel('Password at the broker').fill(password);
}
async function connect(page: Page, known: SimulatorLogin, environment: 'DEMO' | 'LIVE' = 'DEMO') {
  await openForm(page);
  await page.getByLabel(environment).check();
  await type(page, known);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  const refused = page.locator('form.connect').getByRole('alert');
  await card(page, known.accountId).or(refused).first().waitFor();
  expect(await refused.allTextContents()).toEqual([]);
}
const toPrices = async (page: Page) => {
  await page.getByRole('link', { name: 'To the prices' }).click();
  await rows(page).first().waitFor();
};

await describeWith('chromium', 'accounts on the page', (executablePath) => {
  let ig: Awaited<ReturnType<typeof testBroker>>;
  let app: PageBench['app'];
  let browser: PageBench['browser'];
  usePageBench(
    executablePath,
    (bench) => ({ app, browser } = bench),
    async () => {
      ig = await testBroker({
        seed: 'demo',
        clock: systemClock,
        logins: [jane, ivy, bix, kim, lee, max, noa, pat],
      });
      const { baseUrl } = ig.login;
      return testApp({ env: { IG_DEMO_BASE_URL: baseUrl, IG_LIVE_BASE_URL: baseUrl } });
    },
  );
  afterAll(() => ig?.[Symbol.asyncDispose]());
  const visit = async (name: string, size = laptop) => {
    const page = await browser.newPage(size);
    await signInAsNewcomer(page, app.url, name);
    return page;
  };
  /** Two deals a minute are believed to be granted, and were made just now. */
  const exhaust = async (bucket: string) => {
    const database = createDatabase({ url: app.databaseUrl, logger: silentLogger });
    const now = new Date();
    const spent = Array.from({ length: 2 }, () => ({ atMs: now.getTime(), by: 'open' as const }));
    const row = { bucket, perMinute: 2, spent, sinceAt: now };
    await database.db
      .insert(brokerAllowances)
      .values(row)
      .onConflictDoUpdate({ target: brokerAllowances.bucket, set: row });
    await database.close();
  };
  /** What is open at the broker that stands for IG. */
  const booked = (accountId: string) =>
    ig.simulator.snapshot(accountId).accounts[accountId]!.positions.length;

  test(
    'a key with a blank is told before anything is sent, a wrong password in the broker’s words, and the right one connects every account of the login',
    async () => {
      const page = await visit('Ada');
      expect(await choice(page).count()).toBe(0); // with one account there is nothing to choose
      await openForm(page);
      for (const [label, value] of [
        ['API key', 'off'],
        ['Password at the broker', 'off'],
      ] as const)
        expect(await page.getByLabel(label).getAttribute('autocomplete')).toBe(value);
      expect(await page.getByLabel('Password at the broker').getAttribute('type')).toBe('password');
      let sent = 0;
      page.on('request', (request) => request.url().includes('accounts.connect') && sent++);

      await type(page, { ...jane, apiKey: ` ${jane.apiKey}`, password: 'wrong' });
      await page.getByText('holds a blank or a line end').waitFor();
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('apiKey');
      expect(sent).toBe(0);
      await page.getByLabel('API key').fill(jane.apiKey);
      await page.getByText('holds a blank or a line end').waitFor({ state: 'detached' });
      await page.keyboard.press('Enter');
      await page
        .getByRole('alert')
        .getByText(/IG demo .*Check both/)
        .waitFor();
      expect(await page.getByLabel('API key').inputValue()).toBe(jane.apiKey);

      await page.getByLabel('Password at the broker').fill(jane.password);
      await page.keyboard.press('Enter');
      for (const [id, type] of [
        ['JANE1', 'CFDs'],
        ['JANE2', 'Spread bets'],
      ] as const) {
        await card(page, id).getByText('DEMO', { exact: true }).waitFor();
        expect(await card(page, id).innerText()).toContain(type);
        await card(page, id).getByText('Up', { exact: true }).waitFor();
      }
      await page
        .getByRole('status')
        .getByText(/^Connected: .*JANE1.*JANE2/)
        .waitFor();
      expect(await page.locator('li[data-account]').count()).toBe(3);
      await page.goBack(); // the form was a step of its own, and it is done
      await rows(page).first().waitFor();
      expect(await choice(page).locator('option').count()).toBe(3);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'an account for spread bets has bets on its board, live; switching switches the board, and a market of the other kind says why it has no price',
    async () => {
      const page = await visit('Ivy');
      await connect(page, ivy);
      const epics = () =>
        rows(page).evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['epic']));
      const boards = [
        ['BETS9', usualMarkets.SPREADBET],
        ['IVY', usualMarkets.CFD],
      ] as const;
      await toPrices(page);
      for (const [id, usual] of boards) {
        const option = choice(page)
          .locator('option')
          .filter({ hasText: new RegExp(`${id}$`) });
        await choice(page).selectOption({ value: (await option.getAttribute('value'))! });
        // The first list of a new user is of the kind of the first account.
        if (id === 'BETS9') await page.getByRole('button', { name: 'Show popular spread bets' }).click();
        await rows(page)
          .and(page.locator(`[data-epic="${usual[0]}"]`))
          .waitFor();
        expect(await epics()).toEqual(usual);
        await page.waitForFunction(
          () => document.querySelectorAll('.quotes tbody tr:not(.stale) .bid .level').length === 12,
        );
        await pricesChange(page, 1);
        await screenshots(page, `board-${id}`);
      }
      await page.getByLabel('Add a market').fill('CS.D.GBPUSD.TODAY.IP');
      await page.getByRole('listbox', { name: 'Markets found' }).getByRole('option').first().waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'GBP/USD DFB', exact: true }).click();
      const why = page.locator('.market-details .why');
      await why.waitFor();
      expect(await why.innerText()).toMatch(/^This market is not for the kind of account/);
      await screenshots(page, 'other-kind');
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'Back leads to the view before, also where its address does not name the account yet',
    async () => {
      await using page = await visit('Bix');
      await connect(page, bix);
      await page.evaluate(() => history.replaceState(history.state, '', '/#/accounts')); // as it was with one account
      await page.getByRole('button', { name: 'Connect an account' }).click();
      await page.getByRole('heading', { name: 'Connect an account' }).waitFor();
      await eventually(() => page.evaluate(() => location.search)).toMatch(/^\?account=/);
      await page.goBack();
      await page.getByRole('heading', { name: 'Accounts', exact: true }).waitFor();
      await eventually(() => page.evaluate(() => location.search)).toMatch(/^\?account=/);
    },
    timeoutMs,
  );

  test(
    'a login that is somebody else’s here is refused in words',
    async () => {
      const [owner, other] = [await visit('Bea'), await visit('Ben')];
      await connect(owner, kim);
      await openForm(other);
      await type(other, kim);
      await other.keyboard.press('Enter');
      await other
        .getByRole('alert')
        .getByText(/connected/)
        .waitFor();
      await other.getByRole('button', { name: 'Cancel' }).click();
      await other.getByRole('heading', { name: 'Accounts', exact: true }).waitFor();
      expect(await other.locator('li[data-account]').count()).toBe(1);
      await owner.close();
      await other.close();
    },
    timeoutMs,
  );

  test(
    'switching in mid-stream: prices, positions and deals are those of the account that is named, in every frame',
    async () => {
      const page = await visit('Cyd');
      await pricesChange(page, 1);
      await openTicket(page, 'Buy', 'EUR/USD');
      await page.getByRole('button', { name: 'Buy at market' }).click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();
      await positions(page).waitFor();
      await connect(page, lee);
      await toPrices(page);
      await positions(page).waitFor();
      await pricesChange(page, 1);

      await page.evaluate(() => {
        const seen: Record<string, string | undefined>[] = [];
        Object.assign(window, { seen });
        const text = (selector: string) => document.querySelector(selector)?.textContent;
        const look = () => {
          seen.push({
            account: document.querySelector<HTMLSelectElement>('.choice')?.selectedOptions[0]?.textContent,
            bid: text('[data-epic="CS.D.EURUSD.CFD.IP"] .bid .level'),
            closer: text('.market-details .mid .level, .market-details .mid'),
            positions: text('.positions tbody'),
            deals: text('.deals tbody'),
            equity: text('[data-figure=equity]'),
          });
        };
        new MutationObserver(look).observe(document.body, {
          childList: true,
          subtree: true,
          characterData: true,
        });
      });
      for (const to of ['DEMO ·', 'SIMULATED ·', 'DEMO ·']) {
        const option = choice(page).locator('option').filter({ hasText: to });
        await choice(page).selectOption({ value: (await option.getAttribute('value'))! });
        await pricesChange(page, 2);
        await page.waitForFunction(() =>
          /\d/.test(document.querySelector('[data-figure=equity]')?.textContent ?? ''),
        );
      }
      const seen = await page.evaluate(
        () => (window as unknown as { seen: Record<string, string | undefined>[] }).seen,
      );
      const of = (name: RegExp) => seen.filter(({ account }) => name.test(account ?? ''));
      const bids = (name: RegExp) =>
        of(name)
          .map(({ bid }) => Number(bid))
          .filter((bid) => bid > 0);
      const [own, demo] = [bids(/SIMULATED/), bids(/DEMO/)];
      expect(Math.min(own.length, demo.length)).toBeGreaterThan(1);
      // Two seeds, two levels: a price of the other feed would lie in the other's range.
      const range = (of: number[]) => [Math.min(...of), Math.max(...of)] as const;
      const [[ownLeast, ownMost], [demoLeast, demoMost]] = [range(own), range(demo)];
      expect(ownMost < demoLeast || demoMost < ownLeast).toBe(true);
      expect(of(/DEMO/).filter(({ positions, deals }) => positions ?? deals)).toEqual([]);
      expect(of(/SIMULATED/).some(({ positions, deals }) => positions && deals)).toBe(true);
      const [ofOwn, ofDemo] = [/SIMULATED/, /DEMO/].map(
        (name) => new Set(of(name).flatMap(({ equity }) => (/\d/.test(equity ?? '') ? [equity] : []))),
      );
      expect([...ofDemo!].filter((equity) => ofOwn!.has(equity))).toEqual([]);

      await page.reload(); // what was chosen is remembered in this browser
      await rows(page).first().waitFor();
      expect(await chosen(page)).toMatch(/^DEMO · .*LEE$/);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'a deal on demo says so at its button and is booked there; with it open, disconnecting names it and asks again',
    async () => {
      const page = await visit('Dee');
      await connect(page, max);
      await card(page, max.accountId).getByRole('button', { name: /^Use/ }).click();
      await toPrices(page);
      await pricesChange(page, 1);
      await openTicket(page, 'Sell', 'EUR/USD');
      const deal = page.getByRole('button', { name: 'Sell at market' });
      expect(await deal.innerText()).toMatch(/DEMO .*MAX/);
      await deal.click();
      await outcome(page, 'accepted').waitFor();
      await page.getByRole('button', { name: 'Done' }).click();
      await positions(page).waitFor();
      expect(booked(max.accountId)).toBe(1);

      await choice(page).selectOption({ index: 0 });
      await page.getByText('No open position.').waitFor();
      await choice(page).selectOption({ index: 1 });
      await positions(page).waitFor();

      await openAccounts(page);
      const own = card(page, max.accountId);
      const leave = own.getByRole('button', { name: /^Disconnect/ }).first();
      await leave.click();
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.activeElement?.textContent === 'Disconnect');
      await leave.click();
      await own.getByRole('button', { name: 'Yes, disconnect' }).click();
      await own
        .getByRole('alert')
        .getByText(/Sell 1 EUR\/USD at \d/)
        .waitFor();
      await own.getByRole('button', { name: 'Keep it' }).click();
      expect(await own.count()).toBe(1);
      await leave.click();
      await own.getByRole('button', { name: 'Yes, disconnect' }).click();
      await own.getByRole('button', { name: 'Disconnect all the same' }).click();
      await own.waitFor({ state: 'detached' });
      expect(booked(max.accountId)).toBe(1); // it goes on at the broker
      await toPrices(page);
      expect(await choice(page).count()).toBe(0);
      await page.locator('.account .badge.env').getByText('simulated').waitFor();
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'an account is tested, renamed, made the default, and takes new credentials; the simulated one is left and connected again',
    async () => {
      const page = await visit('Eve');
      await connect(page, noa);
      const own = card(page, noa.accountId);
      const said = (text: RegExp) => page.getByRole('status').getByText(text).waitFor();
      await own.getByRole('button', { name: /^Test/ }).click();
      await said(/was tested: up/);
      await own.getByRole('button', { name: /^Rename/ }).click();
      await own.getByLabel('Name', { exact: true }).fill('Hedging');
      await page.keyboard.press('Enter');
      await said(/Renamed to Hedging/);
      await page.waitForFunction(() => document.activeElement?.textContent === 'Rename');
      await own.getByRole('button', { name: /^Make default/ }).click();
      await own.getByText('Default', { exact: true }).waitFor();
      await own.getByRole('button', { name: /^New credentials/ }).click();
      await own.getByLabel('Password at the broker').fill('wrong');
      await page.keyboard.press('Enter');
      await own
        .getByRole('alert')
        .getByText(/Check both/)
        .waitFor();
      await own.getByLabel('Password at the broker').fill(noa.password);
      await page.keyboard.press('Enter');
      await said(/lets the new credentials in/);

      const simulated = page.locator('li.connected.simulated');
      await simulated.getByRole('button', { name: /^Disconnect/ }).click();
      await simulated.getByRole('button', { name: 'Yes, disconnect' }).click();
      await simulated.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Connect an account' }).click();
      await page.getByLabel('SIMULATED').check();
      expect(await page.getByLabel('API key').count()).toBe(0);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await simulated.waitFor();
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'a live account is red and says LIVE wherever it stands: in its card, in the head, above its figures and at the button that deals',
    async () => {
      const page = await visit('Fay', phone);
      await connect(page, { ...kim, accountId: 'KIM' }, 'LIVE');
      const red = (selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((each) => getComputedStyle(each).backgroundColor);
      const live = await red('li.connected.live .badge.env');
      expect(live).toBe('rgb(179, 32, 47)');
      await card(page, 'KIM').getByText('Real money').waitFor();
      await card(page, 'KIM').getByRole('button', { name: /^Use/ }).click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      await toPrices(page);
      expect(await chosen(page)).toMatch(/^LIVE/);
      expect(await red('.choice')).toBe(live);
      expect(await red('.account .badge.env')).toBe(live);
      await openTicket(page, 'Buy', 'EUR/USD');
      const deal = page.getByRole('button', { name: 'Buy at market' });
      expect(await deal.innerText()).toContain('LIVE');
      expect(await red('button.deal small b')).toBe(live);
      expect((await placeOf(deal)).height).toBe(44);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      for (const name of [/^Notifications/, /^Account menu/])
        expect((await placeOf(page.getByRole('button', { name }))).width).toBeGreaterThanOrEqual(34);
      await choice(page).selectOption({ index: 0 });
      await page.locator('.account.simulated').waitFor();
      for (const selector of ['.choice', '.account .badge.env']) expect(await red(selector)).not.toBe(live);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );

  test(
    'what happens to an account shows in its card by itself, without another look at the list: its state, what may be dealt, what is left of its allowance',
    async () => {
      const page = await visit('Gil');
      await connect(page, pat, 'LIVE');
      const [own, simulated] = [card(page, 'PAT'), page.locator('li.connected.simulated')];
      const id = (await own.getAttribute('data-account'))!;
      await own.getByText('Up', { exact: true }).waitFor();
      await own.getByText('Nothing: live dealing is off').waitFor(); // live dealing
      let lists = 0;
      page.on('request', (request) => request.url().includes('accounts.list') && lists++);
      /** Done elsewhere: the page has no part in it. */
      const elsewhere = async (method: string, path: string, body?: object) =>
        expect(
          await page.evaluate(
            async ([method, path, body]) => {
              const headers = { 'content-type': 'application/json' };
              return (await fetch(path, { method, ...(body && { headers, body }) })).status;
            },
            [method, `/api${path}`, body && JSON.stringify(body)] as const,
          ),
        ).toBe(200);

      await elsewhere('POST', `/accounts/${id}/live-dealing`, { password: 'correct horse battery' });
      await own.getByText(/^Closing only: its limit of the size of a deal .* is not set$/).waitFor();
      await elsewhere('PUT', '/trading/risk', { accountId: id, maxSize: '2.5', maxDailyLoss: '1500' });
      await own.getByText('Opening and closing', { exact: true }).waitFor();
      await own.getByText('1,500.00 GBP').waitFor();
      await own.getByText('2.5 in each deal', { exact: true }).waitFor();

      ig.simulator.setFaults([{ name: 'dealing-suspended', accountId: 'PAT' }]);
      await elsewhere('POST', `/accounts/${id}/test`);
      await own.getByText('Read only', { exact: true }).waitFor();
      await own.getByText('IG live has suspended this account from dealing').waitFor();
      await own.getByText('Closing only, which is tried: the broker lets nobody deal on it').waitFor();
      expect(await simulated.getByText('Up', { exact: true }).count()).toBe(1);
      expect(await simulated.getByText('Opening and closing', { exact: true }).count()).toBe(1);
      await screenshots(page, 'accounts-read-only');
      ig.simulator.setFaults([]);
      await elsewhere('POST', `/accounts/${id}/test`);
      await own.getByText('Up', { exact: true }).waitFor();
      await own.getByText('Opening and closing', { exact: true }).waitFor();
      const halted = { accountId: id, scope: 'account', reason: 'lunch' };
      await elsewhere('PUT', '/trading/dealing-state', { ...halted, dealingState: 'halted' });
      await own.getByText('Closing only: you have stopped dealing on it (“lunch”)').waitFor();
      await elsewhere('PUT', '/trading/dealing-state', { ...halted, dealingState: 'active' });
      await own.getByText('Opening and closing', { exact: true }).waitFor();
      expect(lists).toBe(0);

      const part = (scope: string) => own.locator(`[data-bucket=${scope}]`);
      await part('account')
        .getByText(/^\d+ of \d+ left$/) // IG publishes how many
        .waitFor();
      await part('key').getByText('Requests of the API key').waitFor();
      await part('account')
        .getByText(/^In the last minute: .*checking the books \d/)
        .waitFor();
      await part('account')
        .getByText(/^Whole again at/)
        .waitFor();
      expect(await simulated.locator('.allowance').count()).toBe(0);
      const colour = (of: string) =>
        part('trading')
          .locator(of)
          .evaluate((each) => getComputedStyle(each).backgroundColor);
      const calm = await colour('.bar');
      await exhaust('trading:live:PAT');
      await part('trading').getByText('None of 2 left').waitFor();
      await part('trading').getByText('In the last minute: opening 2.').waitFor();
      expect(await colour('.bar')).not.toBe(calm);
      expect(await part('trading').getByRole('meter').getAttribute('aria-valuetext')).toBe('None of 2 left');
      await screenshots(page, 'accounts-exhausted');
      expect(lists).toBe(0);
      expect(browser.problems).toEqual([]);
      await page.close();
    },
    timeoutMs,
  );
});
