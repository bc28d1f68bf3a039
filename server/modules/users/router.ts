// Procedures about oneself.
import { User } from '../../../shared/auth.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import type { UserStore } from './store.ts';

export const createUsersRouter = (users: UserStore) =>
  router({
    me: sessionProcedure.output(User).query(({ ctx }) => users.get(ctx.principal.user.id)),
  });
