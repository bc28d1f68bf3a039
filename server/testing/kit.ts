// The client kit at a running server: somebody who is signed in, by the demo login or as someone new.
import { createFTraderClient, createTokenSource, type TokenSource } from '../../client/index.ts';
import { demoLogin } from '../modules/auth/index.ts';
import * as build from './build.ts';

export type Caller = ReturnType<typeof callWith>;

/** Calls with the access tokens of a source. */
export function callWith(url: string, token: TokenSource) {
  const { api, close } = createFTraderClient({ url, token });
  return { url, api, token, [Symbol.asyncDispose]: close };
}

/** Signs in with its first call. `token` gives a valid access token. */
export const signIn = (url: string, login: { email: string; password: string } = demoLogin): Caller =>
  callWith(url, createTokenSource({ url, ...login }));

/** The same for a user who has just registered. */
export async function signUp(url: string, newcomer = build.newcomer): Promise<Caller> {
  const { api, close } = createFTraderClient({ url });
  await api.auth.register.mutate(newcomer);
  await close();
  return signIn(url, newcomer);
}
