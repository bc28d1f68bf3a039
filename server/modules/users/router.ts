// Procedures about oneself.
import { Done } from '../../../shared/auth.ts';
import {
  ConfirmEmailChange,
  ExportData,
  PersonalData,
  Profile,
  RequestEmailChange,
  UpdateProfile,
} from '../../../shared/users.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { UsersService } from './service.ts';

export const createUsersRouter = (users: UsersService) =>
  router({
    me: sessionProcedure.output(Profile).query(({ ctx }) => users.get(ctx.principal.user.id)),
    updateProfile: sessionProcedure
      .input(UpdateProfile)
      .output(Profile)
      .mutation(
        recorded({ before: ({ ctx }) => users.get(ctx.principal.user.id) }, ({ ctx, input }) =>
          users.update(ctx.principal.user.id, input),
        ),
      ),
    requestEmailChange: sessionProcedure
      .input(RequestEmailChange)
      .output(Done)
      .mutation(async ({ ctx, input }) => {
        await users.requestEmailChange(ctx.principal, input.email, ctx);
        return { ok: true as const };
      }),
    confirmEmailChange: sessionProcedure
      .input(ConfirmEmailChange)
      .output(Profile)
      .mutation(
        recorded({ before: ({ ctx }) => users.get(ctx.principal.user.id) }, ({ ctx, input }) =>
          users.confirmEmailChange(ctx.principal, input.code),
        ),
      ),
    deleteAccount: sessionProcedure.output(Done).mutation(async ({ ctx }) => {
      await users.deleteAccount(ctx.principal, ctx);
      return { ok: true as const };
    }),
    exportData: sessionProcedure
      .input(ExportData)
      .output(PersonalData)
      .query(({ ctx, input }) => users.personalData(ctx.principal.user.id, input.cursor)),
  });
