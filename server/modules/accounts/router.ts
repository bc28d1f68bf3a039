// The procedures of accounts: shape, permission, one call.
import { Account, AccountList, GetAccount } from '../../../shared/accounts.ts';
import { accountProcedure, router } from '../../trpc/init.ts';
import type { AccountsService } from './service.ts';

export const createAccountsRouter = (accounts: AccountsService) =>
  router({
    list: accountProcedure
      .output(AccountList)
      .query(async ({ ctx }) => ({ accounts: await accounts.list(ctx.principal.user.id) })),
    get: accountProcedure
      .input(GetAccount)
      .output(Account)
      .query(({ ctx, input }) => accounts.get(ctx.principal.user.id, input.id)),
  });
