// The door of the auth module: builds its parts, recognises callers, tells of sessions that ended. Who a user is, is in modules/users.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Bus } from '../../messaging/index.ts';
import type { JobQueue } from '../../jobs/index.ts';
import { createAdministration } from './administration.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createApiKeys, type ApiKeysDeps } from './api-keys.ts';
import { createApiKeysStore } from './api-keys-store.ts';
import { isKeyId } from './api-key.ts';
import { createAuthenticate } from './authenticate.ts';
import { createEmailChange } from './email-change.ts';
import { createDemo } from './demo.ts';
import { createDevices } from './devices.ts';
import { createErasing } from './erasing.ts';
import { createMails, orderKey, type mailJob, type OrderMail } from './mails.ts';
import { createPasswordJudge, type PasswordJudge } from './password-judge.ts';
import { createPasswordRules } from './password-rules.ts';
import { createPeople } from './people.ts';
import { createPeopleStore } from './people-store.ts';
import { createPasswords, type HashCost } from './passwords.ts';
import { createRecovery } from './recovery.ts';
import { createRegistration } from './registration.ts';
import { createRegistrationsStore } from './registrations-store.ts';
import { createRateLimits, type AuthLimits } from './rate-limits.ts';
import { authRest } from './rest.ts';
import { createAuthRouter } from './router.ts';
import { createAuthService } from './service.ts';
import { createSessionEnds } from './session-ends.ts';
import { createSessions } from './sessions.ts';
import { createRequireFresh, createStepUp } from './step-up.ts';
import { createSignOut } from './sign-out.ts';
import { createAuthStore } from './store.ts';
import { createTwoFactor } from './two-factor.ts';
import { createTwoFactorStore } from './two-factor-store.ts';
import { cookieNameOf, type SendLetter } from './ports.ts';
import type { Notify } from '../notifications/index.ts';
import type { TellSecurity } from './ports.ts';

export { AdministrationError, type Administration } from './administration.ts';
export type { Authenticate, Authentication, Credentials } from './authenticate.ts';
export { demoLogin } from './domain.ts';
export { mailJob } from './mails.ts';
export { sessionCookieName } from './ports.ts';
export { sealedAuthenticators } from './two-factor-store.ts';

export interface AuthModuleDeps {
  database: Database;
  ids: Ids;
  clock: Clock;
  bus: Bus;
  logger: Logger;
  /** Of `mailJob`: whoever runs it calls `sendMail`. */
  mails: JobQueue<(typeof mailJob)['payload']>;
  sendLetter: SendLetter;
  /** Of the secrets of authenticators. */
  sealer: Sealer;
  settings: {
    /** The newest first: it signs, the others only check. */
    secretKeys: readonly [string, ...string[]];
    accessTokenMinutes: number;
    refreshTokenMinutes: number;
    production: boolean;
    /** Why nobody may sign up here, as a sentence; undefined: anybody may. */
    registrationClosed: string | undefined;
  };
  /** The ids of the accounts of a user. */
  accountsOf: ApiKeysDeps['accountsOf'];
  notify: Notify;
  metrics?: Metrics;
  limits?: AuthLimits;
  hashCost?: HashCost;
  /** Says which passwords are easy to guess, instead of zxcvbn. */
  passwordJudge?: Pick<PasswordJudge, 'weaknessOf'>;
}
export type AuthModule = ReturnType<typeof createAuthModule>;

export const authFace = {
  about: 'Signing up, in and out; two-factor authentication; API keys.',
  createRouter: createAuthRouter,
  rest: authRest,
};

export function createAuthModule({
  database,
  ids,
  clock,
  bus,
  logger,
  mails: queue,
  sendLetter,
  sealer,
  settings,
  accountsOf,
  notify,
  metrics,
  limits: authLimits,
  hashCost,
  passwordJudge: givenJudge,
}: AuthModuleDeps) {
  const { secretKeys, refreshTokenMinutes, production } = settings;
  const store = createAuthStore(database.db);
  const ends = createSessionEnds({ bus, logger });
  const sessions = createSessions({
    db: database.db,
    store,
    ids,
    clock,
    lifetimeMinutes: refreshTokenMinutes,
    onEnded: ends.announce,
  });
  const passwords = createPasswords({ ids, metrics, ...(hashCost && { cost: hashCost }) });
  const accessTokens = createAccessTokens({
    secretKeys,
    lifetimeMinutes: settings.accessTokenMinutes,
    clock,
  });
  const judge = createPasswordJudge({ clock });
  const rules = createPasswordRules({ judge: givenJudge ?? judge, production });
  const registrations = createRegistrationsStore(database.db);
  const limits = createRateLimits({ pool: database.pool, clock, ...(authLimits && { limits: authLimits }) });
  const tellSecurity: TellSecurity = (tx, userId, event) =>
    notify(tx, { kind: 'security.event', data: { event }, userId, at: clock.now(), accountId: null });
  const orderMail: OrderMail = (tx, order) => queue.enqueue(tx, order, { key: orderKey(order) });
  const twoFactors = createTwoFactorStore(database.db);
  const requireFresh = createRequireFresh({ twoFactors, clock });
  const twoFactor = createTwoFactor({
    store,
    twoFactors,
    sealer,
    limits,
    ids,
    clock,
    logger,
    orderMail,
    tellSecurity,
    requireFresh,
  });
  const service = createAuthService({
    store,
    sessions,
    passwords,
    accessTokens,
    limits,
    ends,
    ids,
    clock,
    logger,
    twoFactor,
    orderMail,
    tellSecurity,
    metrics,
    secretKeys,
    refreshTokenMinutes,
    production,
  });
  const keysStore = createApiKeysStore(database.db);
  const signOut = createSignOut({ store, keys: keysStore, ends });
  const recovery = createRecovery({
    store,
    passwords,
    limits,
    ends,
    signOut,
    clock,
    logger,
    orderMail,
    tellSecurity,
    checkPassword: service.checkPassword,
    rules,
  });
  const registration = createRegistration({
    store,
    registrations,
    passwords,
    rules,
    limits,
    ids,
    clock,
    logger,
    orderMail,
    recovery,
    closed: settings.registrationClosed,
  });
  const stepUps = createStepUp({
    store,
    twoFactors,
    twoFactor,
    checkPassword: service.checkPassword,
    requireFresh,
    clock,
  });
  const devices = createDevices({ store, signOut, ends, clock });
  const keys = createApiKeys({
    store: keysStore,
    ids,
    clock,
    logger,
    ends,
    accountsOf,
    tellSecurity,
    requireFresh,
  });
  const people = createPeople({
    store,
    people: createPeopleStore(database.db),
    signOut,
    tellSecurity,
    clock,
  });
  const emailChange = createEmailChange({
    store,
    limits,
    requireFresh,
    clock,
    logger,
    orderMail,
    tellSecurity,
  });
  const administration = createAdministration({ store, twoFactors, passwords, signOut, ids, clock, rules });

  return {
    router: createAuthRouter({
      ...service,
      ...recovery,
      ...registration,
      ...devices,
      ...keys,
      ...twoFactor,
      ...stepUps,
    }),
    /** Of this installation's browsers; a new key leaves them signed in for as long as the oldest is given. */
    cookieName: cookieNameOf(secretKeys.at(-1)!),
    authenticate: createAuthenticate({ sessions, keys, accessTokens, ends, clock }),
    /** Calls `listener` for each session and key that ended, once. Returns how to stop listening. */
    onSessionEnded: ends.listen,
    /**
     * Those of these sessions and keys that still hold, asked of the database: a connection lives as long as its session, not as its access
     * token. It counts as use: past half of their time they are lengthened.
     */
    liveSessions: async (asked: readonly string[]): Promise<ReadonlySet<string>> =>
      new Set([
        ...(await sessions.alive(asked.filter((each) => !isKeyId(each)))),
        ...(await keys.alive(asked.filter(isKeyId))),
      ]),
    administration,
    /** Users as administrators who are signed in see and change them. */
    people,
    erasing: createErasing({ store, people, passwords, signOut, requireFresh, ids, clock, orderMail }),
    /** Whether a user of this id is here, disabled or not. */
    exists: (id: string): Promise<boolean> => store.exists(id),
    /** Whether somebody who is signed in has typed their own password again. Throws auth.wrong_password, request.limited. */
    checkPassword: service.checkPassword,
    /** Whether a login proved a short while ago who it is: what grave steps ask for. Throws auth.step_up_required. */
    requireFresh,
    /** The same of logins alone: an API key has nobody at hand who could prove it, and is held to its scopes. */
    requireFreshLogin: async (principal: Parameters<typeof requireFresh>[0]): Promise<void> => {
      if (!isKeyId(principal.sessionId)) await requireFresh(principal);
    },
    /** The same of those alone whose two-factor authentication is on: for what asks for the password itself. */
    requireCodeLately: stepUps.requireCodeLately,
    twoFactorOf: twoFactor.twoFactorOf,
    emailChange,
    ownerOfAddress: async (email: string): Promise<string | undefined> =>
      (await store.findByEmail(email))?.id,
    /** Whether somebody showed that mail to their address reaches them. */
    isEmailVerified: store.isEmailVerified,
    sendMail: createMails({ store, registrations, ids, clock, logger, send: sendLetter }).sendMail,
    demo: createDemo({
      store,
      passwords,
      ids,
      clock,
      logger,
      production,
      administration,
    }),
    /** Resolves when the end of sessions in other processes reaches this one. */
    ready: ends.ready,
    /** Removes sessions, tokens and counters past their time, and announces the sessions. The work of a scheduled job. */
    async deleteExpired(): Promise<void> {
      await service.sweep();
      await registration.sweep();
    },
    async close(): Promise<void> {
      await judge.close();
      await ends.close();
    },
  };
}

/** For commands: what an operator does to users, without the secrets that a server signs with. */
export function createUserAdministration({
  database,
  ids,
  clock,
  bus,
  logger,
  production,
  hashCost,
  passwordJudge: givenJudge,
}: Omit<
  AuthModuleDeps,
  'settings' | 'limits' | 'metrics' | 'mails' | 'sendLetter' | 'sealer' | 'accountsOf' | 'notify'
> & {
  production: boolean;
}) {
  const ends = createSessionEnds({ bus, logger });
  const judge = createPasswordJudge({ clock });
  const store = createAuthStore(database.db);
  const administration = createAdministration({
    store,
    twoFactors: createTwoFactorStore(database.db),
    passwords: createPasswords({ ids, ...(hashCost && { cost: hashCost }) }),
    signOut: createSignOut({ store, keys: createApiKeysStore(database.db), ends }),
    ids,
    clock,
    rules: createPasswordRules({ judge: givenJudge ?? judge, production }),
  });
  return {
    ...administration,
    async close(): Promise<void> {
      await judge.close();
      await ends.close();
    },
  };
}
