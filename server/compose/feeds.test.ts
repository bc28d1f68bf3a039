// One epic at three brokers, each with prices of its own: what a user sees, watches and deals at is of the right one.
import { expect, onTestFinished, test } from 'vitest';
import type { StreamMessage, Tick, TradingEvent } from '../../client/index.ts';
import type { Account } from '../../shared/accounts.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import { jane, janeTypes } from '../testing/account-rig.ts';
import * as build from '../testing/build.ts';
import { signUp } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';

const timeoutMs = 90_000;
const epic = build.eurusd;

/** A server with its own simulator, and two others that stand for IG demo and IG live, whose markets move otherwise. */
async function arrange() {
  const [demo, live] = await Promise.all(
    ['demo', 'live'].map((seed) => testBroker({ seed, clock: systemClock, logins: [jane] })),
  );
  onTestFinished(() => demo![Symbol.asyncDispose]());
  onTestFinished(() => live![Symbol.asyncDispose]());
  const app = await testApp({
    env: { IG_DEMO_BASE_URL: demo!.login.baseUrl, IG_LIVE_BASE_URL: live!.login.baseUrl },
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const ann = await signUp(app);
  onTestFinished(() => ann[Symbol.asyncDispose]());
  return { app, demo: demo!, live: live!, ann };
}
type Caller = Awaited<ReturnType<typeof signUp>>;

/** Ticks of the epic on a feed until `enough` of them are live. */
function watch({ api }: Caller, feed: string, enough = 3): Promise<Tick[]> {
  const seen: Tick[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Tick[]>();
  const { unsubscribe } = api.marketData.onPrices.subscribe(
    { epics: [epic], feed },
    {
      onData(ticks) {
        seen.push(...ticks);
        if (seen.filter(({ stale }) => !stale).length >= enough) resolve(seen);
      },
      onError: reject,
    },
  );
  return within(systemClock, 30_000, () => promise, `no live prices of ${feed}`).finally(unsubscribe);
}
const idOf = (accounts: Account[], brokerAccountId: string) =>
  accounts.find((account) => account.brokerAccountId === brokerAccountId)!;

test(
  'one epic at three prices on three feeds: nothing crosses, and a login’s own feed is seen by its owner alone',
  async () => {
    const { app, ann } = await arrange();
    const connected = [
      idOf((await ann.api.accounts.connect.mutate(janeTypes)).accounts, 'JANE1'),
      idOf((await ann.api.accounts.connect.mutate({ ...janeTypes, environment: 'live' })).accounts, 'JANE1'),
    ];
    const feeds = ['simulated', ...connected.map(({ feed }) => feed)];
    expect(new Set(feeds).size).toBe(3);
    const seen = await Promise.all(feeds.map((feed) => watch(ann, feed)));
    const bands = seen.map((ticks, index) => {
      expect(new Set(ticks.map(({ feed }) => feed))).toEqual(new Set([feeds[index]]));
      const bids = ticks.map(({ bid }) => Number(bid));
      return { least: Math.min(...bids), most: Math.max(...bids) };
    });
    // Three seeds, three levels: a price of another feed would stand out.
    for (const [index, { least, most }] of bands.entries())
      for (const other of bands.slice(index + 1)) expect(other.least > most || other.most < least).toBe(true);
    for (const [index, feed] of feeds.entries()) {
      const { bid } = await ann.api.marketData.get.query({ epic, feed });
      const { least, most } = bands[index]!;
      expect(Math.abs(Number(bid) - (least + most) / 2)).toBeLessThan(
        Math.min(
          ...bands.filter((band) => band !== bands[index]).map((band) => Math.abs(band.least - least)),
        ),
      );
    }

    await using bob = await signUp(app, { ...build.newcomer, email: 'bob@example.com' });
    for (const feed of feeds.slice(1))
      await expect(bob.api.marketData.get.query({ epic, feed })).rejects.toThrow(`There is no feed ${feed}`);
    const shown = async ({ api }: Caller) => {
      const known = (await api.system.status.query()).feeds;
      return Object.fromEntries(known.map(({ feed, state }) => [feed, state]));
    };
    // Each login has a second account, whose prices nobody watches.
    const { accounts } = await ann.api.accounts.list.query();
    const own = accounts.map(({ feed }) => [feed, feeds.includes(feed) ? 'up' : 'unknown']);
    expect(await shown(bob)).toEqual({ simulated: 'up' });
    expect(await shown(ann)).toEqual({ simulated: 'up', ...Object.fromEntries(own) });
    const page = await (await fetch(`${app.url}/status`)).text();
    for (const { feed } of connected) expect(page).not.toContain(feed);
    expect(page).toContain('"loginFeeds":{"up":2,"down":0,"unknown":0}');
  },
  timeoutMs,
);

test(
  'the default feed is that of the default account, and a deal on a connected account is dealt there, by its prices, and told as what it is',
  async () => {
    const { demo, ann } = await arrange();
    const { accounts } = await ann.api.accounts.connect.mutate(janeTypes);
    const account = idOf(accounts, 'JANE1');
    expect((await ann.api.marketData.get.query({ epic })).feed).toBe(account.feed);

    const events: StreamMessage<TradingEvent>[] = [];
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const { unsubscribe } = ann.api.trading.onEvents.subscribe(
      { lastEventId: '0' },
      {
        onData({ data }) {
          events.push(data);
          if (data.type === 'position.opened') resolve();
        },
      },
    );
    onTestFinished(unsubscribe);
    await watch(ann, account.feed, 1);
    const deal = await ann.api.trading.openPosition.mutate({
      ...build.openPosition(),
      accountId: account.id,
      waitMs: 10_000,
    });
    expect(deal).toMatchObject({ status: 'accepted', accountId: account.id, environment: 'demo' });
    const booked = () => demo.simulator.snapshot('JANE1').accounts['JANE1']!.positions;
    expect(booked()).toHaveLength(1);
    await within(systemClock, 30_000, () => opened, 'no position.opened');
    expect(events.filter(({ type }) => type === 'deal.accepted' || type === 'position.opened')).toMatchObject(
      [{ environment: 'demo' }, { environment: 'demo' }],
    );
    expect(
      await ann.api.trading.closePosition.mutate({
        ...build.closePosition(deal.dealId!),
        accountId: account.id,
        waitMs: 10_000,
      }),
    ).toMatchObject({ status: 'accepted', environment: 'demo' });
    expect(booked()).toHaveLength(0);
    await ann.api.accounts.disconnect.mutate({ id: account.id });
    await expect(ann.api.marketData.get.query({ epic, feed: account.feed })).rejects.toThrow(
      'There is no feed',
    );
    expect(
      (await ann.api.trading.listDeals.query({ accountId: account.id })).deals.map(({ kind }) => kind),
    ).toEqual(['close', 'open']);
  },
  timeoutMs,
);

test(
  'what is open on an account has its price streamed on the account’s own feed, though nobody ever watches it',
  async () => {
    const { demo, ann } = await arrange();
    const { accounts } = await ann.api.accounts.connect.mutate(janeTypes);
    const account = idOf(accounts, 'JANE1');
    const deal = await ann.api.trading.openPosition.mutate({
      ...build.openPosition(),
      accountId: account.id,
      waitMs: 10_000,
    });
    expect(deal).toMatchObject({ status: 'accepted', environment: 'demo' });
    // TRADE and ACCOUNT of both accounts, and the price of what is open.
    await expect.poll(() => demo.simulator.stats().items, { timeout: 30_000 }).toBe(5);
    expect(await ann.api.system.status.query()).toMatchObject({
      feeds: expect.arrayContaining([expect.objectContaining({ feed: account.feed, state: 'up', items: 1 })]),
    });
  },
  timeoutMs,
);

test(
  'a login that feeds everybody serves accounts of its own type: spread bets beside one for CFDs are dealt by the prices of their own login',
  async () => {
    await using demo = await testBroker({
      clock: systemClock,
      logins: [jane, { identifier: 'feed', password: 'a feed', apiKey: 'feed-key', accountId: 'FEED1' }],
    });
    await using app = await testApp({
      env: {
        IG_DEMO_BASE_URL: demo.login.baseUrl,
        IG_API_KEY: 'feed-key',
        IG_IDENTIFIER: 'feed',
        IG_PASSWORD: 'a feed',
      },
    });
    await using ann = await signUp(app);
    const { accounts } = await ann.api.accounts.connect.mutate(janeTypes);
    expect(idOf(accounts, 'JANE1').feed).toBe('demo');
    const bets = idOf(accounts, 'JANE2');
    expect(bets.feed).toBe(`login_${bets.id.replace(/^acct_/, '')}`);
    const deal = await ann.api.trading.openPosition.mutate({
      ...build.openPosition({ epic: 'CS.D.EURUSD.TODAY.IP' }),
      accountId: bets.id,
      waitMs: 10_000,
    });
    expect(deal).toMatchObject({ status: 'accepted', reason: null });
  },
  timeoutMs,
);
