// The rules of signing in as plain functions: what a login may do, what a refresh token is good for. No I/O.
import type { Scope, User } from '../../../shared/auth.ts';
import { ageMs } from '../../lib/instants.ts';

const userScopes: ReadonlySet<Scope> = new Set<Scope>([
  'session',
  'market',
  'account:read',
  'trade:open',
  'trade:close',
]);
const adminScopes: ReadonlySet<Scope> = new Set<Scope>([...userScopes, 'admin']);

/** What a user may do who signed in as oneself. */
export const scopesOf = (user: Pick<User, 'isAdmin'>): ReadonlySet<Scope> =>
  user.isAdmin ? adminScopes : userScopes;

/**
 * How long a used refresh token still gets an answer. Without it, an answer lost on the way and two tabs that wake together
 * log an honest user out. With it a thief gains little: within these seconds the old token yields the *same* successor the
 * owner got (see successorOf), never a second chain, so the later of the two to use that successor is found out.
 * 10 s: longer than a request that a client gives up on and repeats, far shorter than an access token lives.
 */
export const refreshGraceMs = 10_000;

/**
 * How long a login that proved who it is may take grave steps: setting up an authenticator, making an API key. 10 minutes: long enough
 * to read what a page says and to fetch a phone, too short for whoever finds a machine unlocked or steals a cookie later.
 */
export const proofHoldsMs = 10 * 60_000;

/** What a mailed code is good for, and for how long. A reset is done at once; who signed up may read mail tomorrow. */
/** What a code may be asked for by whoever is not signed in. */
export type AskedPurpose = Exclude<CodePurpose, 'change_email'>;
export type CodePurpose = 'verify_email' | 'reset_password' | 'change_email';
export const codeLifetimeMs: Record<CodePurpose, number> = {
  verify_email: 24 * 3_600_000,
  reset_password: 30 * 60_000,
  change_email: 30 * 60_000,
};

/** What a user is told by mail of how somebody signs in as them. */
export const securityNotices = [
  'two_factor_enabled',
  'two_factor_disabled',
  'recovery_code_used',
  'recovery_codes_renewed',
  'email_change_asked',
  'email_changed',
  'account_deleted',
  'signed_in_elsewhere',
  'refresh_token_reused',
] as const;
export type SecurityNotice = (typeof securityNotices)[number];

export type RefreshVerdict = 'rotate' | 'repeat' | 'expired' | 'reused';

/**
 * `expired` comes first: a token that is past its time proves nothing, used or not, and harms nobody. One whose use is dated ahead of
 * `now` has no grace left: nobody knows how long ago that was.
 */
export function judgeRefresh(token: { expiresAt: Date; usedAt: Date | null }, now: Date): RefreshVerdict {
  if (now >= token.expiresAt) return 'expired';
  if (!token.usedAt) return 'rotate';
  return ageMs(token.usedAt, now) < refreshGraceMs ? 'repeat' : 'reused';
}

/** What the README tells everybody to sign in with; `isPublished` says who may not in production, however the account came to be. */
export const demoLogin = { email: 'demo@ftrader.local', password: 'ftrader-demo' } as const;
export const isPublished = ({ email, password }: { email: string; password: string }): boolean =>
  email === demoLogin.email && password === demoLogin.password;
