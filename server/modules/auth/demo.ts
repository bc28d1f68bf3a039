// The demo login of a fresh installation: made when missing, and known for as long as its password is the published one.
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Passwords } from './passwords.ts';
import type { AuthStore } from './store.ts';

export const demoLogin = { email: 'demo@ftrader.local', password: 'ftrader-demo' } as const;

export interface Demo {
  /** Creates the demo user unless there is one, or this is production. Two processes may do it at once. */
  ensure(): Promise<void>;
  /** Whether anyone who read the README can sign in. Costs one small query; the password is checked once per stored hash. */
  isDefault(): Promise<boolean>;
}

export function createDemo(deps: {
  store: AuthStore;
  db: Parameters<AuthStore['insertUser']>[0];
  passwords: Passwords;
  ids: Ids;
  clock: Clock;
  production: boolean;
}): Demo {
  const { store, db, passwords, ids, clock, production } = deps;
  let checked: { passwordHash: string; answer: Promise<boolean> } | undefined;
  return {
    async ensure() {
      if (production || (await store.findByEmail(demoLogin.email))) return;
      const passwordHash = await passwords.hash(demoLogin.password);
      await store.insertUser(db, {
        id: ids.next('user'),
        email: demoLogin.email,
        passwordHash,
        name: 'Demo',
        timeZone: 'UTC',
        isAdmin: false,
        createdAt: clock.now(),
        disabledAt: null,
      });
    },
    async isDefault() {
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
    },
  };
}
