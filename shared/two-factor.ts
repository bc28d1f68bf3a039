// Two-factor authentication: codes of an authenticator and codes for whoever lost it, and proving again who one is.
import { z } from 'zod';
import { Instant } from './primitives.ts';

/** People write codes in groups; what is between the groups says nothing. */
const bare = (written: string) => written.replaceAll(/[\s-]/g, '').toLowerCase();
const Written = z.string().max(60).transform(bare);

/** Of an authenticator. */
const AuthenticatorCode = Written.pipe(
  z.string().regex(/^\d{6}$/, 'must be the 6 digits that your authenticator shows'),
);
/** Of an authenticator, or a recovery code: which of them its length tells. */
export const SecondFactorCode = Written.pipe(
  z
    .string()
    .regex(
      /^(?:\d{6}|[0-9a-z]{16})$/,
      'must be the 6 digits that your authenticator shows, or one of your recovery codes',
    ),
);

export const StartedTotp = z
  .object({
    secret: z.string().describe('base32, for typing it in; shown this once'),
    uri: z.string().describe('otpauth://…, for showing as a QR code'),
  })
  .meta({ id: 'StartedTotp' });
export type StartedTotp = z.infer<typeof StartedTotp>;
export const ConfirmTotp = z.object({ code: AuthenticatorCode });
export const RecoveryCodes = z
  .object({ recoveryCodes: z.array(z.string()).describe('each good once; shown this once') })
  .meta({ id: 'RecoveryCodes' });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;
export const DisableTotp = z.object({ code: SecondFactorCode });

export const StepUp = z
  .object({
    password: z.string().max(200).optional().describe('where two-factor authentication is off'),
    code: SecondFactorCode.optional().describe('where it is on'),
  })
  .refine(
    ({ password, code }) => (password === undefined) !== (code === undefined),
    'must hold exactly one of password and code',
  );
export const SteppedUp = z
  .object({ provedUntil: Instant.describe('until when this login may take grave steps') })
  .meta({ id: 'SteppedUp' });
export type SteppedUp = z.infer<typeof SteppedUp>;

export const LogoutEverywhere = z.object({
  apiKeys: z.boolean().default(false).describe('whether all API keys are revoked as well'),
});
export const LoggedOut = z
  .object({
    sessions: z.number().int().describe('logins that ended, this one included'),
    apiKeys: z.number().int().describe('keys that were revoked'),
  })
  .meta({ id: 'LoggedOut' });
export type LoggedOut = z.infer<typeof LoggedOut>;

/** How somebody signs in, as their profile shows it. */
export const TwoFactor = z
  .object({
    enabled: z.boolean().describe('whether a log-in needs a code of an authenticator too'),
    recoveryCodesLeft: z.number().int().describe('unused ones, for whoever lost the authenticator'),
  })
  .meta({ id: 'TwoFactor' });
export type TwoFactor = z.infer<typeof TwoFactor>;
