// portfolio.onValuation: real PostgreSQL, real sockets, trading's own valuation.
import { expect, onTestFinished, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import type { PortfolioValuation as Value } from '../../../../shared/portfolio-live.ts';
import { PortfolioValuation } from '../../../../shared/portfolio-live.ts';
import { systemClock } from '../../../lib/clock.ts';
import * as build from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { createInbox } from '../../../testing/inbox.ts';
import { portfolioRig } from '../../../testing/portfolio-rig.ts';
import { socketServer } from '../../../testing/socket-server.ts';
import { openPlain, openRaw } from '../../../testing/sockets.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';
import { router } from '../../../trpc/init.ts';
import { mostWatched } from './watch.ts';

async function setUp() {
  const rig = await tradingRig({ clock: systemClock });
  const app = portfolioRig(rig);
  const { id } = await app.make();
  await app.add(id, { kind: 'deposit', amount: '1000', currency: 'USD' });
  await app.add(id, { kind: 'buy', instrument: build.eurusd, quantity: '100', price: '1', currency: 'USD' });
  return { rig, app, id, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}
/** Reads on by itself until `stop`. */
function follow(app: ReturnType<typeof portfolioRig>, portfolioId: string) {
  const stop = new AbortController();
  const { items, put, until } = createInbox<Value>();
  const ended = (async () => {
    for await (const message of await app.as(undefined, stop.signal).onValuation({ portfolioId }))
      put(message);
  })();
  ended.catch(() => undefined);
  return {
    items,
    ended,
    until: (holds: (value: Value) => boolean) => until((all) => all.some(holds)),
    stop: () => (stop.abort(), ended),
  };
}

test('it begins with the value as it is, then tells of prices, transactions, what is entered and positions, and ends with its reader', async () => {
  await using all = await setUp();
  const { rig, app, id } = all;
  const value = follow(app, id);
  await value.until(({ valueBase }) => valueBase === '1017'); // 900 + 100 × 1.17
  expect(value.items).toHaveLength(1);
  expect(PortfolioValuation.parse(value.items[0])).toMatchObject({
    cash: [{ currency: 'USD', amount: '900', amountBase: '900' }],
    holdings: [{ instrument: build.eurusd, quantity: '100', price: { source: 'live' }, valueBase: '117' }],
    running: null,
    missing: [],
    stale: false,
  });
  rig.prices.move({ bid: '1.18' });
  await value.until(({ valueBase }) => valueBase === '1018');
  await app.add(id, { kind: 'deposit', amount: '5', currency: 'EUR', rate: '1' });
  await value.until(({ missing, valueBase }) => missing.length === 1 && valueBase === null);
  const on = new Date().toISOString().slice(0, 10);
  await app.as().setPrices({ rates: [{ from: 'EUR', to: 'USD', on, rate: '2' }] });
  await value.until(({ valueBase }) => valueBase === '1028');
  rig.prices.move({ stale: true });
  await value.until(({ stale, missing }) => stale && missing.some(({ of }) => of === build.eurusd));
  rig.prices.move({ stale: false });
  await value.until(({ at, stale }) => !stale && at > value.items.find((each) => each.stale)!.at);
  await value.stop();
  await expect.poll(() => app.following).toEqual({ prices: 0, accounts: 0 });
}, 20_000);

test('the portfolio of an account moves with its positions, and is stale until the cash of the account has flowed in', async () => {
  await using all = await setUp();
  const { rig, app } = all;
  await app.open();
  await app.inflow.run();
  const { portfolios } = await app.as().list({});
  const value = follow(app, portfolios.find(({ id }) => id !== all.id)!.id);
  await value.until(({ running }) => running?.amount === '-4.8');
  rig.prices.move({ bid: '1.17106' });
  await value.until(({ running, valueBase }) => running?.amount === '80' && valueBase === '80');
  const { positions } = await rig.as().listPositions({});
  const close = await rig.as().closePosition(rig.close(positions[0]!.dealId));
  await rig.applyConfirm(close.dealReference);
  await value.until(
    ({ running, stale }) =>
      stale && running?.accounts[0]?.positions === 0 && running.accounts[0].unbooked === '10000',
  );
  const { deals } = await rig.as().listDeals({});
  const cash = decimal.add('10000', deals.find(({ id }) => id === close.id)!.profit!);
  const at = new Date(Date.now() + 1_000).toISOString();
  await rig.trading.applyAccountEvent({
    eventId: 'funds',
    accountId: rig.accountId,
    kind: 'funds',
    data: { cash, margin: '0', runningProfit: '0', at },
  });
  await app.inflow.run();
  await value.until(({ valueBase, stale }) => valueBase === cash && !stale);
  await value.stop();
  await expect.poll(() => app.following).toEqual({ prices: 0, accounts: 0 });
}, 20_000);

test('its ledger is read once for all who watch it and again only when it has changed, however often prices move; who takes nothing meanwhile is told the newest only', async () => {
  await using all = await setUp();
  const { rig, app, id } = all;
  const statements = recordStatements(rig.database);
  const ledgersRead = () =>
    statements.take().filter(({ text }) => /^select .* from "portfolio_transactions"/.test(text)).length;
  const stop = new AbortController();
  const slow = (await app.as(undefined, stop.signal).onValuation({ portfolioId: id }))[
    Symbol.asyncIterator
  ]();
  const bidsOf = ({ holdings }: Value) => holdings[0]?.price?.price;
  expect(bidsOf((await slow.next()).value as Value)).toBe('1.17');
  const watchers = Array.from({ length: 5 }, () => follow(app, id));
  await Promise.all(watchers.map(({ until }) => until(() => true)));
  for (const bid of ['1.18', '1.19', '1.2']) {
    rig.prices.move({ bid });
    await Promise.all(watchers.map(({ until }) => until((value) => bidsOf(value) === bid)));
  }
  expect(ledgersRead()).toBe(1);
  expect(app.following.prices).toBe(1);
  expect(bidsOf((await slow.next()).value as Value)).toBe('1.2');
  await app.add(id, { kind: 'deposit', amount: '1', currency: 'USD' });
  statements.take(); // what writing reads
  await watchers[0]!.until(({ cash }) => cash[0]?.amount === '901');
  expect(ledgersRead()).toBe(1);
  stop.abort();
  await Promise.all(watchers.map((each) => each.stop()));
}, 20_000);

test('another’s portfolio is not found, nor one that is deleted meanwhile; who is not signed in, or may not read accounts, is refused', async () => {
  await using all = await setUp();
  const { rig, app, id } = all;
  const portfolioId = id;
  const bob = await rig.addUser('bob');
  expect(await failure(app.as(bob).onValuation({ portfolioId }))).toMatchObject({
    code: 'portfolio.not_found',
  });
  expect(await failure(app.as(null).onValuation({ portfolioId }))).toMatchObject({ code: 'auth.required' });
  expect(await failure(app.as(rig.userId, undefined, ['market']).onValuation({ portfolioId }))).toMatchObject(
    {
      code: 'auth.scope_missing',
    },
  );
  const value = follow(app, id);
  await value.until(() => true);
  await app.as().delete({ id });
  await expect(value.ended).rejects.toMatchObject({ cause: { code: 'portfolio.not_found' } });
}, 20_000);

test('one user watches so many portfolios at once and no more; one that is left makes room', async () => {
  await using all = await setUp();
  const { app } = all;
  const watched: ReturnType<typeof follow>[] = [];
  for (let n = 0; n < mostWatched; n++) watched.push(follow(app, (await app.make()).id));
  await Promise.all(watched.map(({ until }) => until(() => true)));
  await expect(follow(app, all.id).ended).rejects.toMatchObject({
    cause: { code: 'request.too_many_subscriptions' },
  });
  await watched[0]!.stop();
  const next = follow(app, all.id);
  await next.until(() => true);
  await Promise.all([next, ...watched].map((each) => each.stop()));
}, 30_000);

test('over both protocols it tells the same, and everything it follows ends with the socket', async () => {
  await using all = await setUp();
  const { rig, app, id } = all;
  await app.open();
  await app.inflow.run();
  const whole = (await app.as().list({})).portfolios.find((each) => each.id !== id)!.id;
  const http = await socketServer(
    router({ portfolio: app.router }),
    async ({ bearer }) => ({
      principal: { ...build.principal(undefined, { id: bearer! }), sessionId: `session_of_${bearer}` },
    }),
    { channels: { trading: { portfolio: 'portfolio.onValuation' } } },
  );
  onTestFinished(async () => {
    await http.sockets.shutdown();
    await http[Symbol.asyncDispose]();
  });
  const trpc = await openRaw(http.port, rig.userId);
  const plain = await openPlain(http.port, rig.userId, {}, '/ws/trading/');
  for (const [n, portfolioId] of [id, whole].entries()) {
    const input = { json: { portfolioId } };
    trpc.send({ id: n, method: 'subscription', params: { path: 'portfolio.onValuation', input } });
    plain.send({ type: 'subscribe', id: n, channel: 'portfolio', input: { portfolioId } });
  }
  rig.prices.move({ bid: '1.17106' });
  for (const [n, amount] of [
    [0, '"valueBase":"1017.106"'],
    [1, '"amount":"80"'],
  ] as const) {
    const tells = (message: object) => JSON.stringify(message).includes(amount);
    await trpc.message((message) => message.id === n && tells(message));
    await plain.message((message) => message.id === n && tells(message));
  }
  expect(app.following).toEqual({ prices: 1, accounts: 1 });
  const { result } = trpc.messages.find(({ result: told }) => told?.data);
  expect(result.data.meta.values).toMatchObject({ at: ['Date'] });
  trpc.close();
  plain.close();
  await expect.poll(() => app.following).toEqual({ prices: 0, accounts: 0 });
}, 20_000);
