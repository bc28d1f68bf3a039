// What users needs from outside: how somebody signs in is known in modules/auth.
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
}
export type TwoFactorOf = (userId: string) => Promise<TwoFactor>;
