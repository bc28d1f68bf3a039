// The REST face as a table: which method and path (below /api) calls which procedure, and what the documents say about it.
import type { ErrorCode } from '../../shared/errors.ts';
import { demoLogin } from '../modules/auth/index.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export interface RestRoute {
  method: Method;
  /** Below `/api`; `{name}` is a field of the input. */
  path: string;
  /** `router.procedure` */
  procedure: string;
  summary: string;
  description?: string;
  /** Errors beyond those that any call of its scope may meet. */
  errors?: readonly ErrorCode[];
  /** A request to deal: its key comes in the header Idempotency-Key, and an answer that is not decided yet is 202 with its Location. */
  deals?: true;
  /** An input that works. */
  example?: Readonly<Record<string, unknown>>;
}

const cookieToo =
  'Programs use the tokens. Browsers also get the HttpOnly cookie `ftrader_session`, and need not store anything.';
const brokerErrors = [
  'market_data.unknown_feed',
  'market_data.no_feed',
  'broker.unavailable',
  'broker.refused',
  'broker.limited',
] as const;
const accountErrors = ['accounts.none', 'accounts.not_found', 'accounts.ambiguous'] as const;
const dealErrors = [
  ...accountErrors,
  'trading.key_reused',
  'market_data.unknown_epic',
  'broker.unavailable',
] as const;
const dealing =
  'A no is an answer, not an error: look at `status` and `reason`. 202 and a `Location` mean that it is not decided yet: ask there, or follow the events. The same key and request again gives the stored outcome (`replayed`) and sends nothing.';
const epic = 'CS.D.EURUSD.CFD.IP';

export const restTable: readonly RestRoute[] = [
  {
    method: 'POST',
    path: '/auth/register',
    procedure: 'auth.register',
    summary: 'Sign up',
    description: cookieToo,
    errors: ['auth.email_taken'],
    example: {
      email: 'ada@example.com',
      password: 'correct horse battery',
      name: 'Ada',
      timeZone: 'Europe/London',
    },
  },
  {
    method: 'POST',
    path: '/auth/login',
    procedure: 'auth.login',
    summary: 'Log in',
    description: cookieToo,
    errors: ['auth.invalid_credentials'],
    example: demoLogin,
  },
  {
    method: 'POST',
    path: '/token/refresh',
    procedure: 'auth.refresh',
    summary: 'Exchange the refresh token for new tokens',
    errors: ['auth.token_expired', 'auth.token_invalid'],
    example: { refreshToken: 'the refreshToken of the last answer' },
  },
  {
    method: 'POST',
    path: '/auth/logout',
    procedure: 'auth.logout',
    summary: 'Log out',
    description: 'Ends the session: its tokens, its cookie, and within a second its sockets.',
  },

  { method: 'GET', path: '/users/me', procedure: 'users.me', summary: 'Who am I' },

  {
    method: 'GET',
    path: '/market-data/markets',
    procedure: 'marketData.search',
    summary: 'Find markets by name or epic',
    errors: brokerErrors,
    example: { query: 'EUR' },
  },
  {
    method: 'GET',
    path: '/market-data/markets/{epic}',
    procedure: 'marketData.get',
    summary: 'One market: instrument, dealing rules and snapshot',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epic },
  },
  {
    method: 'GET',
    path: '/market-data/prices',
    procedure: 'marketData.prices',
    summary: 'The newest price of up to 50 markets',
    errors: ['market_data.unknown_epic', ...brokerErrors],
    example: { epics: [epic] },
  },

  {
    method: 'GET',
    path: '/accounts',
    procedure: 'accounts.list',
    summary: 'My broker accounts',
    errors: ['broker.unavailable'],
  },
  {
    method: 'GET',
    path: '/accounts/{id}',
    procedure: 'accounts.get',
    summary: 'One of my broker accounts',
    errors: ['accounts.not_found'],
    example: { id: 'acct_…' },
  },

  {
    method: 'POST',
    path: '/trading/positions',
    procedure: 'trading.openPosition',
    summary: 'Open a position at market',
    description: dealing,
    deals: true,
    errors: dealErrors,
    example: {
      epic,
      direction: 'BUY',
      size: '1',
      stopDistancePoints: '20',
      idempotencyKey: 'a-new-one-for-each-intent',
    },
  },
  {
    method: 'DELETE',
    path: '/trading/positions/{dealId}',
    procedure: 'trading.closePosition',
    summary: 'Close a position at market, or with `size` a part of it',
    description: dealing,
    deals: true,
    errors: ['trading.position_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  {
    method: 'GET',
    path: '/trading/positions',
    procedure: 'trading.listPositions',
    summary: 'Open positions with their running profit',
    errors: accountErrors,
  },
  {
    method: 'GET',
    path: '/trading/deals',
    procedure: 'trading.listDeals',
    summary: 'Deals, newest first',
    errors: accountErrors,
    example: { limit: 20 },
  },
  {
    method: 'GET',
    path: '/trading/deals/{id}',
    procedure: 'trading.getDeal',
    summary: 'One deal and its fate',
    errors: ['trading.deal_not_found'],
    example: { id: 'deal_…' },
  },
  {
    method: 'GET',
    path: '/trading/summary',
    procedure: 'trading.summary',
    summary: 'Cash, equity, margin, available and running profit of an account',
    errors: [...accountErrors, 'broker.unavailable'],
  },

  {
    method: 'GET',
    path: '/notifications',
    procedure: 'notifications.list',
    summary: 'Notifications, newest first',
    example: { limit: 20 },
  },
  {
    method: 'GET',
    path: '/notifications/unread-count',
    procedure: 'notifications.unreadCount',
    summary: 'How many are unread',
  },
  {
    method: 'POST',
    path: '/notifications/{id}/read',
    procedure: 'notifications.markRead',
    summary: 'Mark one as read',
    errors: ['notifications.not_found'],
    example: { id: 'ntf_…' },
  },
  {
    method: 'POST',
    path: '/notifications/read-all',
    procedure: 'notifications.markAllRead',
    summary: 'Mark all as read',
  },

  {
    method: 'GET',
    path: '/system/status',
    procedure: 'system.status',
    summary: 'What runs here, and its feeds',
  },
  { method: 'GET', path: '/system/time', procedure: 'system.time', summary: "The server's clock" },
];
