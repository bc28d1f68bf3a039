// Procedures of signing up, in, on and out, and of API keys.
import { ApiKeyList, CreateApiKey, CreatedApiKey, RevokeApiKey } from '../../../shared/api-keys.ts';
import { Done, Login, Refresh, Register, SignedIn } from '../../../shared/auth.ts';
import { inTwoSteps } from '../../trpc/call.ts';
import { publicProcedure, publicProcedureWhile, router, sessionProcedure } from '../../trpc/init.ts';
import type { ApiKeys } from './api-keys.ts';
import type { AuthService } from './service.ts';

export const createAuthRouter = ({ auth, keys }: { auth: AuthService; keys: ApiKeys }) =>
  router({
    register: publicProcedureWhile(() => auth.requireRegistration())
      .input(Register)
      .output(SignedIn)
      .mutation(
        inTwoSteps(
          ({ ctx, input }) => auth.admitRegistration(input, ctx),
          ({ ctx, input }, passwordHash) => auth.register(input, passwordHash, ctx),
        ),
      ),
    login: publicProcedure
      .input(Login)
      .output(SignedIn)
      .mutation(
        inTwoSteps(
          ({ ctx, input }) => auth.admitLogin(input, ctx),
          ({ ctx, input }, admitted) => auth.login(input, admitted, ctx),
        ),
      ),
    refresh: publicProcedure
      .input(Refresh)
      .output(SignedIn)
      .mutation(
        inTwoSteps(
          ({ input }) => auth.admitRefresh(input.refreshToken),
          ({ ctx, input }) => auth.refresh(input.refreshToken, ctx),
        ),
      ),
    logout: sessionProcedure.output(Done).mutation(async ({ ctx }) => {
      await auth.logout(ctx.principal.sessionId, ctx);
      return { ok: true as const };
    }),
    createApiKey: sessionProcedure
      .input(CreateApiKey)
      .output(CreatedApiKey)
      .mutation(({ ctx, input }) => keys.create(ctx.principal, input)),
    listApiKeys: sessionProcedure
      .output(ApiKeyList)
      .query(async ({ ctx }) => ({ apiKeys: await keys.list(ctx.principal.user.id) })),
    revokeApiKey: sessionProcedure
      .input(RevokeApiKey)
      .output(Done)
      .mutation(async ({ ctx, input }) => {
        await keys.revoke(ctx.principal.user.id, input.id);
        return { ok: true as const };
      }),
  });
