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
  db: Parameters<AuthStore['insertAccount']>[0];
  passwords: Passwords;
  ids: Ids;
  clock: Clock;
  production: boolean;
}): Demo {
  const { store, db, passwords, ids, clock, production } = deps;
  let checked: { passwordHash: string; answer: Promise<boolean> } | undefined;
  return {
    async ensure() {
      if (production || (await store.findAccount(demoLogin.email))) return;
      const passwordHash = await passwords.hash(demoLogin.password);
      await store.insertAccount(db, {
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
      const account = await store.findAccount(demoLogin.email);
      if (!account || account.disabledAt) return false;
      if (checked?.passwordHash !== account.passwordHash) {
        const entry = {
          passwordHash: account.passwordHash,
          answer: passwords.verify(demoLogin.password, account.passwordHash).then(({ ok }) => ok),
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
