// What happens to a sign-in and its owner should know of, whoever did it.
import { z } from 'zod';

export const SecurityEvent = z.enum([
  'password_changed',
  'password_reset',
  'email_change_asked',
  'email_changed',
  'two_factor_enabled',
  'two_factor_disabled',
  'recovery_code_used',
  'recovery_codes_renewed',
  'api_key_created',
  'api_key_revoked',
  'signal_created',
  'signed_in_elsewhere',
  'refresh_token_reused',
  'role_raised',
  'role_lowered',
]);
export type SecurityEvent = z.infer<typeof SecurityEvent>;
