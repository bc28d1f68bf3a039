// What users needs from outside: how somebody signs in is known in modules/auth.
import type { TwoFactor } from '../../../shared/two-factor.ts';

export type TwoFactorOf = (userId: string) => Promise<TwoFactor>;
