// Account endpoints: the accounts of a login with the balance of the one in use.
import type { AccountFigures } from '../engine/value.ts';
import { rawNumber, type Endpoint } from '../rest.ts';

/** IG REST: GET /accounts `balance`; two places each. */
export function balanceOf({ cash, deposit, profitLoss, available }: AccountFigures) {
  const money = (amount: string) => rawNumber(Number(amount).toFixed(2));
  return { balance: money(cash), deposit: money(deposit), profitLoss: money(profitLoss), available: money(available) };
}

export function accountEndpoints({ figures }: { figures(accountId: string): AccountFigures }): Endpoint[] {
  return [
    {
      method: 'GET', path: '/accounts', versions: [1], kind: 'N', access: 'session',
      handle(call) {
        const { login, accountId: active } = call.caller();
        return {
          body: {
            accounts: login.accounts.map(({ accountId, accountName, accountType, currency }) => ({
              accountId, accountName, accountAlias: null, status: 'ENABLED', accountType, preferred: accountId === login.preferredId,
              balance: accountId === active ? balanceOf(figures(active)) : null, currency, canTransferFrom: true, canTransferTo: true,
            })),
          },
        };
      },
    },
  ];
}
