// Somebody who has one of everything that a user can have, made by calls alone: what tests of isolation hold against a second one.
import { expect, vi } from 'vitest';
import * as build from './build.ts';
import type { Ask } from './faces.ts';

/** What is made, in words and names of its maker; `keys` begin the idempotency keys. */
interface LifeOf {
  /** Names that must differ among the things of one user. */
  names: string;
  /** In every other text. */
  words: string;
  keys: string;
  password: string;
  /** A login at the broker, to be connected as a demo account. */
  broker?: { apiKey: string; identifier: string; password: string };
}
export type Life = Awaited<ReturnType<typeof liveAs>>;

const instrument = 'VOD';
/** Deals, keeps books, watches and connects; gives the ids of it all. */
export async function liveAs(ask: Ask, { names, words, keys, password, broker }: LifeOf) {
  const key = (name: string) => `${keys}-${name}`;
  async function get<T>(procedure: string, input?: object): Promise<T> {
    const { answer, code } = await ask(procedure, input);
    expect([procedure, code]).toEqual([procedure, undefined]);
    return answer as T;
  }
  const waits = { waitMs: 10_000 };
  const accepted = async (procedure: string, input: object) => {
    const deal = await get<{ id: string; dealId: string; status: string }>(procedure, { ...waits, ...input });
    expect([procedure, deal.status, deal]).toEqual([procedure, 'accepted', expect.anything()]);
    return deal;
  };

  await get('users.updateProfile', { name: words, country: 'GB' });
  const { accounts } = await get<{ accounts: { id: string }[] }>('accounts.list');
  const account = accounts[0]!.id;
  const saga = await get<{ id: string }>('trading.cancelAll', {
    accountId: account,
    idempotencyKey: key('cancels'),
    ...waits,
  });
  const order = { accountId: account, epic: build.eurusd, direction: 'BUY' };
  const deal = await accepted('trading.openPosition', {
    ...order,
    size: '2',
    tag: names,
    note: words,
    idempotencyKey: key('opens'),
  });
  await accepted('trading.openPosition', { ...order, size: '1', idempotencyKey: key('opens-another') });
  const resting = await accepted('trading.placeOrder', {
    ...order,
    size: '1',
    type: 'limit',
    level: '0.9',
    note: words,
    idempotencyKey: key('places'),
  });
  await get('trading.setTarget', {
    accountId: account,
    epic: 'CS.D.GBPUSD.CFD.IP',
    netSize: '0',
    note: words,
    idempotencyKey: key('aims'),
    ...waits,
  });
  await get('trading.setRiskLimits', { accountId: account, maxSize: '50' });
  await get('trading.armDeadMan', { accountId: account, afterMs: 600_000, action: 'halt' });
  for (const dealingState of ['reduce_only', 'active'])
    await get('trading.setDealingState', { dealingState, scope: 'user', reason: words });

  const watchlist = await get<{ id: string }>('marketData.createWatchlist', {
    name: names,
    epics: [build.eurusd],
  });
  const alert = await get<{ id: string }>('notifications.createAlert', {
    // Armed from the beginning, and never told.
    condition: {
      kind: 'candle_close',
      epic: build.eurusd,
      side: 'bid',
      direction: 'up',
      level: '9.5',
      resolution: 'DAY',
    },
    note: words,
  });
  const folder = { baseCurrency: 'GBP', startsOn: '2025-01-01' };
  const portfolio = await get<{ id: string }>('portfolio.create', { name: names, tags: [words], ...folder });
  const bought = await get<{ id: string }>('portfolio.addTransaction', {
    id: portfolio.id,
    at: new Date('2025-06-02T09:00:00Z'),
    terms: { kind: 'buy', instrument, quantity: '100', price: '80.5', currency: 'GBX' },
    note: words,
    idempotencyKey: key('buys'),
  });
  await get('portfolio.setPrices', {
    prices: [{ instrument, on: '2025-06-03', price: '90', currency: 'GBX' }],
  });

  const { user, refreshToken } = await get<{ user: { id: string }; refreshToken: string }>('auth.login', {
    email: (await get<{ email: string }>('users.me')).email,
    password,
  });
  const { sessions } = await get<{ sessions: { id: string; current: boolean }[] }>('auth.listSessions');
  const apiKey = await get<{ id: string; key: string }>('auth.createApiKey', {
    name: names,
    scopes: ['market'],
  });
  const connected = broker
    ? await get<{ accounts: { id: string }[] }>('accounts.connect', { environment: 'demo', ...broker })
    : undefined;
  const { notifications } = await vi.waitFor(async () => {
    const told = await get<{ notifications: { id: string }[] }>('notifications.list', {});
    expect(told.notifications.length).toBeGreaterThan(0);
    return told;
  }, 10_000);
  const webhook = await get<{ id: string }>('notifications.createWebhook', {
    name: names,
    url: 'https://hook.invalid/', // no name server knows it
    kinds: ['dead_man.fired'], // nothing goes there: what is tried on changes while others ask
  });
  const signal = await get<{ id: string }>('signals.create', {
    name: names,
    accountId: account,
    scopes: ['trade:open'],
    epics: [build.eurusd],
    maxSize: '1',
  });
  const delivery = await get<{ id: string }>('notifications.testChannel', { channel: 'in_app' });
  await get('trading.reconcile', { accountId: account }); // what only the broker's lists tell of the position is known now
  const { nextCursor } = await get<{ nextCursor: string }>('trading.listDeals', {
    accountId: account,
    limit: 1,
  });
  const { next } = await get<{ next: string }>('trading.listEvents', { limit: 1 });
  return {
    user: user.id,
    account,
    connected: connected?.accounts.map(({ id }) => id) ?? [],
    deal: deal.id,
    position: deal.dealId,
    order: resting.dealId,
    saga: saga.id,
    watchlist: watchlist.id,
    alert: alert.id,
    portfolio: portfolio.id,
    transaction: bought.id,
    session: sessions.find(({ current }) => !current)!.id,
    refreshToken,
    apiKey: apiKey.id,
    secret: apiKey.key,
    notification: notifications[0]!.id,
    webhook: webhook.id,
    signal: signal.id,
    delivery: delivery.id,
    key: key('opens'),
    cursor: nextCursor,
    lastEvent: next,
  };
}
