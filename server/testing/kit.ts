// The client kit at a running server: somebody who is signed in, by the demo login or as someone new.
import { createFTraderClient, createTokenSource, type TokenSource } from '../../client/index.ts';
import { createDatabase, type Database } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createBus } from '../messaging/index.ts';
import { createUserAdministration, demoLogin } from '../modules/auth/index.ts';
import * as build from './build.ts';
import { cheapHash } from './test-auth.ts';

export type Caller = ReturnType<typeof callWith>;

/** Calls with the access tokens of a source. */
export function callWith(url: string, token: TokenSource) {
  const { api, close } = createFTraderClient({ url, token });
  return { url, api, token, [Symbol.asyncDispose]: close };
}

/** Signs in with its first call. `token` gives a valid access token. */
export const signIn = (url: string, login: { email: string; password: string } = demoLogin): Caller =>
  callWith(url, createTokenSource({ url, ...login }));

type Installed = { databaseUrl: string } | { database: Database };

/** Somebody new, added as on the command line: without a mail. */
export async function addUser(at: Installed, newcomer = build.newcomer): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const logger = silentLogger;
  function open({ url }: { url: string }) {
    const own = createDatabase({ url, logger, max: 1 });
    opened.defer(() => own.close());
    return own;
  }
  const database = 'database' in at ? at.database : open({ url: at.databaseUrl });
  const bus = await createBus({ logger, clock: systemClock });
  opened.defer(() => bus.close());
  const users = createUserAdministration({
    database,
    bus,
    logger,
    clock: systemClock,
    ids: createIds(systemClock),
    production: false,
    hashCost: cheapHash,
    passwordJudge: { weaknessOf: async () => undefined },
  });
  opened.defer(() => users.close());
  await users.addUser(newcomer);
}

/** Who was added so, signed in with the first call. */
export async function signUp(at: { url: string } & Installed, newcomer = build.newcomer): Promise<Caller> {
  await addUser(at, newcomer);
  return signIn(at.url, newcomer);
}
