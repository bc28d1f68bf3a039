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
    description: cookieToo,
    errors: ['auth.email_taken'],
    example: ada,
  },
  login: {
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in',
    description: `${cookieToo} Whose two-factor authentication is on sends the \`code\` of the authenticator too, or a recovery code: \`auth.code_required\` tells that the password was right and the code is missing.`,
    errors: ['auth.invalid_credentials', 'auth.code_required', 'auth.code_wrong', 'request.limited'],
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
  logoutEverywhere: {
    method: 'POST',
    path: '/auth/logout-everywhere',
    summary: 'Log out everywhere',
    description:
      'Ends every login there is, this one included: their tokens, their cookies, and within a second their sockets. API keys stay unless `apiKeys` is true.',
    example: { apiKeys: true },
  },
  verifyEmail: {
    method: 'POST',
    path: '/auth/verify-email',
    summary: 'Confirm my e-mail address',
    description: 'With the code that was mailed to it. Live dealing needs a confirmed address.',
    errors: ['auth.code_invalid'],
    example: { code: 'the code of the mail' },
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
  startTotp: {
    method: 'POST',
    path: '/auth/totp',
    summary: 'Set up an authenticator',
    description:
      'For two-factor authentication: show `uri` as a QR code, or type `secret` in, then confirm it by a code. Nothing changes before that. Asked for again, it begins anew.',
    errors: ['auth.step_up_required', 'auth.totp_enabled'],
  },
  confirmTotp: {
    method: 'POST',
    path: '/auth/totp/confirm',
    summary: 'Switch two-factor authentication on',
    description:
      'By a code of the authenticator that was set up. Every log-in needs one from then on; logins that there are stay. The answer shows the recovery codes this once: each signs in once in the place of a code. A mail tells the owner.',
    errors: ['auth.totp_not_started', 'auth.totp_enabled', 'auth.code_wrong', 'request.limited'],
    example: { code: '123 456' },
  },
  disableTotp: {
    method: 'POST',
    path: '/auth/totp/disable',
    summary: 'Switch two-factor authentication off',
    description:
      'By a code of the authenticator, or a recovery code. The recovery codes go with it. A mail tells the owner.',
    errors: ['auth.totp_not_enabled', 'auth.code_wrong', 'request.limited'],
    example: { code: '123 456' },
  },
  regenerateRecoveryCodes: {
    method: 'POST',
    path: '/auth/totp/recovery-codes',
    summary: 'Have new recovery codes',
    description: 'Shown this once; those there were are good no longer. A mail tells the owner.',
    errors: ['auth.step_up_required', 'auth.totp_not_enabled'],
  },
  stepUp: {
    method: 'POST',
    path: '/auth/step-up',
    summary: 'Prove again who I am',
    description:
      'Grave steps, such as making an API key, ask for a login that is not older than 10 minutes, or for this. Send your password, or where two-factor authentication is on a code in its place.',
    errors: [
      'auth.wrong_password',
      'auth.code_required',
      'auth.code_wrong',
      'auth.totp_not_enabled',
      'request.limited',
    ],
    example: { code: '123 456' },
  },
  createApiKey: {
    method: 'POST',
    path: '/auth/api-keys',
    summary: 'Make an API key',
    description:
      'For programs, which send it as `Authorization: Bearer ft_…` wherever an access token may stand, in the first message of a WebSocket too. The answer shows the key this once: only a hash of it is kept. What only you may do yourself it never may, whatever its scopes. With `accountIds` it sees and deals on these accounts alone: name the account in every call that takes `accountId`; lists of accounts and of events leave out all else, and what is not of one account (portfolios, a switch over all accounts) is refused.',
    errors: ['auth.step_up_required', 'auth.too_many_keys'],
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
