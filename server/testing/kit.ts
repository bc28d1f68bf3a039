// The client kit at a running server: somebody who is signed in, by the demo login or as someone new.
import { createFTraderClient, createTokenSource } from '../../client/index.ts';
import { demoLogin } from '../modules/auth/index.ts';
import * as build from './build.ts';

/** Signs in with its first call. `token` gives a valid access token. */
export function signIn(url: string, login: { email: string; password: string } = demoLogin) {
  const token = createTokenSource({ url, ...login });
  const { api, close } = createFTraderClient({ url, token });
  return { api, token, [Symbol.asyncDispose]: close };
}

/** The same for a user who has just registered. */
export async function signUp(url: string, newcomer = build.newcomer) {
  const { api, close } = createFTraderClient({ url });
  await api.auth.register.mutate(newcomer);
  await close();
  return signIn(url, newcomer);
}
