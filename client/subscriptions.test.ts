// The kit's typed list of subscriptions and its pages, held against the whole product.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { describeRouter } from '../server/api/router.ts';
import { listProcedures, toJsonSchema } from '../server/api/schemas.ts';
import { createInbox } from '../server/testing/inbox.ts';
import { testApp, type TestApp } from '../server/testing/test-app.ts';
import * as kit from './index.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const terms = { baseCurrency: 'GBP', startsOn: '2026-01-01' };
let app: TestApp;
let ftrader: kit.FTraderClient;
beforeAll(async () => {
  app = await testApp();
  await app.settled(30_000);
  const token = kit.createTokenSource({
    url: app.url,
    email: 'demo@ftrader.local',
    password: 'ftrader-demo',
  });
  ftrader = kit.createFTraderClient({ url: app.url, token });
});
afterAll(async () => {
  await ftrader?.close();
  await app?.[Symbol.asyncDispose]();
});

const readme = readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8');
const procedures = listProcedures(describeRouter());

test('the kit and its README list every subscription of the router, and those that resume are the ones that take a lastEventId', () => {
  const ofRouter = procedures.filter(({ type }) => type === 'subscription');
  expect(Object.keys(kit.subscriptions).sort()).toEqual(ofRouter.map(({ name }) => name).sort());
  for (const { name, input } of ofRouter) {
    const takes = Object.keys(toJsonSchema(input!, 'input').properties ?? {});
    const { afterGap } = kit.subscriptions[name as kit.SubscriptionName];
    expect([name, afterGap]).toEqual([name, takes.includes('lastEventId') ? 'resumes' : 'snapshot']);
    expect(readme).toMatch(
      new RegExp(`^\\| \`${name}\` \\| .+ \\| ${afterGap === 'resumes' ? 'resumes' : 'begins'} `, 'm'),
    );
  }
});

/** Asks for a subscription by its name and gives what it tells first. */
async function first<Name extends kit.SubscriptionName>(
  name: Name,
  input: kit.SubscriptionInput<Name>,
): Promise<kit.SubscriptionData<Name>> {
  const [module, procedure] = name.split('.') as [string, string];
  type Asked = {
    subscribe: (
      input: unknown,
      on: { onData: (data: kit.SubscriptionData<Name>) => void; onError: (error: Error) => void },
    ) => { unsubscribe: () => void };
  };
  const asked = (ftrader.api as unknown as Record<string, Record<string, Asked>>)[module]![procedure]!;
  return new Promise((done, fail) => {
    const subscription = asked.subscribe(input, {
      onData(data) {
        subscription.unsubscribe();
        done(data);
      },
      onError: fail,
    });
  });
}

test('each of them tells of its data in the type that its name has', async () => {
  const { id: portfolioId } = await ftrader.api.portfolio.create.mutate({ name: 'Of the kit', ...terms });
  await ftrader.api.trading.openPosition.mutate({
    idempotencyKey: 'of-the-kit-1',
    epic,
    direction: 'BUY',
    size: '1',
    waitMs: 10_000,
  });
  const told = {
    'marketData.onPrices': await first('marketData.onPrices', { epics: [epic] }),
    'marketData.onCandles': await first('marketData.onCandles', { epic, resolution: 'MINUTE' }),
    'trading.onEvents': await first('trading.onEvents', { lastEventId: '0' }),
    'trading.onValuation': await first('trading.onValuation', {}),
    'portfolio.onValuation': await first('portfolio.onValuation', { portfolioId }),
    'notifications.onNotification': await first('notifications.onNotification', { lastEventId: '0' }),
  } satisfies { [Name in kit.SubscriptionName]: kit.SubscriptionData<Name> };
  expectTypeOf(told['marketData.onPrices']).toEqualTypeOf<kit.Tick[]>();
  expectTypeOf(told['trading.onEvents'].data).toEqualTypeOf<kit.StreamMessage<kit.TradingEvent>>();
  expect(told).toMatchObject({
    'marketData.onPrices': [{ epic }],
    'marketData.onCandles': { epic },
    'trading.onEvents': { id: expect.any(String), data: { type: expect.any(String) } },
    'trading.onValuation': { summary: {}, positions: expect.any(Array) },
    'portfolio.onValuation': { portfolioId },
    'notifications.onNotification': { id: expect.any(String) },
  });
});

test('a list is read page by page to its end, each row once, and no further than its reader goes', async () => {
  const { api } = ftrader;
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `Pages ${name}`);
  for (const name of names) await api.portfolio.create.mutate({ name, ...terms });
  const asked = createInbox<string | undefined>();
  const list = {
    query: (input: { cursor?: string | undefined; limit?: number | undefined }) => {
      asked.put(input.cursor);
      return api.portfolio.list.query(input);
    },
  };
  const read: string[] = [];
  for await (const { portfolios } of kit.pagesOf(list, { limit: 2 }))
    read.push(...portfolios.map(({ name }) => name));
  const all = (await api.portfolio.list.query({ limit: 500 })).portfolios.map(({ name }) => name);
  expect(read).toEqual(all);
  expect(read).toEqual(expect.arrayContaining(names));
  expect(asked.items).toHaveLength(Math.ceil(all.length / 2));

  for await (const page of kit.pagesOf(list, { limit: 2 })) {
    expectTypeOf(page.portfolios[0]!).toEqualTypeOf<kit.Portfolio>();
    break;
  }
  expect(asked.items).toHaveLength(Math.ceil(all.length / 2) + 1);
});

test('every list of the product that has a cursor can be read so', () => {
  const { api } = ftrader;
  // Nothing is asked before somebody reads.
  const lists = {
    'users.exportData': kit.pagesOf(api.users.exportData, {}),
    'marketData.navigate': kit.pagesOf(api.marketData.navigate, {}),
    'marketData.candles': kit.pagesOf(api.marketData.candles, { epic, resolution: 'MINUTE' }),
    'trading.listOrders': kit.pagesOf(api.trading.listOrders, {}),
    'trading.listPositions': kit.pagesOf(api.trading.listPositions, {}),
    'trading.listDeals': kit.pagesOf(api.trading.listDeals, { limit: 500 }),
    'trading.listActivity': kit.pagesOf(api.trading.listActivity, {}),
    'trading.listTransactions': kit.pagesOf(api.trading.listTransactions, {}),
    'trading.listBreaks': kit.pagesOf(api.trading.listBreaks, {}),
    'portfolio.list': kit.pagesOf(api.portfolio.list, {}),
    'portfolio.listPrices': kit.pagesOf(api.portfolio.listPrices, {}),
    'portfolio.transactions': kit.pagesOf(api.portfolio.transactions, { id: 'pf_1' }),
    'notifications.list': kit.pagesOf(api.notifications.list, {}),
    'notifications.listDeliveries': kit.pagesOf(api.notifications.listDeliveries, {}),
    'notifications.listAlerts': kit.pagesOf(api.notifications.listAlerts, {}),
    'admin.listUsers': kit.pagesOf(api.admin.listUsers, {}),
    'admin.listJobs': kit.pagesOf(api.admin.listJobs, {}),
    'admin.listAudit': kit.pagesOf(api.admin.listAudit, {}),
  };
  const paged = procedures.filter(
    ({ input }) => input && 'cursor' in (toJsonSchema(input, 'input').properties ?? {}),
  );
  expect(Object.keys(lists).sort()).toEqual(paged.map(({ name }) => name).sort());
});
