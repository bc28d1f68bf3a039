// Where REST has the procedures of auth.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAuthRouter } from './router.ts';

const cookieToo =
  'Programs use the tokens. Browsers also get an HttpOnly cookie, and need not store anything.';

const sameForAll =
  'The answer is the same whether or not the address has an account. Codes that were sent stay good until one is used.';

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
    description:
      'A code is mailed to the address; POST /auth/verify-email with it and the password makes the account, which then logs in. The answer is the same for an address that has an account: its owner is mailed that somebody tried.',
    errors: ['auth.registration_closed', 'request.limited'],
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
  verifyEmail: {
    method: 'POST',
    path: '/auth/verify-email',
    summary: 'Confirm my e-mail address',
    description:
      'With the code that was mailed to it. A new account is made by it, and asks for its password as well. Live dealing needs a confirmed address.',
    errors: ['auth.code_invalid', 'request.limited'],
    example: { code: 'the code of the mail', password: ada.password },
  },
  resendVerification: {
    method: 'POST',
    path: '/auth/verify-email/resend',
    summary: 'Have the code for my e-mail address sent again',
    description: sameForAll,
    errors: ['request.limited'],
    example: { email: ada.email },
  },
  requestPasswordReset: {
    method: 'POST',
    path: '/auth/password-reset',
    summary: 'Have a code for a new password sent',
    description: sameForAll,
    errors: ['request.limited'],
    example: { email: ada.email },
  },
  resetPassword: {
    method: 'POST',
    path: '/auth/password-reset/confirm',
    summary: 'Choose a new password by the code that was mailed',
    description: 'Ends every login there is. A mail tells the owner.',
    errors: ['auth.code_invalid'],
    example: { code: 'the code of the mail', password: ada.password },
  },
  changePassword: {
    method: 'POST',
    path: '/auth/password',
    summary: 'Change my password',
    description:
      'Ends every other login. A mail tells the owner. Wrong present passwords count as log-ins that failed.',
    errors: ['auth.wrong_password', 'request.limited'],
    example: { password: ada.password, newPassword: 'battery staple horse' },
  },
  listSessions: {
    method: 'GET',
    path: '/auth/sessions',
    summary: 'Where I am signed in',
  },
  revokeSession: {
    method: 'DELETE',
    path: '/auth/sessions/{id}',
    summary: 'Sign out somewhere else',
    description:
      'Ends the session in every process: its tokens, its cookie, and within a second its sockets.',
    errors: ['auth.session_not_found'],
    example: { id: 'the id of one of GET /api/auth/sessions' },
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
