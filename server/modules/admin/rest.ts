// Where REST has the procedures of administration.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAdminRouter } from './router.ts';

const holds =
  'It holds from its commit on, before the next byte is sent to a broker, survives a restart and never forbids closing. The answer lists all that administrators have set.';

const fresh = 'A login is asked for a recent proof of who one is; an API key is not.';

const ends =
  'Open sockets and event streams on what ends are closed at once, in every process; the answer counts it.';

export const adminRest: RestRows<ReturnType<typeof createAdminRouter>> = {
  listUsers: {
    method: 'GET',
    path: '/admin/users',
    summary: 'Users, newest first',
    description: 'Those who had their account deleted are not among them.',
  },
  getUser: {
    method: 'GET',
    path: '/admin/users/{id}',
    summary: 'A user, with their accounts and what holds for them',
    errors: ['admin.user_not_found'],
    example: { id: 'user_01k0example' },
  },
  setRole: {
    method: 'PUT',
    path: '/admin/users/{id}/role',
    summary: 'Make a user an administrator, or take that back',
    description: `Whoever becomes an administrator may do more with their next request; a socket that is open has to be opened again. Whoever is one no more is signed out everywhere, and their API keys with the scope admin end for ever. ${ends} Nobody takes it from the last administrator who can sign in. ${fresh}`,
    errors: ['auth.step_up_required', 'admin.user_not_found', 'admin.last_administrator'],
    example: { id: 'user_01k0example', role: 'admin' },
  },
  disableUser: {
    method: 'POST',
    path: '/admin/users/{id}/disable',
    summary: 'Shut a user out',
    description: `Their logins and API keys end for ever: who is let in again signs in anew. ${ends} What they have at a broker stays as it is, and what was asked for before goes on: halt their dealing as well where it should not. ${fresh}`,
    errors: [
      'auth.step_up_required',
      'admin.user_not_found',
      'admin.own_account',
      'admin.last_administrator',
    ],
    example: { id: 'user_01k0example' },
  },
  enableUser: {
    method: 'POST',
    path: '/admin/users/{id}/enable',
    summary: 'Let a user in again',
    description: `They sign in anew: no login and no API key from before comes back. ${fresh}`,
    errors: ['auth.step_up_required', 'admin.user_not_found'],
    example: { id: 'user_01k0example' },
  },
  revokeSessions: {
    method: 'POST',
    path: '/admin/users/{id}/revoke-sessions',
    summary: 'Sign a user out everywhere',
    description: `With \`apiKeys\` their keys end too, for ever. ${ends} ${fresh}`,
    errors: ['auth.step_up_required', 'admin.user_not_found'],
    example: { id: 'user_01k0example', apiKeys: true },
  },
  haltDealing: {
    method: 'POST',
    path: '/admin/halt-dealing',
    summary: 'Stop dealing for a user, or for everything here',
    description: `${holds} It never waits for a proof of who one is.`,
    errors: ['admin.user_not_found'],
    example: { for: { scope: 'everything' }, reason: 'prices of the broker are wrong' },
  },
  resumeDealing: {
    method: 'POST',
    path: '/admin/resume-dealing',
    summary: 'Take back what administrators have stopped',
    description: `What users have set for themselves stays. The answer lists what administrators have still set. ${fresh}`,
    errors: ['auth.step_up_required', 'admin.user_not_found'],
    example: { for: { scope: 'everything' } },
  },
  listJobs: {
    method: 'GET',
    path: '/admin/jobs',
    summary: 'Background jobs in one state, newest first',
    description:
      'Those that failed unless another state is asked for. What a job is about is not shown: it may hold addresses.',
  },
  redriveJob: {
    method: 'POST',
    path: '/admin/jobs/{id}/redrive',
    summary: 'Run a failed job once more',
    description:
      'It waits for a worker that knows it, at once. Another try is granted, and no more than that.',
    errors: ['admin.job_not_found', 'admin.job_not_failed'],
    example: { id: '0b6d8a52-1f6c-4f0e-9a57-6f1a3c1d2e3f' },
  },
  listSchedules: {
    method: 'GET',
    path: '/admin/schedules',
    summary: 'What runs by the clock: when it did last, and when it does next',
  },
  listAudit: {
    method: 'GET',
    path: '/admin/audit',
    summary: 'Who did what, newest first',
    description:
      'Each call that changes something has a row, written before it acts; kept for AUDIT_RETENTION_DAYS. A search by requestId, outcome or action is quick within a span of time, or for one user.',
  },
  feeds: {
    method: 'GET',
    path: '/admin/feeds',
    summary: 'How feeds, accounts and their streams do, and who holds them',
    description:
      'Feeds are as the process that answers hears them; accounts and leases are those of the installation.',
  },
};
