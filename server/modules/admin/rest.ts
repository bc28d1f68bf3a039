// Where REST has the procedures of administration.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAdminRouter } from './router.ts';

const holds =
  'It holds from its commit on, before the next byte is sent to a broker, survives a restart and never forbids closing. The answer lists all that administrators have set.';

export const adminRest: RestRows<ReturnType<typeof createAdminRouter>> = {
  haltDealing: {
    method: 'POST',
    path: '/admin/halt-dealing',
    summary: 'Stop dealing for a user, or for everything here',
    description: holds,
    errors: ['admin.user_not_found'],
    example: { for: { scope: 'everything' }, reason: 'prices of the broker are wrong' },
  },
  resumeDealing: {
    method: 'POST',
    path: '/admin/resume-dealing',
    summary: 'Take back what administrators have stopped',
    description:
      'What users have set for themselves stays. The answer lists what administrators have still set.',
    errors: ['admin.user_not_found'],
    example: { for: { scope: 'everything' } },
  },
};
