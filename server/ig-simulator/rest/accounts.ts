// Account endpoints: the accounts of a login with the balance of the one in use, and its preferences.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import type { AccountFigures } from '../engine/value.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { fields } from './body.ts';
import { money } from './currency.ts';

/** IG REST: GET /accounts `balance`. */
export const balanceOf = ({ cash, deposit, profitLoss, available }: AccountFigures) => ({
  balance: money(cash),
  deposit: money(deposit),
  profitLoss: money(profitLoss),
  available: money(available),
});

export function accountEndpoints(desk: DealingDesk): Endpoint[] {
  return [
    endpoint('GET /accounts', [1], {}, (call) => {
      const { login, accountId: active } = call.caller();
      return {
        body: {
          accounts: login.accounts.map(({ accountId, accountName, accountType, currency }) => ({
            accountId,
            accountName,
            accountAlias: null,
            status: desk.isSuspended(accountId) ? 'SUSPENDED_FROM_DEALING' : 'ENABLED',
            accountType,
            preferred: accountId === login.preferredId,
            balance: accountId === active ? balanceOf(desk.figures(active)) : null,
            currency,
            canTransferFrom: true,
            canTransferTo: true,
          })),
        },
      };
    }),
    endpoint('GET /accounts/preferences', [1], {}, (call) => ({
      body: { trailingStopsEnabled: desk.account(call.caller().accountId).trailingStopsEnabled },
    })),
    endpoint(
      'PUT /accounts/preferences',
      [1],
      { example: { body: { trailingStopsEnabled: 'true' } } },
      async (call) => {
        const found = fields(call.body());
        const trailingStopsEnabled = found.required(
          'trailingStopsEnabled',
          found.flag('trailingStopsEnabled'),
        );
        await desk.set({ type: 'setPreferences', accountId: call.caller().accountId, trailingStopsEnabled });
        return { body: { status: 'SUCCESS' } };
      },
    ),
  ];
}
