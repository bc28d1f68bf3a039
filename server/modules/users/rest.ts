// Where REST has the procedures of users.
import type { RestRows } from '../../trpc/rest.ts';
import type { createUsersRouter } from './router.ts';

export const usersRest: RestRows<ReturnType<typeof createUsersRouter>> = {
  me: { method: 'GET', path: '/users/me', summary: 'Who am I' },
};
