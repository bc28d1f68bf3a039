// What an operator does to users: look at them, shut and open their accounts, give them a password, make an administrator. Who may is the caller's to ask.
import { Email, Password } from '../../../shared/auth.ts';
import type { Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { isPublished } from './domain.ts';
import type { Passwords } from './passwords.ts';
import type { SessionEnds } from './session-ends.ts';
import type { AuthStore, ListedUser, UserRow } from './store.ts';
import type { TwoFactorStore } from './two-factor-store.ts';

/** What cannot be done, in words for the operator. */
export class AdministrationError extends Error {}

export type Administration = ReturnType<typeof createAdministration>;

const usersPerPage = 500;

export function createAdministration({
  store,
  twoFactors,
  passwords,
  ends,
  ids,
  clock,
  production,
}: {
  store: AuthStore;
  twoFactors: Pick<TwoFactorStore, 'remove'>;
  passwords: Passwords;
  ends: SessionEnds;
  ids: Ids;
  clock: Clock;
  production: boolean;
}) {
  /** Whatever is no address is nobody's: only a new user needs one that mail can be sent to. */
  const find = (email: string): Promise<UserRow | undefined> => store.findByEmail(email.trim().toLowerCase());
  /** Throws AdministrationError for somebody who is not there. */
  async function get(email: string): Promise<UserRow> {
    const user = await find(email);
    if (user) return user;
    const hint = email.includes('@') ? '' : ': users are named by their e-mail address';
    throw new AdministrationError(`there is no user ${email}${hint} (npm run user -- list)`);
  }
  /** Throws AdministrationError for an address that nobody could sign up with either. */
  function requireAddress(email: string): void {
    if (!Email.safeParse(email).success)
      throw new AdministrationError(
        `${email} cannot be an e-mail address: write one such as you@example.com`,
      );
  }
  function requireUsable(email: string, password: string): void {
    const { error } = Password.safeParse(password);
    if (error) throw new AdministrationError(`the password ${error.issues[0]?.message ?? 'cannot be used'}`);
    if (production && isPublished({ email, password }))
      throw new AdministrationError('this password is the published one of the demo login: choose another');
  }
  /** What changes how somebody signs in ends all they hold open, in every process, once it is committed. How many logins those were. */
  async function changeAndSignOut(id: string, change: (tx: Tx) => Promise<unknown>): Promise<number> {
    const ended = await store.transaction(async (tx) => {
      await change(tx); // its lock first: a login that is under way is waited for, and ended too
      return store.deleteSessionsOf(tx, id);
    });
    for (const session of ended) ends.announce(session.id);
    return ended.length;
  }

  return {
    get,
    requireUsable,
    /** Whether there is an administrator who can sign in. */
    hasAdministrator: (): Promise<boolean> => store.hasAdministrator(),
    /** Everybody, by address. */
    async *list(): AsyncGenerator<ListedUser> {
      for (let after = ''; ;) {
        const page = await store.listUsers({ after, limit: usersPerPage, now: clock.now() });
        yield* page;
        if (page.length < usersPerPage) return;
        after = page.at(-1)!.email;
      }
    },
    /** Shuts an account and ends its logins; how many. With `passwordHash` it stays open when its password is another by now. */
    async disable(email: string, passwordHash?: string): Promise<number> {
      const { id, disabledAt } = await get(email);
      const at = disabledAt ?? clock.now();
      return changeAndSignOut(id, (tx) => store.setDisabled(tx, id, at, passwordHash));
    },
    async enable(email: string): Promise<void> {
      const { id } = await get(email);
      await store.transaction((tx) => store.setDisabled(tx, id, null));
    },
    /** Gives somebody a password and ends the logins that the old one opened; how many. */
    async setPassword(email: string, password: string): Promise<number> {
      const user = await get(email);
      requireUsable(user.email, password);
      const passwordHash = await passwords.hash(password);
      return changeAndSignOut(user.id, (tx) => store.setPasswordHash(tx, user.id, passwordHash));
    },
    /**
     * For whoever lost the authenticator and the recovery codes: the password alone signs in again. Ends the logins; how many. Throws
     * AdministrationError where it is off.
     */
    async switchTwoFactorOff(email: string): Promise<number> {
      const user = await get(email);
      return changeAndSignOut(user.id, async (tx) => {
        await store.lockUser(tx, user.id);
        if (!(await twoFactors.remove(tx, user.id)))
          throw new AdministrationError(
            `${user.email} has no two-factor authentication: there is nothing to switch off`,
          );
      });
    },
    /** The administrator of that address, if there is one. Throws AdministrationError when it is somebody else's, nobody is raised by a name, or nobody's and no address. */
    async findSuperuser(email: string): Promise<UserRow | undefined> {
      const user = await find(email);
      if (!user) requireAddress(email);
      if (user && !user.isAdmin)
        throw new AdministrationError(
          `${user.email} is a user already, and no administrator: choose another address`,
        );
      return user;
    },
    /** Makes an administrator. Throws AdministrationError when the address is taken. */
    async createSuperuser({
      email,
      password,
      name,
    }: {
      email: string;
      password: string;
      name: string;
    }): Promise<void> {
      if (await find(email)) throw new AdministrationError(`there is a user ${email} already`);
      requireAddress(email);
      const address = Email.parse(email);
      requireUsable(address, password);
      const made = await store.insertUser({
        id: ids.next('user'),
        email: address,
        passwordHash: await passwords.hash(password),
        name,
        timeZone: 'UTC',
        isAdmin: true,
        createdAt: clock.now(),
        disabledAt: null,
        emailVerifiedAt: clock.now(), // whoever runs the server says so
      });
      if (!made) throw new AdministrationError(`there is a user ${address} already`);
    },
  };
}
