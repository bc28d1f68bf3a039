// Users, sessions and what a caller may do.
import { z } from 'zod';
import { Instant, PlainText } from './primitives.ts';

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
export const Login = z.object({ email: Email, password: z.string().max(200) });
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
