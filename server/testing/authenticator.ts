// Somebody with two-factor authentication on: their authenticator, at the clock of a test.
import type { testAuth } from './test-auth.ts';
import { totpCode } from '../modules/auth/totp.ts';
import * as build from './build.ts';

type App = Awaited<ReturnType<typeof testAuth>>;
export const stepMs = 30_000;

/** Signs Ann up and switches it on for her, then goes on to the next code: none of what she shows was used. */
export async function withTwoFactor(app: App) {
  const { accessToken, user } = await app.signUp();
  const ann = await app.call({ bearer: accessToken });
  const { secret, uri } = await ann.auth.startTotp();
  const code = (steps = 0) => totpCode(secret, new Date(app.clock.now().getTime() + steps * stepMs));
  const { recoveryCodes } = await ann.auth.confirmTotp({ code: code() });
  app.clock.advance(stepMs);
  return {
    ann,
    user,
    accessToken,
    secret,
    uri,
    recoveryCodes,
    /** What the authenticator shows; `steps` from now. */
    code,
    /** A log-in from anywhere, with what is typed in the place of the usual. */
    login: async (over: { code?: string; password?: string; ip?: string } = {}) => {
      const { ip, ...typed } = over;
      return (await app.call({}, ip === undefined ? {} : { ip })).auth.login({ ...build.login, ...typed });
    },
  };
}
