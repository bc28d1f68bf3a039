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
import { SetSimulatedFault, SimulatedFaultList } from '../../../shared/simulated-faults.ts';
import { pick } from '../../lib/pick.ts';
import { isReached } from '../../trpc/bound.ts';
import type { Principal } from '../../trpc/context.ts';
import { accountProcedureBy, router, sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { AccountsService } from './service.ts';

const nameOfAccount = ['id', 'environment', 'brokerAccountId', 'name'] as const;

const switcher = ({ user, scopes }: Principal) => ({ userId: user.id, mayStrikeAll: scopes.has('admin') });

export const createAccountsRouter = (accounts: AccountsService) => {
  const asItStands = ({ ctx, input }: { ctx: { principal: Principal }; input: { id: string } }) =>
    accounts.get(ctx.principal.user.id, input.id);
  return router({
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
      .mutation(
        recorded(
          { after: (connected) => connected.accounts.map((each) => pick(each, nameOfAccount)) },
          async ({ ctx, input }) => ({ accounts: await accounts.connect(ctx.principal.user.id, input) }),
        ),
      ),
    test: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.test(ctx.principal.user.id, input.id)),
    setDefault: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(
        recorded(
          {
            before: async ({ ctx }) =>
              (await accounts.list(ctx.principal.user.id)).find(({ isDefault }) => isDefault),
          },
          ({ ctx, input }) => accounts.setDefault(ctx.principal.user.id, input.id),
        ),
      ),
    update: sessionProcedure
      .input(UpdateAccount)
      .output(Account)
      .mutation(
        recorded({ before: asItStands }, ({ ctx, input }) => accounts.update(ctx.principal.user.id, input)),
      ),
    updateCredentials: sessionProcedure
      .input(UpdateCredentials)
      .output(Account)
      .mutation(({ ctx, input }) => accounts.updateCredentials(ctx.principal.user.id, input)),
    enableLiveDealing: sessionProcedure
      .input(EnableLiveDealing)
      .output(Account)
      .mutation(
        recorded({ before: asItStands }, ({ ctx: { principal, ip }, input }) => {
          const { user, sessionId } = principal;
          return accounts.enableLiveDealing({ userId: user.id, sessionId, email: user.email, ip }, input);
        }),
      ),
    disableLiveDealing: sessionProcedure
      .input(GetAccount)
      .output(Account)
      .mutation(
        recorded({ before: asItStands }, ({ ctx, input }) =>
          accounts.disableLiveDealing(ctx.principal.user.id, input.id),
        ),
      ),
    listFaults: sessionProcedure
      .input(GetAccount)
      .output(SimulatedFaultList)
      .query(({ ctx, input }) => accounts.faults.list(switcher(ctx.principal), input.id)),
    setFault: sessionProcedure
      .input(SetSimulatedFault)
      .output(SimulatedFaultList)
      .mutation(
        recorded(
          { after: (_faults, { input }) => pick(input, ['id', 'fault', 'on']) },
          ({ ctx: { principal }, input }) => accounts.faults.set(switcher(principal), input),
        ),
      ),
    disconnect: sessionProcedure
      .input(DisconnectAccount)
      .output(LeftAccount)
      .mutation(
        recorded({ before: asItStands }, ({ ctx, input }) =>
          accounts.disconnect(ctx.principal.user.id, input),
        ),
      ),
  });
};
