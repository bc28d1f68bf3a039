// Limits on guessing passwords and on opening accounts, counted in PostgreSQL for all processes together.
import type { Pool } from 'pg';
import { createAttempts, type Limit } from '../../db/attempts.ts';
import type { Clock } from '../../lib/clock.ts';
import { networkOf } from '../../lib/network-of.ts';
import { hashToken } from './tokens.ts';

export const defaultAuthLimits = {
  /** Wrong passwords in a row for one account from one network. */
  loginFailures: { points: 10, seconds: 15 * 60 },
  /**
   * Wrong passwords from one network, whatever the account: several batches of them, so that one does not slow everybody there, and
   * 8 s of hashing a minute at most. It slows only those who are not signed in from there already.
   */
  networkFailures: { points: 300, seconds: 60 },
  /**
   * Wrong codes for one account, whatever the network: 3 of a million are right at any time, so guessing takes some four years. Who
   * gets as far as a code knows the password: an owner whom they keep from signing in chooses another one by mail, and gets in when
   * the hour is over.
   */
  codeFailures: { points: 10, seconds: 60 * 60 },
  /** Accounts opened, or tried to be, from one network. */
  registrations: { points: 60, seconds: 60 * 60 },
  /** Mails of one kind asked for one address from one network. Asking from elsewhere keeps nobody from it. */
  mails: { points: 5, seconds: 15 * 60 },
  /** Mails asked for from one network, whatever the address. */
  networkMails: { points: 60, seconds: 60 * 60 },
} satisfies Record<string, Limit>;
export type AuthLimits = Record<keyof typeof defaultAuthLimits, Limit>;

export interface LoginAttempt {
  /** The password was right: what went wrong before for this account is forgiven. */
  succeeded(): Promise<void>;
  /** The password was not looked at: the attempt is not counted. */
  undone(): Promise<void>;
}

export interface RateLimits {
  /**
   * Counts an attempt *before* the password is looked at, so that attempts at the same time count too. `signedInFrom`: the addresses
   * from which the account is signed in; asked when its network is over its limit. Throws request.limited.
   */
  startLogin(email: string, ip: string, signedInFrom: () => Promise<string[]>): Promise<LoginAttempt>;
  /** Counts a code before it is looked at. Throws request.limited. */
  startCode(userId: string): Promise<LoginAttempt>;
  /** Throws request.limited. */
  startRegistration(ip: string): Promise<void>;
  /** Counts a request for a mail, whether or not the address is anybody's. Throws request.limited. */
  startMail(kind: string, email: string, ip: string): Promise<void>;
  /** Whoever proved to be the owner by other means starts anew from there. */
  forgiveLogin(email: string, ip: string): Promise<void>;
  /** Removes counters that no longer count. */
  sweep(): Promise<void>;
}

export function createRateLimits({
  pool,
  clock,
  limits = defaultAuthLimits,
}: {
  pool: Pool;
  clock: Clock;
  limits?: AuthLimits;
}): RateLimits {
  const limiter = (name: keyof AuthLimits) => createAttempts(pool, name, limits[name]);
  const [loginFailures, networkFailures, codeFailures, registrations, mails, networkMails] = [
    limiter('loginFailures'),
    limiter('networkFailures'),
    limiter('codeFailures'),
    limiter('registrations'),
    limiter('mails'),
    limiter('networkMails'),
  ];
  /** Addresses are not stored here, nor is their length bounded by the key's. */
  const pairOf = (email: string, network: string) => hashToken(`${email} ${network}`);
  return {
    async startLogin(email, ip, signedInFrom) {
      const network = networkOf(ip);
      const pair = pairOf(email, network);
      await loginFailures.count(pair);
      await networkFailures.count(network).catch(async (refusal: unknown) => {
        const addresses = await signedInFrom();
        if (addresses.some((address) => networkOf(address) === network)) return;
        await loginFailures.takeBack(pair); // not this account's fault
        throw refusal;
      });
      const forgive = () => networkFailures.takeBack(network);
      return {
        succeeded: async () => void (await Promise.all([loginFailures.forget(pair), forgive()])),
        undone: async () => void (await Promise.all([loginFailures.takeBack(pair), forgive()])),
      };
    },
    async startCode(userId) {
      await codeFailures.count(userId);
      return {
        succeeded: () => codeFailures.forget(userId),
        undone: () => codeFailures.takeBack(userId),
      };
    },
    async startMail(kind, email, ip) {
      const network = networkOf(ip);
      await mails.count(`${kind} ${pairOf(email, network)}`);
      await networkMails.count(network);
    },
    forgiveLogin: (email, ip) => loginFailures.forget(pairOf(email, networkOf(ip))),
    startRegistration: (ip) => registrations.count(networkOf(ip)),
    async sweep() {
      await pool.query('delete from rate_limits where expire < $1', [clock.now().getTime()]);
    },
  };
}
