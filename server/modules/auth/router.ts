// Procedures of signing up, in, on and out.
import { Done, Login, Refresh, Register, SignedIn } from '../../../shared/auth.ts';
import { publicProcedure, router, sessionProcedure } from '../../trpc/init.ts';
import type { AuthService } from './service.ts';

export const createAuthRouter = (auth: AuthService) =>
  router({
    register: publicProcedure
      .input(Register)
      .output(SignedIn)
      .mutation(({ ctx, input }) => auth.register(input, ctx)),
    login: publicProcedure
      .input(Login)
      .output(SignedIn)
      .mutation(({ ctx, input }) => auth.login(input, ctx)),
    refresh: publicProcedure
      .input(Refresh)
      .output(SignedIn)
      .mutation(({ ctx, input }) => auth.refresh(input.refreshToken, ctx)),
    logout: sessionProcedure.output(Done).mutation(async ({ ctx }) => {
      await auth.logout(ctx.principal.sessionId, ctx);
      return { ok: true as const };
    }),
  });
