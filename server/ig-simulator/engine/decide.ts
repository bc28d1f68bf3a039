// What the broker does with a command: decisions with every figure final. Pure; who knows the rules of each is named here.
import { decimal } from '../../../shared/decimal.ts';
import { head } from './deal.ts';
import { amendOrder, cancelOrder, placeOrder } from './orders.ts';
import { amendPosition, closePosition, openPosition } from './positions.ts';
import { accountOf } from './state.ts';
import { checkMargin } from './close-out.ts';
import { time } from './due.ts';
import { tick } from './triggers.ts';
import type { Command } from './commands.ts';
import type { Decision } from './decisions.ts';
import type { Context, State } from './types.ts';

const nothing: readonly Decision[] = [];

/**
 * What follows from `command`, in order; none when nothing does (a tick that triggers nothing, an account that exists
 * as wanted). Throws RangeError for an unknown account and for `createAccount` of one that exists otherwise.
 */
export function decide(state: State, command: Command, context: Context): readonly Decision[] {
  switch (command.type) {
    case 'tick':
      return tick(state, command, context);
    case 'time':
      return time(state, context);
    case 'checkMargin':
      return checkMargin(state, command.accountId, context);
    case 'openPosition':
      return [openPosition(state, command, context)];
    case 'closePosition':
      return [closePosition(state, command, context)];
    case 'amendPosition':
      return [amendPosition(state, command, context)];
    case 'placeOrder':
      return [placeOrder(state, command, context)];
    case 'amendOrder':
      return [amendOrder(state, command, context)];
    case 'cancelOrder':
      return [cancelOrder(state, command, context)];
    case 'adjustCash': {
      const { accountId, amount, note = '' } = command;
      accountOf(state, accountId);
      return [
        { type: 'cashAdjusted', ...head(state, accountId, context), amount: decimal.canonical(amount), note },
      ];
    }
    case 'setPreferences': {
      const { accountId, trailingStopsEnabled } = command;
      if (accountOf(state, accountId).trailingStopsEnabled === trailingStopsEnabled) return nothing;
      return [{ type: 'preferencesSet', ...head(state, accountId, context), trailingStopsEnabled }];
    }
    case 'setWatchlist': {
      const { accountId, id, name, epics } = command;
      const known = accountOf(state, accountId).watchlists.some((list) => list.id === id);
      return epics === null && !known
        ? nothing
        : [{ type: 'watchlistSet', ...head(state, accountId, context), id, name, epics }];
    }
    case 'createAccount': {
      const { accountId, login, accountType, currency, cash, credentials } = command;
      const known = state.accounts.get(accountId);
      if (
        known &&
        (known.login !== login || known.accountType !== accountType || known.currency !== currency)
      )
        throw new RangeError(`account ${accountId} exists and is another one`);
      return known
        ? nothing
        : [
            {
              type: 'accountCreated',
              ...head(state, accountId, context),
              login,
              accountType,
              currency,
              cash: decimal.canonical(cash),
              ...(credentials && { credentials }),
            },
          ];
    }
  }
}
