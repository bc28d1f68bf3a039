// The procedures of preferences: shape, permission, one call.
import { Preferences, SetPreferences } from '../../../../shared/notification-preferences.ts';
import { sessionProcedure } from '../../../trpc/init.ts';
import { recorded } from '../../../trpc/recorded.ts';
import type { PreferencesService } from './service.ts';

export const preferenceProcedures = (preferences: PreferencesService) => ({
  getPreferences: sessionProcedure
    .output(Preferences)
    .query(({ ctx }) => preferences.get(ctx.principal.user.id)),
  setPreferences: sessionProcedure
    .input(SetPreferences)
    .output(Preferences)
    .mutation(
      recorded({ before: ({ ctx }) => preferences.get(ctx.principal.user.id) }, ({ ctx, input }) =>
        preferences.set(ctx.principal.user.id, input),
      ),
    ),
});
