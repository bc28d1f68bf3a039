// Access tokens for programs: signed in on first use, refreshed before they end. Browsers use the cookie instead.
import { createFTraderClient } from './client.ts';
import { errorOf } from './errors.ts';
import type { SignedIn } from '../shared/auth.ts';

export interface TokenSourceOptions {
  /** Where FTrader answers, such as `http://127.0.0.1:8000`. */
  url: string;
  email: string;
  password: string;
  /** Milliseconds since any moment, for tests. The time of day is never asked for: it may be set, and need not be the server's. */
  monotonicMs?: (() => number) | undefined;
}

/** A valid access token; another one than `refused`, which the server did not take. */
export type TokenSource = (refused?: string) => Promise<string>;

/** A token is replaced when less than this is left of it, or less than a quarter of its life. */
const refreshAheadMs = 30_000;
/** A sign-in that was refused is not tried again for so long: each try counts against the limit of wrong passwords. */
const refusalHoldsMs = 60_000;

/**
 * A function for `createFTraderClient({ token })` that always has a valid access token: it signs in on first use,
 * refreshes ahead of expiry, replaces a token that was refused, and signs in again when the refresh token has ended.
 * All callers share one request. Rejects like `auth.login` does.
 */
export function createTokenSource({
  url,
  email,
  password,
  monotonicMs = () => performance.now(),
}: TokenSourceOptions): TokenSource {
  const { api } = createFTraderClient({ url });
  let refusal: { error: unknown; until: number } | undefined;
  const signIn = async () => {
    if (refusal && monotonicMs() < refusal.until) throw refusal.error;
    try {
      return await api.auth.login.mutate({ email, password });
    } catch (error) {
      const code = errorOf(error)?.code;
      if (code === 'auth.invalid_credentials' || code === 'auth.code_required')
        refusal = { error, until: monotonicMs() + refusalHoldsMs };
      throw error;
    }
  };
  const renew = ({ refreshToken }: SignedIn) =>
    api.auth.refresh.mutate({ refreshToken }).catch((error: unknown) => {
      if (errorOf(error)?.code.startsWith('auth.')) return signIn();
      throw error;
    });
  let current: { signedIn: SignedIn; renewAt: number } | undefined;
  let pending: Promise<string> | undefined; // calls made together share one request

  async function replace(): Promise<string> {
    const askedAt = monotonicMs(); // the token is younger than that
    const signedIn = await (current ? renew(current.signedIn) : signIn());
    const lifeMs = lifeOf(signedIn.accessToken);
    current = { signedIn, renewAt: askedAt + lifeMs - Math.min(refreshAheadMs, lifeMs / 4) };
    return signedIn.accessToken;
  }
  return (refused) => {
    if (pending) return pending;
    if (current && monotonicMs() < current.renewAt && current.signedIn.accessToken !== refused)
      return Promise.resolve(current.signedIn.accessToken);
    pending = replace().finally(() => (pending = undefined));
    return pending;
  };
}

/** How long a token lives, by the server's clock alone: from when it was issued to its end. Infinity for one that cannot be read. */
function lifeOf(accessToken: string): number {
  try {
    const claims = accessToken.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const { iat, exp } = JSON.parse(atob(claims)) as { iat: number; exp: number };
    return exp > iat ? (exp - iat) * 1_000 : Infinity;
  } catch {
    return Infinity;
  }
}
