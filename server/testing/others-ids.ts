// For each procedure that takes an id: what Bob asks with Ann's. Calls that use things up stand behind those that need them.
import { loginFeedOf } from '../../shared/feeds.ts';
import * as build from './build.ts';
import type { Life } from './whole-life.ts';

/**
 * An input of Bob's, and what he is to be told: that there is no such thing (left out), that a field names no such thing, that this is no
 * proof of who he is, or of his own things.
 */
export type Attempt = { told?: 'invalid' | 'unauthenticated' | 'of his own'; input: object };
type Attempts = (ann: Life, bob: Life) => Attempt[];

/** Names of Ann, which Bob is to be told do not exist. */
const hers =
  (...inputs: ((ann: Life, bob: Life) => object)[]): Attempts =>
  (ann, bob) =>
    inputs.map((input) => ({ input: input(ann, bob) }));
/** What Ann was given, which leads Bob to his own things. */
const own =
  (...inputs: ((ann: Life, bob: Life) => object)[]): Attempts =>
  (ann, bob) =>
    inputs.map((input) => ({ told: 'of his own', input: input(ann, bob) }));
const both =
  (...of: Attempts[]): Attempts =>
  (ann, bob) =>
    of.flatMap((attempts) => attempts(ann, bob));

const day = '2025-06-03';
const atOnce = { waitMs: 0 };
const ofAccount = hers(({ account }) => ({ accountId: account }));
const paged = both(
  ofAccount,
  own(({ cursor }, bob) => ({ accountId: bob.account, cursor })),
);
const onFeed = (input: object) =>
  hers(({ connected }) => ({ epic: build.eurusd, ...input, feed: loginFeedOf(connected[0]!) }));
const ofAccountBy = (input: object) => hers(({ account: id }) => ({ id, ...input }));
const ofPortfolio = (input: object = {}) => hers(({ portfolio: id }) => ({ id, ...input }));
/** Her position or order, on her account and on his. */
const atBroker = (what: 'position' | 'order', input: (account: 'hers' | 'his') => object = () => ({})) =>
  hers(
    (ann) => ({ accountId: ann.account, dealId: ann[what], ...input('hers') }),
    (ann, bob) => ({ accountId: bob.account, dealId: ann[what], ...input('his') }),
  );
const changed = (what: 'position' | 'order', key: string, input: object = {}) =>
  atBroker(what, (account) => ({ ...input, ...keyed(`${key}-${account}`) }));
const keyed = (key: string) => ({ idempotencyKey: `others-${key}`, ...atOnce });
const opening = { epic: build.eurusd, direction: 'BUY', size: '1' };
const resting = { ...opening, type: 'limit', level: '0.8' };
const sale = { kind: 'sell', instrument: 'VOD', quantity: '1', price: '90', currency: 'GBX' };
const csv = 'at,kind,amount,currency\n2025-07-01T09:00:00Z,deposit,10,GBP\n';

/** Every procedure whose input has a field like an id (see the test), in the order in which they are tried. */
export const othersIds: Readonly<Record<string, Attempts>> = {
  'auth.createApiKey': ({ account }) => [
    { told: 'invalid', input: { name: 'hers', scopes: ['market'], accountIds: [account] } },
  ],
  'auth.revokeApiKey': hers(({ apiKey: id }) => ({ id })),
  'auth.revokeSession': hers(({ session: id }) => ({ id })),
  'users.exportData': own(() => ({
    cursor: Buffer.from(JSON.stringify(['deals'])).toString('base64url'),
  })),

  'marketData.search': hers(({ connected }) => ({ query: 'EUR', feed: loginFeedOf(connected[0]!) })),
  'marketData.navigate': hers(({ connected }) => ({ category: 'FOREX', feed: loginFeedOf(connected[0]!) })),
  'marketData.get': onFeed({}),
  'marketData.sentiment': onFeed({}),
  'marketData.candles': onFeed({ resolution: 'MINUTE' }),
  'marketData.onCandles': onFeed({ resolution: 'MINUTE' }),
  'marketData.prices': hers(({ connected }) => ({
    epics: [build.eurusd],
    feed: loginFeedOf(connected[0]!),
  })),
  'marketData.onPrices': hers(({ connected }) => ({
    epics: [build.eurusd],
    feed: loginFeedOf(connected[0]!),
  })),
  'marketData.getWatchlist': both(
    hers(({ watchlist: id }) => ({ id })),
    hers(({ connected, watchlist: id }) => ({ id, feed: loginFeedOf(connected[0]!) })),
  ),
  'marketData.createWatchlist': hers(({ connected }) => ({
    name: 'On her feed',
    epics: [build.eurusd],
    feed: loginFeedOf(connected[0]!),
  })),
  'marketData.updateWatchlist': hers(({ watchlist: id }) => ({ id, version: 1, name: 'Another name' })),
  'marketData.deleteWatchlist': hers(({ watchlist: id }) => ({ id })),
  'marketData.importWatchlists': ofAccount,

  'notifications.createAlert': hers(
    ({ account: accountId }) => ({ condition: { kind: 'margin_level', level: '100', accountId } }),
    ({ position: dealId, account: accountId }) => ({
      condition: { kind: 'position_profit', dealId, accountId, direction: 'up', amount: '1' },
    }),
    ({ connected }) => ({
      condition: {
        kind: 'price',
        epic: build.eurusd,
        feed: loginFeedOf(connected[0]!),
        side: 'bid',
        direction: 'up',
        level: '9.5',
      },
    }),
  ),

  'trading.preview': hers(
    ({ account }) => ({ openPosition: { accountId: account, ...opening } }),
    ({ account, position: dealId }) => ({ closePosition: { accountId: account, dealId } }),
    ({ account, order: dealId }) => ({ cancelOrder: { accountId: account, dealId } }),
  ),
  'trading.openPosition': both(
    hers(({ account }) => ({ accountId: account, ...opening, ...keyed('opens') })),
    own(({ key: idempotencyKey }, bob) => ({
      accountId: bob.account,
      ...opening,
      idempotencyKey,
      ...atOnce,
    })),
  ),
  'trading.amendPosition': changed('position', 'amends', { limitLevel: '1.9' }),
  'trading.closePosition': changed('position', 'closes', { size: '1' }),
  'trading.placeOrder': hers(({ account }) => ({ accountId: account, ...resting, ...keyed('places') })),
  'trading.amendOrder': changed('order', 'amends-order', { level: '0.85' }),
  'trading.getOrder': atBroker('order'),
  'trading.getPosition': atBroker('position'),
  'trading.cancelOrder': changed('order', 'cancels'),
  'trading.getDeal': hers(({ deal: id }) => ({ id })),
  'trading.findDeal': hers(({ key: idempotencyKey }) => ({ idempotencyKey: `${idempotencyKey}-another` })),
  'trading.getSaga': hers(({ saga: id }) => ({ id })),
  'trading.listDeals': paged,
  'trading.listOrders': paged,
  'trading.listPositions': paged,
  'trading.listActivity': paged,
  'trading.listTransactions': paged,
  'trading.listBreaks': paged,
  'trading.listEvents': own(
    ({ lastEvent: after }) => ({ after }),
    () => ({ after: '0' }),
  ),
  'trading.onEvents': own(
    ({ lastEvent: lastEventId }) => ({ lastEventId }),
    () => ({ lastEventId: '0' }),
  ),
  'trading.onValuation': ofAccount,
  'trading.reconcile': ofAccount,
  'trading.drift': ofAccount,
  'trading.summary': ofAccount,
  'trading.getRisk': ofAccount,
  'trading.setRiskLimits': hers(({ account }) => ({ accountId: account, maxSize: '1' })),
  'trading.setDealingState': hers(({ account }) => ({
    accountId: account,
    scope: 'account',
    dealingState: 'active',
  })),
  'trading.setTarget': hers(({ account }) => ({
    accountId: account,
    epic: 'CS.D.GBPUSD.CFD.IP',
    netSize: '0',
    ...keyed('aims'),
  })),
  'trading.armDeadMan': hers(({ account }) => ({ accountId: account, afterMs: 600_000, action: 'halt' })),
  'trading.disarmDeadMan': ofAccount,
  'trading.cancelAll': hers(({ account }) => ({ accountId: account, ...keyed('cancels-all') })),
  'trading.closeAll': hers(({ account }) => ({ accountId: account, ...keyed('closes-all') })),
  'trading.flatten': hers(({ account }) => ({ accountId: account, ...keyed('flattens') })),

  'portfolio.list': own(({ cursor }) => ({ cursor })),
  'portfolio.listPrices': own(({ cursor }) => ({ cursor })),
  'portfolio.get': ofPortfolio(),
  'portfolio.update': ofPortfolio({ name: 'Another name' }),
  'portfolio.holdings': ofPortfolio(),
  'portfolio.transactions': both(
    ofPortfolio(),
    own(({ cursor }, bob) => ({ id: bob.portfolio, cursor })),
  ),
  'portfolio.addTransaction': both(
    ofPortfolio({ at: new Date('2025-06-04T09:00:00Z'), terms: sale, idempotencyKey: 'others-sells' }),
    own((ann, bob) => ({
      id: bob.portfolio,
      at: new Date('2025-06-04T09:00:00Z'),
      terms: { ...sale, lots: [{ transactionId: ann.transaction, quantity: '1' }] },
      idempotencyKey: 'others-sells-her-lot',
    })),
  ),
  'portfolio.trades': ofPortfolio(),
  'portfolio.gains': ofPortfolio(),
  'portfolio.performance': ofPortfolio({ from: '2025-06-02', to: day }),
  'portfolio.valuations': ofPortfolio({ from: '2025-06-02', to: day }),
  'portfolio.explain': both(
    ofPortfolio({ figure: 'value' }),
    own((ann, bob) => ({
      id: bob.portfolio,
      figure: 'disposalGain',
      acquiredBy: ann.transaction,
      disposedBy: ann.transaction,
    })),
  ),
  'portfolio.statement': ofPortfolio({ on: day }),
  'portfolio.onValuation': hers(({ portfolio: portfolioId }) => ({ portfolioId })),
  'portfolio.importPreview': ofPortfolio({ profile: 'ftrader', csv }),
  'portfolio.importCommit': ofPortfolio({ profile: 'ftrader', csv }),
  'portfolio.export': ofPortfolio(),
  'portfolio.reverseTransaction': hers(
    ({ portfolio: id, transaction: txId }) => ({ id, txId, idempotencyKey: 'others-reverses' }),
    ({ transaction: txId }, bob) => ({ id: bob.portfolio, txId, idempotencyKey: 'others-reverses-mine' }),
  ),
  'portfolio.delete': ofPortfolio(),

  'notifications.list': own(({ cursor }) => ({ cursor })),
  'notifications.markRead': hers(({ notification }) => ({ ids: [notification] })),
  'notifications.markUnread': hers(({ notification }) => ({ ids: [notification] })),
  'notifications.archive': hers(({ notification }) => ({ ids: [notification] })),
  'notifications.unarchive': hers(({ notification }) => ({ ids: [notification] })),
  'notifications.listEvents': own(
    ({ lastEvent: after }) => ({ after }),
    () => ({ after: '0' }),
  ),
  'notifications.updateWebhook': hers(({ webhook: id }) => ({ id, name: 'Another name' })),
  'notifications.rotateWebhookSecret': hers(({ webhook: id }) => ({ id })),
  'notifications.testChannel': hers(({ webhook: webhookId }) => ({ channel: 'webhook', webhookId })),
  'notifications.listDeliveries': own(
    ({ webhook: webhookId }) => ({ webhookId }),
    ({ cursor }) => ({ cursor }),
  ),
  'notifications.redeliver': hers(({ delivery: id }) => ({ id })),
  'notifications.deleteWebhook': hers(({ webhook: id }) => ({ id })),
  'notifications.listAlerts': own(
    ({ cursor }) => ({ cursor }),
    ({ account: accountId }) => ({ accountId }),
  ),
  'notifications.updateAlert': hers(({ alert: id }) => ({ id, note: 'not hers any more' })),
  'notifications.deleteAlert': hers(({ alert: id }) => ({ id })),
  'notifications.onNotification': own(
    ({ lastEvent: lastEventId }) => ({ lastEventId }),
    () => ({ lastEventId: '0' }),
  ),

  'signals.create': hers(({ account: accountId }) => ({
    accountId,
    name: 'On her account',
    scopes: ['trade:close'],
    epics: [build.eurusd],
    maxSize: '1',
  })),
  'signals.receive': (ann) => [
    { told: 'unauthenticated', input: { id: ann.signal, secret: 'not hers', action: 'close' } },
  ],
  'signals.update': hers(({ signal: id }) => ({ id, state: 'paused' })),
  'signals.delete': hers(({ signal: id }) => ({ id })),

  'accounts.get': ofAccountBy({}),
  'accounts.allowance': ofAccountBy({}),
  'accounts.test': ofAccountBy({}),
  'accounts.setDefault': ofAccountBy({}),
  'accounts.update': ofAccountBy({ name: 'Another name' }),
  'accounts.updateCredentials': hers(({ connected }) => ({
    id: connected[0]!,
    password: 'not the right one',
  })),
  'accounts.enableLiveDealing': ofAccountBy({ password: 'correct horse' }),
  'accounts.disableLiveDealing': ofAccountBy({}),
  'accounts.listFaults': ofAccountBy({}),
  'accounts.setFault': ofAccountBy({ fault: 'lost_confirm', on: true }),
  'accounts.disconnect': both(
    ofAccountBy({}),
    hers(({ connected }) => ({ id: connected[0]!, withOpenPositions: true })),
  ),
};
