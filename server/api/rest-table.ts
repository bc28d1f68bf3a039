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
  /** An input that works. */
  example?: Readonly<Record<string, unknown>>;
}

const cookieToo = 'Programs use the tokens. Browsers also get the HttpOnly cookie `ftrader_session`, and need not store anything.';
const brokerErrors = ['market_data.unknown_feed', 'market_data.no_feed', 'broker.unavailable', 'broker.refused', 'broker.limited'] as const;
const epic = 'CS.D.EURUSD.CFD.IP';

export const restTable: readonly RestRoute[] = [
  { method: 'POST', path: '/auth/register', procedure: 'auth.register', summary: 'Sign up', description: cookieToo, errors: ['auth.email_taken'], example: { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada', timeZone: 'Europe/London' } },
  { method: 'POST', path: '/auth/login', procedure: 'auth.login', summary: 'Log in', description: cookieToo, errors: ['auth.invalid_credentials'], example: demoLogin },
  { method: 'POST', path: '/token/refresh', procedure: 'auth.refresh', summary: 'Exchange the refresh token for new tokens', errors: ['auth.token_expired', 'auth.token_invalid'], example: { refreshToken: 'the refreshToken of the last answer' } },
  { method: 'POST', path: '/auth/logout', procedure: 'auth.logout', summary: 'Log out', description: 'Ends the session: its tokens, its cookie, and within a second its sockets.' },

  { method: 'GET', path: '/users/me', procedure: 'users.me', summary: 'Who am I' },

  { method: 'GET', path: '/market-data/markets', procedure: 'marketData.search', summary: 'Find markets by name or epic', errors: brokerErrors, example: { query: 'EUR' } },
  { method: 'GET', path: '/market-data/markets/{epic}', procedure: 'marketData.get', summary: 'One market: instrument, dealing rules and snapshot', errors: ['market_data.unknown_epic', ...brokerErrors], example: { epic } },
  { method: 'GET', path: '/market-data/prices', procedure: 'marketData.prices', summary: 'The newest price of up to 50 markets', errors: ['market_data.unknown_epic', ...brokerErrors], example: { epics: [epic] } },

  { method: 'GET', path: '/system/status', procedure: 'system.status', summary: 'What runs here, and its feeds' },
  { method: 'GET', path: '/system/time', procedure: 'system.time', summary: "The server's clock" },
];
