// The procedures of accounts: shape, permission, one call.
import {
  Account,
  AccountList,
  ConnectAccount,
  DisconnectAccount,
  EnableLiveDealing,
  GetAccount,
  LeftAccount,
  UpdateAccount,
  UpdateCredentials,
} from '../../../shared/accounts.ts';
import { AccountAllowance } from '../../../shared/allowance.ts';
import { isReached } from '../../trpc/bound.ts';
import { accountProcedureBy, router, sessionProcedure } from '../../trpc/init.ts';
import type { AccountsService } from './service.ts';

export const createAccountsRouter = (accounts: AccountsService) =>
  router({
    list: accountProcedureBy('filtered')
      .output(AccountList)
      .query(async ({ ctx }) => ({
        accounts: (await accounts.list(ctx.principal.user.id)).filter(({ id }) =>
          isReached(ctx.principal, id),
        ),
      })),
    get: accountProcedureBy('id')
      .input(GetAccount)
      .output(Account)
      .query(({ ctx, input }) => accounts.get(ctx.principal.user.id, input.id)),
    allowance: accountProcedureBy('id')
      .input(GetAccount)
      .output(AccountAllowance)
      .query(({ ctx, input }) => accounts.allowance(ctx.principal.user.id, input.id)),
    connect: sessionProcedure
      .input(ConnectAccount)
      .output(AccountList)
      .mutation(async ({ ctx, input }) => ({
        accounts: await accounts.connect(ctx.principal.user.id, input),
      })),
    test: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.test(ctx.principal.user.id, input.id)),
    setDefault: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.setDefault(ctx.principal.user.id, input.id)),
    update: sessionProcedure
      .input(UpdateAccount)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.update(ctx.principal.user.id, input)),
    updateCredentials: sessionProcedure
      .input(UpdateCredentials)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.updateCredentials(ctx.principal.user.id, input)),
    enableLiveDealing: sessionProcedure
      .input(EnableLiveDealing)
      .output(Account)
      .mutation(({ ctx: { principal, ip }, input }) => {
        const { user, sessionId } = principal;
        return accounts.enableLiveDealing({ userId: user.id, sessionId, email: user.email, ip }, input);
      }),
    disableLiveDealing: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.disableLiveDealing(ctx.principal.user.id, input.id)),
    disconnect: sessionProcedure
      .input(DisconnectAccount)
      .output(LeftAccount)
      .mutation(({ ctx, input }) => accounts.disconnect(ctx.principal.user.id, input)),
  });
