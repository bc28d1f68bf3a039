// The demo login of a fresh installation: made when missing, known for as long as its password is the published one, and shut in production.
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Administration } from './administration.ts';
import { demoLogin } from './domain.ts';
import type { Passwords } from './passwords.ts';
import type { AuthStore } from './store.ts';

export interface Demo {
  /**
   * Before a server is shown to anybody: creates the demo user unless there is one; in production disables it instead, with its
   * sessions, while its password is the published one. Two processes may do it at once.
   */
  prepare(): Promise<void>;
  /** Whether anyone who read the README can sign in. Costs one small query; the password is checked once per stored hash. */
  isDefault(): Promise<boolean>;
  /** The login to show to whoever looks, while it works; in production never. */
  shown(): Promise<{ email: string; password: string } | null>;
}

export function createDemo(deps: {
  store: AuthStore;
  passwords: Passwords;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  production: boolean;
  administration: Pick<Administration, 'disable'>;
}): Demo {
  const { store, passwords, ids, clock, logger, production, administration } = deps;
  let checked: { passwordHash: string; answer: Promise<boolean> } | undefined;

  async function make() {
    if (await store.findByEmail(demoLogin.email)) return;
    const passwordHash = await passwords.hash(demoLogin.password);
    await store.insertUser({
      id: ids.next('user'),
      email: demoLogin.email,
      passwordHash,
      name: 'Demo',
      timeZone: 'UTC',
      isAdmin: false,
      createdAt: clock.now(),
      disabledAt: null,
      emailVerifiedAt: clock.now(), // whoever runs the server says so
    });
  }
  async function shut() {
    const user = await store.findByEmail(demoLogin.email);
    if (!user || user.disabledAt) return;
    if (!(await isDefault())) return; // somebody's own by now
    await administration.disable(user.email, user.passwordHash);
    logger.warn(
      { userId: user.id },
      `${demoLogin.email} was disabled: its password is published, and this is production`,
    );
  }
  async function isDefault() {
    const user = await store.findByEmail(demoLogin.email);
    if (!user || user.disabledAt) return false;
    if (checked?.passwordHash !== user.passwordHash) {
      const entry = {
        passwordHash: user.passwordHash,
        answer: passwords.verify(demoLogin.password, user.passwordHash).then(({ ok }) => ok),
      };
      entry.answer.catch(() => {
        if (checked === entry) checked = undefined;
      }); // too many hashes at once: ask again
      checked = entry;
    }
    return checked.answer;
  }
  return {
    prepare: production ? shut : make,
    isDefault,
    shown: async () => (!production && (await isDefault()) ? { ...demoLogin } : null),
  };
}
