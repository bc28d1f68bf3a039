// Users, sessions and what a caller may do.
import { z } from 'zod';
import { Instant, PlainText } from './primitives.ts';
import { SecondFactorCode } from './two-factor.ts';

/** What a procedure asks of its caller. `session` means signed in as oneself, never an API key. */
export const Scope = z
  .enum(['public', 'session', 'market', 'account:read', 'trade:open', 'trade:close', 'admin'])
  .meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;

export const User = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    timeZone: z.string().describe('IANA zone in which this user sees days'),
    isAdmin: z.boolean(),
    emailVerified: z
      .boolean()
      .describe('whether the address was confirmed by a code sent to it; live dealing needs it'),
    createdAt: Instant,
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email('must be an e-mail address'));
export const Password = z.string().min(10, 'must have at least 10 characters').max(200);
export const TimeZone = z
  .string()
  .max(60)
  .refine((zone) => {
    if (/^[+-]/.test(zone)) return false; // to JavaScript an offset is a zone, one without a summer
    try {
      return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
    } catch {
      return false;
    }
  }, 'must be an IANA zone such as Europe/London, not an offset');

export const Register = z.object({
  email: Email,
  password: Password,
  name: PlainText(80),
  timeZone: TimeZone.default('UTC'),
});
export const Login = z.object({
  email: Email,
  password: z.string().max(200),
  code: SecondFactorCode.optional().describe(
    'of the authenticator, or a recovery code: whose two-factor authentication is on needs one',
  ),
});
export const Refresh = z.object({ refreshToken: z.string().min(20).max(200) });
/** Tokens for programs; browsers use the HttpOnly cookie that comes with the same answer. */
export const SignedIn = z
  .object({
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresAt: Instant.describe('when the access token ends'),
    user: User,
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;
export const Done = z.object({ ok: z.literal(true) }).meta({ id: 'Done' });

/** As it was mailed. */
const EmailCode = z.string().trim().min(20).max(200);
export const VerifyEmail = z.object({ code: EmailCode });
/** Whose mail is asked for. */
export const ToAddress = z.object({ email: Email });
export const ResetPassword = z.object({ code: EmailCode, password: Password });
export const ChangePassword = z.object({
  password: z.string().max(200).describe('the present one'),
  newPassword: Password,
});
export const RevokeSession = z.object({ id: z.string().min(1).max(100) });
/** Where somebody is signed in. */
export const SessionShown = z
  .object({
    id: z.string(),
    current: z.boolean().describe('whether it is the one that asks'),
    createdAt: Instant,
    lastSeenAt: Instant.describe('to a minute'),
    userAgent: z.string().nullable().describe('of the program that signed in'),
    network: z
      .string()
      .nullable()
      .describe('whence it signed in: an IPv4 address, or the first 64 bits of an IPv6 one'),
  })
  .meta({ id: 'Session' });
export type SessionShown = z.infer<typeof SessionShown>;
export const SessionList = z
  .object({ sessions: z.array(SessionShown).describe('newest first') })
  .meta({ id: 'SessionList' });
export type SessionList = z.infer<typeof SessionList>;
