// Real auth, users and audit modules over a test database, and callers that arrive as a transport would bring them.
import type { z } from 'zod';
import type { Register } from '../../shared/auth.ts';
import { createMail } from '../mail/index.ts';
import { createBus, type Bus } from '../messaging/index.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createAuditModule, type RefusalLimits } from '../modules/audit/index.ts';
import { createAuthModule, mailJob, type AuthModuleDeps, type Credentials } from '../modules/auth/index.ts';
import { createUsersModule } from '../modules/users/index.ts';
import type { Context } from '../trpc/context.ts';
import { createCallerFactory, router } from '../trpc/init.ts';
import * as build from './build.ts';
import { createManualClock } from './manual-clock.ts';
import { testDb } from './test-db.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotify } from '../modules/notifications/index.ts';

/** An argon2id that takes microseconds. */
export const cheapHash = { memoryKiB: 8, passes: 1, lanes: 1 };

export const testSecretKeys: [string] = ['a test key that has more than 32 characters'];

/** One process's modules, and `call`: a caller with credentials. Its clock stands still until advanced. */
export async function testAuth(
  given: { clock?: ReturnType<typeof createManualClock> } & Partial<
    Pick<AuthModuleDeps, 'limits' | 'hashCost' | 'passwordJudge' | 'accountsOf'>
  > & {
      production?: boolean;
      registration?: boolean;
      refusals?: RefusalLimits;
      databaseSettings?: Record<string, string>;
    } = {},
) {
  const {
    clock = createManualClock(),
    production = false,
    registration = true,
    refusals,
    databaseSettings = {},
    ...options
  } = given;
  const db = await testDb({ settings: databaseSettings });
  const { database } = db;
  const metrics = createMetrics();
  const bus = await createBus({ logger: silentLogger, clock });
  const ids = createIds(clock);
  const mail = createMail({
    smtpUrl: undefined,
    from: 'a@test',
    production: false,
    clock,
    logger: silentLogger,
  });
  const events = createUserEvents({ database, bus, logger: silentLogger });
  const orders: unknown[] = [];
  const startProcess = (over: Partial<AuthModuleDeps> = {}) =>
    createAuthModule({
      database,
      ids,
      clock,
      bus,
      logger: silentLogger,
      hashCost: cheapHash,
      passwordJudge: { weaknessOf: async () => undefined },
      mails: { enqueue: async (_tx, order) => void orders.push(order) },
      sendLetter: mail.send,
      sealer: build.sealer(),
      accountsOf: async () => [],
      notify: createNotify({ database, events, ids, clock }),
      ...options,
      settings: {
        secretKeys: testSecretKeys,
        accessTokenMinutes: 15,
        refreshTokenMinutes: 1440,
        production,
        registrationClosed: registration ? undefined : 'Nobody may sign up.',
      },
      ...over,
    });
  const auth = startProcess({ metrics });
  await auth.ready();
  const users = createUsersModule({ database, signIn: auth, leaveAccounts: async () => undefined });
  const audit = createAuditModule({
    database,
    ids,
    clock,
    logger: silentLogger,
    metrics,
    ...(refusals && { refusals }),
  });
  const callerOf = createCallerFactory(router({ auth: auth.router, users: users.router }));
  /** A caller as it arrives: authenticated, with the context a transport makes. `over` replaces parts of that. */
  async function call(credentials: Credentials = {}, over: Partial<Context> = {}) {
    const { principal, problem } = await auth.authenticate({ ip: build.context(over).ip, ...credentials });
    const { requestId, ip, ...context } = build.context(over);
    const who = { userId: principal?.user.id ?? null, sessionId: principal?.sessionId ?? null };
    return callerOf({
      ...context,
      requestId,
      ip,
      principal,
      ...(problem && { credentialProblem: problem }),
      audit: {
        begin: (action) => audit.begin({ action, ...who, requestId, ip }),
        refuse: (action, outcome, found) => audit.refuse({ action, ...who, requestId, ip }, outcome, found),
      },
      ...over,
    });
  }
  return {
    database,
    clock,
    databaseUrl: db.url,
    bus: bus as Bus,
    auth,
    audit,
    metrics,
    startProcess,
    /** Mails ordered and not yet sent; `letters` sends them and gives those of the newest orders first, with the code of each. */
    orders,
    async letters() {
      const before = mail.kept()!.length;
      for (const order of orders.splice(0)) await auth.sendMail(mailJob.payload.parse(order));
      const sent = mail.kept()!;
      return sent.slice(0, sent.length - before).map((letter) => ({ ...letter, code: codeIn(letter.text) }));
    },
    /** Opens eight connections, so that what starts at once runs at once instead of queueing for the first one. */
    openConnections: () => Promise.all(Array.from({ length: 8 }, () => database.pool.query('select 1'))),
    call,
    /** Ann signs up, or who is named, confirms and signs in, over the contexts that matter to a test; what she is answered last. */
    async signUp(over: Partial<z.input<typeof Register>> = {}, context: Partial<Context> = {}) {
      const newcomer = { ...build.newcomer, ...over };
      const { auth: door } = await call({}, context);
      await door.register(newcomer);
      await auth.sendMail(mailJob.payload.parse(orders.pop()));
      const code = codeIn(mail.kept()![0]!.text)!;
      await door.verifyEmail({ code, password: newcomer.password });
      return door.login({ email: newcomer.email, password: newcomer.password });
    },
    async [Symbol.asyncDispose]() {
      await auth.close();
      await bus.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** The code that a letter's text holds. */
const codeIn = (text: string) => /^ {4}(\S+)$/m.exec(text)?.[1];

/** A browser's cookie jar, as far as the session cookie goes. */
export function cookieJar() {
  const jar = {
    token: undefined as string | undefined,
    expiresAt: undefined as Date | undefined,
    set(token: string, expiresAt: Date) {
      Object.assign(jar, { token, expiresAt });
    },
    clear() {
      Object.assign(jar, { token: undefined, expiresAt: undefined });
    },
  };
  return jar;
}
