// What users needs from outside: how somebody signs in is known in modules/auth.
import type { Tx } from '../../db/transaction.ts';
import type { Principal } from '../../trpc/context.ts';
import type { TwoFactor } from '../../../shared/two-factor.ts';

export interface SignIn {
  twoFactorOf: TwoFactorOf;
  emailChange: {
    /** Throws auth.step_up_required, request.invalid, request.limited. */
    requestEmailChange(principal: Principal, email: string, caller: { ip: string }): Promise<void>;
    /** Throws auth.code_invalid. */
    confirmEmailChange(principal: Principal, code: string): Promise<void>;
  };
  erasing: {
    /** Throws auth.step_up_required, admin.last_administrator. */
    admitErasure(principal: Principal): Promise<void>;
    /** With `rest` in the same transaction; false where that says that it is too soon. Throws admin.last_administrator, auth.required. */
    erase(userId: string, rest: (tx: Tx) => Promise<boolean>): Promise<boolean>;
  };
}
/** Takes all accounts of a user out of use. Throws accounts.deal_under_way, accounts.open_positions. */
export type LeaveAccounts = (userId: string) => Promise<void>;
export type TwoFactorOf = (userId: string) => Promise<TwoFactor>;
