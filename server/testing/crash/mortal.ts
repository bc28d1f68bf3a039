// Parts that die with their process: every call of a port is a step, and from the chosen one on none of them returns any more.
import { setImmediate as turn } from 'node:timers/promises';
import type { Database } from '../../db/client.ts';
import type { AccountClients } from '../../ig/accounts/clients.ts';
import type { UserEvents } from '../../modules/trading/ports.ts';

class Died extends Error {}
const never = new Promise<never>(() => {});

/** The life of one process. It dies at step `dieAt`: its name, or its number from 0; without one it only keeps what it did. `die` ends more than its calls. */
export function createLife(dieAt?: number | string, die: (step: string) => void = () => {}) {
  const steps: string[] = [];
  const calls = new Map<string, number>();
  const death = Promise.withResolvers<void>();
  let dead = false;
  /** True when the process dies here, or has died before. */
  function passes(name: string): boolean {
    if (dead) return false;
    steps.push(name);
    if (dieAt !== name && dieAt !== steps.length - 1) return true;
    dead = true;
    die(name);
    death.resolve();
    return false;
  }
  const reach = (name: string): Promise<void> => (passes(name) ? Promise.resolve() : never);
  const numbered = (label: string) => {
    const n = (calls.get(label) ?? 0) + 1;
    calls.set(label, n);
    return `${label} ${n}`;
  };
  async function call<T>(label: string, work: () => T | Promise<T>): Promise<T> {
    const name = numbered(label);
    await reach(`before ${name}`);
    const result = await work();
    await reach(`after ${name}`);
    return result;
  }
  const port = <T extends object>(label: string, real: T, sync: readonly (keyof T)[] = []): T =>
    new Proxy(real, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const invoke = (args: unknown[]): unknown =>
          (value as (...args: unknown[]) => unknown).apply(target, args);
        if (!sync.includes(name as keyof T))
          return (...args: unknown[]) => call(`${label}.${String(name)}`, () => invoke(args));
        return (...args: unknown[]) => {
          const step = numbered(`${label}.${String(name)}`);
          if (!passes(`before ${step}`)) throw new Died();
          const result = invoke(args);
          if (!passes(`after ${step}`)) throw new Died();
          return result;
        };
      },
    });
  return {
    /** What it did, in order: `before NAME N`, `after NAME N` of the Nth call of that name. */
    steps,
    /** Counts anew, as if it began here; from now on it dies at `at`. */
    begin(at: string) {
      steps.length = 0;
      calls.clear();
      dieAt = at;
    },
    /** Resolves when it dies. */
    died: death.promise,
    call,
    /** The same port; a call that does not return a promise throws instead of never returning. */
    port,
    /** What writes the user's events and wakes their readers. Reading them while somebody waits runs beside the dealing, in no fixed order: no step. */
    writer<T extends Pick<UserEvents, 'append' | 'appendChange' | 'wake'>>(events: T) {
      const { append, appendChange, wake } = port('events', events, ['wake']);
      return { append, appendChange, wake };
    },
    /** The same database, its transactions with the begin and the commit as steps. One that is open at the death is rolled back, as PostgreSQL does when its client is gone. */
    database(real: Database): Database {
      const db = new Proxy(real.db, {
        get(target, name) {
          if (name !== 'transaction') return Reflect.get(target, name, target) as unknown;
          return async (work: (tx: unknown) => Promise<unknown>, options: object) => {
            const step = numbered('transaction');
            await reach(`before begin ${step}`);
            const lost = death.promise.then(() => Promise.reject(new Died()));
            lost.catch(() => undefined);
            const done = await target
              .transaction(async (tx) => {
                const result = await Promise.race([reach(`after begin ${step}`).then(() => work(tx)), lost]);
                await Promise.race([reach(`before commit ${step}`), lost]);
                return result;
              }, options)
              .catch((error: unknown) => (dead ? never : Promise.reject(error)));
            await reach(`after commit ${step}`);
            return done;
          };
        },
      });
      return { ...real, db };
    },
    /** The same clients; a death `during` a sending leaves the request on its way. */
    clients: (real: AccountClients): AccountClients => ({
      ...real,
      async of(account) {
        const client = await real.of(account);
        return {
          ...client,
          session: {
            current: () => call('session.current', () => client.session.current()),
            renew: (used) => call('session.renew', () => client.session.renew(used)),
          },
          sendOnce: (request) =>
            call('sendOnce', () =>
              client.sendOnce({
                ...request,
                async mayStillSend() {
                  const allowed = await call('mayStillSend', request.mayStillSend);
                  if (allowed) void turn().then(() => reach(`during ${numbered('sendOnce under way')}`));
                  return allowed;
                },
              }),
            ),
        };
      },
    }),
  };
}
export type Life = ReturnType<typeof createLife>;
