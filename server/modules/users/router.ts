// Procedures about oneself.
import { ExportData, PersonalData, Profile, UpdateProfile } from '../../../shared/users.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import type { UsersService } from './service.ts';

export const createUsersRouter = (users: UsersService) =>
  router({
    me: sessionProcedure.output(Profile).query(({ ctx }) => users.get(ctx.principal.user.id)),
    updateProfile: sessionProcedure
      .input(UpdateProfile)
      .output(Profile)
      .mutation(({ ctx, input }) => users.update(ctx.principal.user.id, input)),
    exportData: sessionProcedure
      .input(ExportData)
      .output(PersonalData)
      .query(({ ctx, input }) => users.personalData(ctx.principal.user.id, input.cursor)),
  });
