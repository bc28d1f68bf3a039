// Twins at a real server: one calls over tRPC, the other over REST, the same steps in the same order, and each step comes to the same but for ids and instants.
import { expect, test } from 'vitest';
import * as build from '../testing/build.ts';
import { overRest, overTrpc, type Outcome } from '../testing/faces.ts';
import { signUp } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';

/** What a twin was given so far, by the name of the step that keeps it. */
type Kept = Record<string, string>;
/** A procedure, its input by what oneself and the other twin were given, and the name under which the answer's id is kept. */
type Step = [procedure: string, input?: (mine: Kept, other: Kept) => object, keep?: string];

const day = '2025-06-03';
const condition = { kind: 'price', epic: build.eurusd, side: 'bid', direction: 'up', level: '9.5' };
const tooSmall = {
  epic: build.eurusd,
  direction: 'BUY',
  size: '0.01',
  idempotencyKey: 'twin-too-small',
  waitMs: 10_000,
};
const buys = { kind: 'buy', instrument: 'VOD', quantity: '100', price: '80.50', currency: 'GBX', fee: '5' };
const enters = (key: string, terms: object) => (mine: Kept) => ({
  id: mine['portfolio'],
  at: '2025-06-02T09:00:00Z',
  terms,
  idempotencyKey: key,
});
const csv = 'at,kind,amount,currency\n2025-07-01T09:00:00Z,deposit,10.50,GBP\n2025-07-01,nonsense,1,GBP\n';

/** Nothing in them depends on a price of the moment. */
const steps: Step[] = [
  ['users.me'],
  ['users.updateProfile', () => ({ country: 'GB' })],
  ['users.updateProfile', () => ({ country: 'nowhere' })],
  ['accounts.list', undefined, 'account'],
  ['accounts.get', ({ account }) => ({ id: account })],
  ['accounts.get', (_mine, { account }) => ({ id: account })],
  ['accounts.update', ({ account }) => ({ id: account, name: 'Mine' })],
  ['marketData.get', () => ({ epic: 'CS.D.NOTHING.CFD.IP' })],
  ['marketData.createWatchlist', () => ({ name: 'Twin', epics: [build.eurusd] }), 'watchlist'],
  ['marketData.createWatchlist', () => ({ name: 'Twin', epics: [build.eurusd] })],
  ['marketData.listWatchlists'],
  ['marketData.updateWatchlist', ({ watchlist: id }) => ({ id, version: 1, name: 'Ours' })],
  ['marketData.updateWatchlist', ({ watchlist: id }) => ({ id, version: 1, name: 'Theirs' })],
  ['marketData.getWatchlist', (_mine, { watchlist: id }) => ({ id })],
  ['marketData.deleteWatchlist', (_mine, { watchlist: id }) => ({ id })],
  ['marketData.deleteWatchlist', ({ watchlist: id }) => ({ id })],
  ['trading.openPosition', () => tooSmall, 'deal'],
  ['trading.openPosition', () => tooSmall],
  ['trading.openPosition', () => ({ ...tooSmall, size: '0.02' })],
  ['trading.openPosition', () => ({ ...tooSmall, size: 'much' })],
  ['trading.findDeal', () => ({ idempotencyKey: 'twin-too-small' })],
  ['trading.getDeal', ({ deal: id }) => ({ id })],
  ['trading.getDeal', (_mine, { deal: id }) => ({ id })],
  ['trading.listDeals', () => ({ status: ['denied'], limit: 1 })],
  ['trading.cancelOrder', () => ({ dealId: 'DIAAAAAAAAAA', idempotencyKey: 'twin-cancels', waitMs: 0 })],
  ['trading.setRiskLimits', () => ({ maxSize: '2.50', maxDailyLoss: '500' })],
  ['trading.setDealingState', () => ({ dealingState: 'halted', scope: 'user', reason: 'a drill' })],
  ['trading.openPosition', () => ({ ...tooSmall, size: '1', idempotencyKey: 'twin-is-halted' })],
  ['portfolio.create', () => ({ name: 'Shares', baseCurrency: 'GBP', startsOn: '2025-01-01' }), 'portfolio'],
  ['portfolio.addTransaction', enters('twin-buys', buys), 'transaction'],
  ['portfolio.addTransaction', enters('twin-buys', buys)],
  ['portfolio.addTransaction', enters('twin-sells', { ...buys, kind: 'sell', quantity: '100.001' })],
  ['portfolio.get', (_mine, { portfolio: id }) => ({ id })],
  ['portfolio.transactions', ({ portfolio: id }) => ({ id })],
  ['portfolio.holdings', ({ portfolio: id }) => ({ id, asOf: '2025-06-02T12:00:00Z' })],
  ['portfolio.gains', ({ portfolio: id }) => ({ id, method: 'section_104', taxYear: 'uk' })],
  ['portfolio.trades', ({ portfolio: id }) => ({ id })],
  ['portfolio.export', ({ portfolio: id }) => ({ id, format: 'json' })],
  ['portfolio.importPreview', ({ portfolio: id }) => ({ id, profile: 'ftrader', csv })],
  ['portfolio.importCommit', ({ portfolio: id }) => ({ id, profile: 'ftrader', csv })],
  [
    'portfolio.setPrices',
    () => ({ prices: [{ instrument: 'VOD', on: day, price: '81.10', currency: 'GBX' }] }),
  ],
  ['portfolio.listPrices', () => ({ from: day, to: day })],
  ['portfolio.statement', ({ portfolio: id }) => ({ id, on: day })],
  [
    'portfolio.reverseTransaction',
    ({ portfolio: id, transaction: txId }) => ({ id, txId, idempotencyKey: 'twin-reverses' }),
  ],
  ['portfolio.delete', ({ portfolio: id }) => ({ id })],
  [
    'notifications.setPreferences',
    () => ({ kinds: [{ kind: 'deal.rejected', channels: { email: false } }] }),
  ],
  ['notifications.createWebhook', () => ({ name: 'bot', url: 'https://127.0.0.1/' })],
  ['notifications.createAlert', () => ({ condition }), 'alert'],
  ['notifications.listAlerts', () => ({ limit: 1 })],
  ['notifications.deleteAlert', (_mine, { alert: id }) => ({ id })],
  ['notifications.deleteAlert', ({ alert: id }) => ({ id })],
  ['auth.createApiKey', () => ({ name: 'bot', scopes: ['market'] })],
  ['auth.listApiKeys'],
  ['admin.listUsers'],
  ['system.time'],
];

/** An answer as plain JSON, without what is each twin's own. */
const masked = ({ answer, code }: Outcome): unknown =>
  code === undefined
    ? JSON.parse(
        JSON.stringify(answer ?? null)
          .replaceAll(/\b([a-z]{2,9})_[0-9a-hjkmnp-tv-z]{20,}/g, '$1_')
          .replaceAll(/"afterMs":\d+/g, '"afterMs":0')
          .replaceAll(/\bft_[\w-]{40,}/g, 'ft_')
          .replaceAll(/\bFT-[0-9a-z]{26}\b/g, 'FT-')
          .replaceAll(/\bS[A-Z0-9]{12}\b/g, 'broker')
          .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'at')
          .replaceAll(/(ann|bob)@example\.com/g, 'twin@example.com'),
      )
    : { code };

test('twins who do the same, one over tRPC and one over REST, are told the same at every step', async () => {
  await using app = await testApp();
  await using ann = await signUp(app, { ...build.newcomer, name: 'Twin' });
  await using bob = await signUp(app, { ...build.newcomer, email: 'bob@example.com', name: 'Twin' });
  const types = new Map(listProcedures(describeRouter()).map(({ name, type }) => [name, type]));
  const twins = [
    { ask: overTrpc(ann, (name) => types.get(name) === 'query'), kept: {} as Kept },
    {
      ask: overRest(app.url, async () => ({ authorization: `Bearer ${await bob.token()}` })),
      kept: {} as Kept,
    },
  ] as const;
  const told = { answers: 0, refusals: 0 };
  for (const [procedure, input, keep] of steps) {
    const outcomes: Outcome[] = [];
    for (const [n, { ask, kept }] of twins.entries())
      outcomes.push(await ask(procedure, withDates(input?.(kept, twins[1 - n]!.kept))));
    const [one, other] = outcomes.map(masked);
    expect({ procedure, told: other }).toEqual({ procedure, told: one });
    for (const [n, { answer }] of outcomes.entries())
      if (keep !== undefined) twins[n]!.kept[keep] = idOf(answer as object);
    told[outcomes[0]!.code === undefined ? 'answers' : 'refusals']++;
  }
  console.log(
    `twins: ${steps.length} steps over ${new Set(steps.map(([name]) => name)).size} procedures, ${JSON.stringify(told)}`,
  );
  expect(told.answers).toBeGreaterThan(30);
  expect(told.refusals).toBeGreaterThan(10);
}, 60_000);

const idOf = (answer: { id?: string; accounts?: { id: string }[] }) =>
  (answer.id ?? answer.accounts?.[0]?.id)!;
/** As a client in TypeScript writes it: an instant is a Date. */
const withDates = (input: Record<string, unknown> | object | undefined): object | undefined =>
  input &&
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? new Date(value) : value,
    ]),
  );
