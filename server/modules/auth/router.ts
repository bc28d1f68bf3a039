// Procedures of signing up, in, on and out, and of API keys.
import { ApiKeyList, CreateApiKey, CreatedApiKey, RevokeApiKey } from '../../../shared/api-keys.ts';
import {
  ChangePassword,
  Done,
  Login,
  Refresh,
  Register,
  ResetPassword,
  RevokeSession,
  SessionList,
  SignedIn,
  ToAddress,
  VerifyEmail,
} from '../../../shared/auth.ts';
import {
  ConfirmTotp,
  DisableTotp,
  LoggedOut,
  LogoutEverywhere,
  RecoveryCodes,
  StartedTotp,
  StepUp,
  SteppedUp,
} from '../../../shared/two-factor.ts';
import { inTwoSteps } from '../../trpc/call.ts';
import { publicProcedure, publicProcedureWhile, router, sessionProcedure } from '../../trpc/init.ts';
import type { ApiKeyCalls } from './api-keys.ts';
import type { Devices } from './devices.ts';
import type { CodePurpose } from './domain.ts';
import type { Recovery } from './recovery.ts';
import type { AuthService } from './service.ts';
import type { StepUps } from './step-up.ts';
import type { TwoFactorCalls } from './two-factor.ts';

const done = { ok: true as const };

export function createAuthRouter(
  auth: AuthService & Recovery & Devices & ApiKeyCalls & TwoFactorCalls & Pick<StepUps, 'stepUp'>,
) {
  const mailing = (purpose: CodePurpose) =>
    publicProcedure
      .input(ToAddress)
      .output(Done)
      .mutation(
        inTwoSteps(
          ({ ctx, input }) => auth.admitMail(purpose, input.email, ctx),
          async ({ input }) => {
            await auth.orderCode(purpose, input.email);
            return done;
          },
        ),
      );
  return router({
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
      return done;
    }),
    logoutEverywhere: sessionProcedure
      .input(LogoutEverywhere)
      .output(LoggedOut)
      .mutation(({ ctx, input }) => auth.logoutEverywhere(ctx.principal.user.id, input, ctx)),
    verifyEmail: publicProcedure
      .input(VerifyEmail)
      .output(Done)
      .mutation(
        inTwoSteps(
          ({ input }) => auth.admitVerification(input.code),
          async ({ ctx }, found) => {
            await auth.verifyEmail(found, ctx);
            return done;
          },
        ),
      ),
    resendVerification: mailing('verify_email'),
    requestPasswordReset: mailing('reset_password'),
    resetPassword: publicProcedure
      .input(ResetPassword)
      .output(Done)
      .mutation(
        inTwoSteps(
          ({ input }) => auth.admitReset(input),
          async ({ ctx }, admitted) => {
            await auth.resetPassword(admitted, ctx);
            return done;
          },
        ),
      ),
    changePassword: sessionProcedure
      .input(ChangePassword)
      .output(Done)
      .mutation(async ({ ctx: { principal, ip }, input }) => {
        const { user, sessionId } = principal;
        await auth.changePassword({ userId: user.id, sessionId, email: user.email, ip }, input);
        return done;
      }),
    listSessions: sessionProcedure
      .output(SessionList)
      .query(({ ctx: { principal } }) =>
        auth.listSessions({ userId: principal.user.id, sessionId: principal.sessionId }),
      ),
    revokeSession: sessionProcedure
      .input(RevokeSession)
      .output(Done)
      .mutation(async ({ ctx, input }) => {
        await auth.revokeSession(ctx.principal.user.id, input.id);
        return done;
      }),
    startTotp: sessionProcedure.output(StartedTotp).mutation(({ ctx }) => auth.startTotp(ctx.principal)),
    confirmTotp: sessionProcedure
      .input(ConfirmTotp)
      .output(RecoveryCodes)
      .mutation(({ ctx, input }) => auth.confirmTotp(ctx.principal, input.code)),
    disableTotp: sessionProcedure
      .input(DisableTotp)
      .output(Done)
      .mutation(async ({ ctx, input }) => {
        await auth.disableTotp(ctx.principal, input.code);
        return done;
      }),
    regenerateRecoveryCodes: sessionProcedure
      .output(RecoveryCodes)
      .mutation(({ ctx }) => auth.regenerateRecoveryCodes(ctx.principal)),
    stepUp: sessionProcedure
      .input(StepUp)
      .output(SteppedUp)
      .mutation(({ ctx, input }) => auth.stepUp(ctx.principal, input, ctx.ip)),
    createApiKey: sessionProcedure
      .input(CreateApiKey)
      .output(CreatedApiKey)
      .mutation(({ ctx, input }) => auth.createApiKey(ctx.principal, input)),
    listApiKeys: sessionProcedure
      .output(ApiKeyList)
      .query(async ({ ctx }) => ({ apiKeys: await auth.listApiKeys(ctx.principal.user.id) })),
    revokeApiKey: sessionProcedure
      .input(RevokeApiKey)
      .output(Done)
      .mutation(async ({ ctx, input }) => {
        await auth.revokeApiKey(ctx.principal.user.id, input.id);
        return done;
      }),
  });
}
