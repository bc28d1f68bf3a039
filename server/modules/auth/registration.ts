// Signing up: an account is asked for here, and made once somebody who chose its password shows that mail to its address reaches them.
import type { z } from 'zod';
import type { Register, VerifyEmail } from '../../../shared/auth.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { leftMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Context } from '../../trpc/context.ts';
import { codeLifetimeMs } from './domain.ts';
import type { OrderMail } from './mails.ts';
import type { PasswordRules } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Recovery } from './recovery.ts';
import type { RegistrationRow, RegistrationsStore } from './registrations-store.ts';
import type { AuthStore } from './store.ts';
import { hashToken } from './tokens.ts';

type Caller = Pick<Context, 'ip' | 'identify'>;
export type Registration = ReturnType<typeof createRegistration>;

export function createRegistration(deps: {
  store: Pick<AuthStore, 'insertUser'>;
  registrations: RegistrationsStore;
  passwords: Passwords;
  rules: PasswordRules;
  limits: RateLimits;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  orderMail: OrderMail;
  recovery: Pick<Recovery, 'findVerification' | 'verifyEmail'>;
  /** Why nobody may sign up here, as a sentence; undefined: anybody may. */
  closed: string | undefined;
}) {
  const { store, registrations, passwords, rules, limits, ids, clock, logger, orderMail, recovery } = deps;

  /**
   * The registration that a code and the password chosen with it lead to; undefined for the code of something else. The code alone
   * is not enough: it may be in the mailbox because somebody else signed up with this address. Throws auth.code_invalid,
   * request.invalid, request.limited.
   */
  async function admitConfirmation(
    { code, password }: z.output<typeof VerifyEmail>,
    caller: Caller,
  ): Promise<RegistrationRow | undefined> {
    const found = await registrations.findByCode(hashToken(code));
    if (!found) return undefined;
    caller.identify?.({ subject: found.email });
    if (leftMs(found.expiresAt, clock.now(), codeLifetimeMs.verify_email) <= 0)
      throw new AppError('auth.code_invalid');
    if (password === undefined)
      throw new AppError('request.invalid', {
        fields: { password: 'is needed to confirm a new account: send the one that was chosen with it' },
      });
    const attempt = await limits.startLogin(found.email, caller.ip, async () => []);
    const { ok } = await passwords.verify(password, found.passwordHash).catch(async (thrown: unknown) => {
      await attempt.undone(); // nobody has looked at it
      throw thrown;
    });
    if (!ok) throw new AppError('auth.code_invalid');
    await attempt.succeeded();
    return found;
  }
  /** Makes the account. Throws auth.code_invalid when there is one of this address by now. */
  async function confirm(
    { id, email, passwordHash, name, timeZone }: RegistrationRow,
    caller: Caller,
  ): Promise<void> {
    const now = clock.now();
    const user = { id: ids.next('user'), email, passwordHash, name, timeZone };
    await registrations.transaction(async (tx) => {
      const asked = await registrations.deleteOf(tx, email);
      const isTheirs =
        asked.some((each) => each.id === id) &&
        (await store.insertUser({ ...user, isAdmin: false, createdAt: now, emailVerifiedAt: now }, tx));
      if (!isTheirs) throw new AppError('auth.code_invalid');
    });
    caller.identify?.({ userId: user.id });
    logger.info({ userId: user.id, ip: caller.ip }, 'signed up');
  }

  return {
    /** Throws auth.registration_closed. */
    requireRegistration() {
      if (deps.closed) throw new AppError('auth.registration_closed', { message: deps.closed });
    },
    /** The hash of the password of one more account that may be asked for. Throws request.limited, request.invalid. */
    async admitRegistration(input: z.output<typeof Register>, caller: Caller): Promise<string> {
      caller.identify?.({ subject: input.email });
      await limits.startRegistration(caller.ip);
      await rules.require(input, input.password, 'password');
      return passwords.hash(input.password);
    },
    /** The same for an address that has an account: whose it is, is found out by the job that sends the mail. */
    async register(
      { email, name, timeZone }: z.output<typeof Register>,
      passwordHash: string,
    ): Promise<void> {
      const createdAt = clock.now();
      const expiresAt = new Date(createdAt.getTime() + codeLifetimeMs.verify_email);
      const id = ids.next('registration');
      await registrations.transaction(async (tx) => {
        const row = { id, email, passwordHash, name, timeZone, createdAt, expiresAt, codeHash: null };
        await registrations.insert(row, tx);
        await orderMail(tx, { kind: 'registration', email, id });
      });
    },

    /** How what a code proves is written down: a new account, or the address of one. Throws auth.code_invalid, request.invalid, request.limited. */
    async admitVerification(
      given: z.output<typeof VerifyEmail>,
      caller: Caller,
    ): Promise<() => Promise<void>> {
      const asked = await admitConfirmation(given, caller);
      if (asked) return () => confirm(asked, caller);
      const found = await recovery.findVerification(given.code);
      return () => recovery.verifyEmail(found, caller);
    },
    /** Removes those past their time. */
    sweep: async (): Promise<void> => void (await registrations.deleteExpiredBy(clock.now())),
  };
}
