// The door of the users module: who someone is. How they prove it is in modules/auth.
import type { Database } from '../../db/client.ts';
import type { LeaveAccounts, SignIn } from './ports.ts';
import { usersRest } from './rest.ts';
import { createUsersRouter } from './router.ts';
import { createUsersService } from './service.ts';
import { createUserStore } from './store.ts';

export { toUser, type SeenRow } from './domain.ts';

export const usersFace = {
  about: 'Oneself.',
  createRouter: createUsersRouter,
  rest: usersRest,
};

export const createUsersModule = ({
  database,
  signIn,
  leaveAccounts,
}: {
  database: Database;
  signIn: SignIn;
  leaveAccounts: LeaveAccounts;
}) => ({
  router: createUsersRouter(createUsersService(createUserStore(database.db), signIn, leaveAccounts)),
});
