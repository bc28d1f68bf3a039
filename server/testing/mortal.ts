// A process of trading that dies at a chosen step: for tests of what is left then.
import type { Database } from '../db/client.ts';
import type { TradingModuleDeps } from '../modules/trading/index.ts';
import type { TradingRig } from './trading-rig.ts';

class Died extends Error {}

/** The rig's parts as a process has them that dies at its `at`-th step: before or after a call of a port, or the beginning or commit of a transaction. */
export function mortal(rig: TradingRig, at: number) {
  const steps: string[] = [];
  const step = (name: string) => {
    if (steps.length > at) throw new Died();
    if (steps.push(name) > at) throw new Died(`died ${name}`);
  };
  const wrap = <T extends object>(port: string, real: T): T =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const label = `${port}.${String(name)}`;
          step(`before ${label}`);
          const result = (value as (...args: unknown[]) => unknown).apply(target, args);
          if (!(result instanceof Promise)) return (step(`after ${label}`), result);
          return result.then((answer: unknown) => (step(`after ${label}`), answer));
        };
      },
    });
  const { db } = rig.database;
  const mortalDb = new Proxy(db, {
    get(target, name) {
      if (name !== 'transaction') return Reflect.get(target, name, target);
      return async (work: (tx: unknown) => Promise<unknown>, options: object) => {
        step('before a transaction');
        const result = await target.transaction(async (tx) => {
          const done = await work(tx);
          step('before a commit');
          return done;
        }, options);
        step('after a commit');
        return result;
      };
    },
  });
  const { accounts, dealing, evidence, prices, events } = rig.deps;
  const over: Partial<TradingModuleDeps> = {
    database: { ...rig.database, db: mortalDb } as Database,
    accounts: wrap('accounts', accounts),
    dealing: wrap('dealing', dealing),
    evidence: wrap('evidence', evidence),
    prices: wrap('prices', prices),
    events: wrap('events', events),
  };
  return { steps, process: rig.restart(over) };
}

/** Runs until nothing of the process moves any more. Its caller may have heard the deal's newest state before it died. */
export async function untilDeath(
  { process }: ReturnType<typeof mortal>,
  call: (process: ReturnType<TradingRig['restart']>) => Promise<unknown>,
): Promise<void> {
  await call(process).catch((err: unknown) => {
    if (!(err instanceof Error)) throw err;
  });
  await process.settled();
}
