// What tests arrange again and again, as functions with sensible defaults: each takes the fields that matter to its test.
import type { Scope, User } from '../../shared/auth.ts';
import type { Tick } from '../../shared/market-data.ts';
import type { z } from 'zod';
import type {
  AmendOrder,
  AmendPosition,
  ClosePosition,
  OpenPosition,
  PlaceOrder,
} from '../../shared/deal-requests.ts';
import type { Deal } from '../../shared/trading.ts';
import { createSealer } from '../lib/seal.ts';
import type { BrokerAccount } from '../modules/accounts/ports.ts';
import type { ActivityEvidence, CloseRequest, OpenRequest } from '../modules/trading/ports.ts';
import type { Context, Places, Principal } from '../trpc/context.ts';
import { createManualClock } from './manual-clock.ts';

export const eurusd = 'CS.D.EURUSD.CFD.IP';

/** What Ann types to sign up. */
export const newcomer = { email: 'ann@example.com', password: 'correct horse', name: 'Ann' };
/** What she types to log in. */
export const login = { email: newcomer.email, password: newcomer.password };
export const user = (over: Partial<User> = {}): User => ({
  id: 'user_1',
  email: newcomer.email,
  name: newcomer.name,
  timeZone: 'UTC',
  isAdmin: false,
  emailVerified: true,
  createdAt: new Date(0),
  ...over,
});
/** Somebody signed in; everything but an admin's scope unless told. */
export const principal = (
  scopes: readonly Scope[] = ['session', 'market', 'account:read', 'trade:open', 'trade:close'],
  over: Partial<User> = {},
): Principal => ({ user: user(over), sessionId: 'session_1', scopes: new Set(scopes) });
/** Room for every subscription; none is ended from here. */
export const places: Places = {
  take: (left = new AbortController().signal) => ({ signal: left, failure: undefined, leave() {} }),
};
/** What a transport tells a procedure of its caller; of nobody unless a principal is given. */
export const context = (over: Partial<Context> = {}): Context => ({
  requestId: 'req_1',
  ip: '192.0.2.1',
  isOperator: false,
  userAgent: 'test',
  principal: null,
  clock: createManualClock(), // stands still: no call is late because the machine is loaded
  places,
  audit: { begin: async () => async () => undefined, refuse: async () => undefined },
  ...over,
});

/** A simulated account in pounds. */
export const account = (over: Partial<BrokerAccount> = {}): BrokerAccount => ({
  id: 'acct_1',
  userId: 'user_1',
  environment: 'simulated',
  feed: 'simulated',
  brokerAccountId: 'ABC12',
  type: 'CFD',
  name: 'Simulated',
  currency: 'GBP',
  isDefault: true,
  disconnectedAt: null,
  ...over,
});

/** Buys one contract of EUR/USD, without stop or limit. */
export const openRequest = (over: Partial<OpenRequest> = {}): OpenRequest => ({
  kind: 'open',
  dealReference: 'ftr_1',
  epic: eurusd,
  expiry: '-',
  direction: 'BUY',
  size: '1',
  currency: 'USD',
  stopLevel: null,
  stopDistancePoints: null,
  limitLevel: null,
  limitDistancePoints: null,
  guaranteedStop: false,
  trailingIncrementPoints: null,
  worstLevel: null,
  ...over,
});

/** Closes one contract of a BUY. */
export const closeRequest = (over: Partial<CloseRequest> = {}): CloseRequest => ({
  kind: 'close',
  dealId: 'DIAAAABCDEFGH01',
  direction: 'SELL',
  size: '1',
  ...over,
});

let keys = 0;
/** The input of trading.openPosition, with a key of its own; it waits for nothing. */
export const openPosition = (over: Partial<z.input<typeof OpenPosition>> = {}) =>
  ({
    epic: eurusd,
    direction: 'BUY' as const,
    size: '1',
    idempotencyKey: `a-test-key-${++keys}`,
    waitMs: 0,
    ...over,
  }) as z.input<typeof OpenPosition>;
/** The input of trading.closePosition, likewise; the whole position unless a size is given. */
export const closePosition = (dealId: string, over: Partial<z.input<typeof ClosePosition>> = {}) =>
  ({
    dealId,
    idempotencyKey: `a-test-key-${++keys}`,
    waitMs: 0,
    ...over,
  }) as z.input<typeof ClosePosition>;
/** The input of trading.amendPosition, likewise. */
export const amendPosition = (dealId: string, over: Partial<z.input<typeof AmendPosition>> = {}) =>
  ({
    dealId,
    idempotencyKey: `a-test-key-${++keys}`,
    waitMs: 0,
    ...over,
  }) as z.input<typeof AmendPosition>;
/** The input of trading.placeOrder, likewise: buys one contract below the market. */
export const placeOrder = (over: Partial<z.input<typeof PlaceOrder>> = {}) =>
  ({
    epic: eurusd,
    direction: 'BUY' as const,
    size: '1',
    type: 'limit' as const,
    level: '1.16000',
    idempotencyKey: `a-test-key-${++keys}`,
    waitMs: 0,
    ...over,
  }) as z.input<typeof PlaceOrder>;
/** The input of trading.amendOrder and trading.cancelOrder, likewise. */
export const changeOrder = <Change extends Omit<z.input<typeof AmendOrder>, 'dealId' | 'idempotencyKey'>>(
  dealId: string,
  over?: Change,
) => ({ dealId, idempotencyKey: `a-test-key-${++keys}`, waitMs: 0, ...over });
/** An opening of one contract that was accepted at once. */
export const deal = (over: Partial<Deal> = {}): Deal => ({
  id: 'deal_1',
  affected: null,
  accountId: 'acct_1',
  environment: 'simulated',
  kind: 'open',
  status: 'accepted',
  reason: null,
  dealReference: 'ftr_1',
  dealId: 'DIAAAABCDEFGH01',
  epic: eurusd,
  direction: 'BUY',
  size: '1',
  stopLevel: null,
  limitLevel: null,
  orderType: null,
  orderLevel: null,
  goodTillAt: null,
  stopDistancePoints: null,
  limitDistancePoints: null,
  guaranteedStop: false,
  trailingStop: null,
  worstLevel: null,
  tolerancePoints: null,
  tag: null,
  note: null,
  level: '1.17006',
  profit: null,
  profitCurrency: null,
  createdAt: new Date(0),
  statusAt: new Date(0),
  decidedAt: new Date(0),
  brokerAt: null,
  ...over,
});
/** A live price of EUR/USD. */
export const tick = (over: Partial<Tick> = {}): Tick => ({
  feed: 'simulated',
  epic: eurusd,
  seq: 1,
  bid: '1.17000',
  offer: '1.17006',
  high: null,
  low: null,
  netChange: null,
  netChangePct: null,
  marketState: 'tradeable',
  at: new Date(0),
  receivedAt: new Date(0),
  stale: false,
  ...over,
});

/** Seals and opens with one key. */
export const sealer = () => createSealer([`test:${Buffer.alloc(32, 7).toString('base64')}`]);

/** What the broker's history says of a whole BUY that somebody closed elsewhere. */
export const closedElsewhere = (
  dealId: string,
  over: Partial<ActivityEvidence> & Pick<ActivityEvidence, 'at'>,
): ActivityEvidence => ({
  dealId: `OUT-${dealId}`,
  dealReference: null,
  epic: eurusd,
  status: 'accepted',
  actions: [{ action: 'closed', dealId }],
  direction: 'SELL',
  size: '1',
  level: '1.16',
  stopLevel: null,
  limitLevel: null,
  stopDistancePoints: null,
  limitDistancePoints: null,
  throughApi: false,
  ...over,
});
