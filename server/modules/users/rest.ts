// Where REST has the procedures of users.
import type { RestRows } from '../../trpc/rest.ts';
import type { createUsersRouter } from './router.ts';

export const usersRest: RestRows<ReturnType<typeof createUsersRouter>> = {
  me: { method: 'GET', path: '/users/me', summary: 'Who am I', revalidates: true },
  updateProfile: {
    method: 'PATCH',
    path: '/users/me',
    summary: 'Change what I say of myself',
    description:
      'What is left out stays as it is; null takes back what was said. Days and weeks that begin later follow a new time zone; those of a portfolio keep the zone it was made with.',
    example: { country: 'GB', language: 'en-GB', timeZone: 'Europe/London', tradingExperience: 'advanced' },
  },
  requestEmailChange: {
    method: 'POST',
    path: '/users/me/email',
    summary: 'Ask for another e-mail address',
    description:
      'A code is mailed to the new address, a notice to the present one; nothing changes before the code is confirmed. Asks for a recent proof of who one is. The answer is the same for an address that somebody else has.',
    errors: ['auth.step_up_required', 'request.limited'],
    example: { email: 'ada@example.org' },
  },
  confirmEmailChange: {
    method: 'POST',
    path: '/users/me/email/confirm',
    summary: 'Confirm my new e-mail address',
    description: 'With the code that was mailed to it. Both addresses are told.',
    errors: ['auth.code_invalid'],
    example: { code: 'the code of the mail' },
  },
  deleteAccount: {
    method: 'DELETE',
    path: '/users/me',
    summary: 'Delete my account',
    description:
      'For ever. Asks for a recent proof of who one is, and that nothing is open on a demo or live account. Logins, keys, profile, watchlists, portfolios and notifications go; what was dealt is kept, as a record must be, and names nobody.',
    errors: [
      'auth.step_up_required',
      'admin.last_administrator',
      'accounts.open_positions',
      'accounts.deal_under_way',
    ],
  },
  exportData: {
    method: 'GET',
    path: '/users/me/export',
    summary: 'All that is kept of me',
    description:
      'Rows of one table an answer, as they are stored, without secrets; follow `nextCursor` until it is null. What is written meanwhile may be in it or not.',
  },
};
