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
};
