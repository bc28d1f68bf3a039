// Where REST has the procedures of auth.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAuthRouter } from './router.ts';

const cookieToo =
  'Programs use the tokens. Browsers also get an HttpOnly cookie, and need not store anything.';

/** Nobody's: an example that signs in somewhere would be tried there. */
const ada = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  name: 'Ada',
  timeZone: 'Europe/London',
};

export const authRest: RestRows<ReturnType<typeof createAuthRouter>> = {
  register: {
    method: 'POST',
    path: '/auth/register',
    summary: 'Sign up',
    description: cookieToo,
    errors: ['auth.email_taken'],
    example: ada,
  },
  login: {
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in',
    description: cookieToo,
    errors: ['auth.invalid_credentials'],
    example: { email: ada.email, password: ada.password },
  },
  refresh: {
    method: 'POST',
    path: '/token/refresh',
    summary: 'Exchange the refresh token for new tokens',
    errors: ['auth.token_expired', 'auth.token_invalid'],
    example: { refreshToken: 'the refreshToken of the last answer' },
  },
  logout: {
    method: 'POST',
    path: '/auth/logout',
    summary: 'Log out',
    description: 'Ends the session: its tokens, its cookie, and within a second its sockets.',
  },
  createApiKey: {
    method: 'POST',
    path: '/auth/api-keys',
    summary: 'Make an API key',
    description:
      'For programs, which send it as `Authorization: Bearer ft_…` wherever an access token may stand, in the first message of a WebSocket too. The answer shows the key this once: only a hash of it is kept. What only you may do yourself it never may, whatever its scopes. With `accountIds` it sees and deals on these accounts alone: name the account in every call that takes `accountId`; lists of accounts and of events leave out all else, and what is not of one account (portfolios, a switch over all accounts) is refused.',
    errors: ['auth.too_many_keys'],
    success: { statuses: { 201: { description: 'Made.' } }, of: () => ({ status: 201 }) },
    example: {
      name: 'A bot that reads',
      scopes: ['market', 'account:read'],
      networks: ['192.0.2.0/24', '2001:db8::/32'],
    },
  },
  listApiKeys: {
    method: 'GET',
    path: '/auth/api-keys',
    summary: 'My API keys, newest first',
    description: 'Without the keys themselves.',
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/auth/api-keys/{id}',
    summary: 'Revoke an API key',
    description: 'It works no longer, and within a second whatever it holds open ends, in every process.',
    errors: ['auth.key_not_found'],
    example: { id: 'key_…' },
  },
};
