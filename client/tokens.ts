// Access tokens for programs: signed in on first use, refreshed before they end. Browsers use the cookie instead.
import { createFTraderClient } from './client.ts';
import { errorOf } from './errors.ts';
import type { SignedIn } from '../shared/auth.ts';

export interface TokenSourceOptions {
  /** Where FTrader answers, such as `http://127.0.0.1:8000`. */
  url: string;
  email: string;
  password: string;
  /** Milliseconds since 1970; for tests. */
  now?: () => number;
}

/** A token is replaced when less than this is left of it. */
const refreshAheadMs = 30_000;

/**
 * A function for `createFTraderClient({ token })` that always has a valid access token: it signs in on first use,
 * refreshes ahead of expiry, and signs in again when the refresh token has ended. Rejects like `auth.login` does.
 */
export function createTokenSource({
  url,
  email,
  password,
  now = Date.now,
}: TokenSourceOptions): () => Promise<string> {
  const { api } = createFTraderClient({ url });
  const signIn = () => api.auth.login.mutate({ email, password });
  const renew = ({ refreshToken }: SignedIn) =>
    api.auth.refresh.mutate({ refreshToken }).catch((error: unknown) => {
      if (errorOf(error)?.code.startsWith('auth.')) return signIn();
      throw error;
    });
  let current: SignedIn | undefined;
  let pending: Promise<SignedIn> | undefined; // calls made together share one sign-in
  return async () => {
    if (!current || current.expiresAt.getTime() - now() < refreshAheadMs) {
      pending ??= (current ? renew(current) : signIn()).finally(() => (pending = undefined));
      current = await pending;
    }
    return current.accessToken;
  };
}
