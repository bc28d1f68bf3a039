// Preloaded into `npm start` by the orders benchmark: stands in for two imports of compose, to time transactions and the request to the broker.
import { AsyncLocalStorage } from 'node:async_hooks';
import { registerHooks } from 'node:module';
import { createAccountClients as createClients } from '../../server/ig/index.ts';
import {
  createTradingModule as createTrading,
  type TradingModuleDeps,
} from '../../server/modules/trading/index.ts';
import type { Stage, Stages } from './orders-protocol.ts';

export * from '../../server/ig/index.ts';
export { createAccountUse, createPriceFeed } from '../../server/modules/trading/index.ts';

const composing = new URL('../../server/compose/', import.meta.url).href;
const replaced = new Set(['../ig/index.ts', '../modules/trading/index.ts']);
registerHooks({
  resolve: (specifier, context, next) =>
    next(
      context.parentURL?.startsWith(composing) && replaced.has(specifier) ? import.meta.url : specifier,
      context,
    ),
});

/** Stages kept until the benchmark asks; beyond, the oldest go. */
const maxStages = 1_000;
const stages: Stage[] = [];
let cpuBefore = process.cpuUsage();
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuBefore = process.cpuUsage();
  process.send!({ stages: stages.splice(0), cpuMs: (user + system) / 1_000 } satisfies Stages);
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
const nowMs = () => performance.timeOrigin + performance.now();
const cause = new AsyncLocalStorage<'event'>();
const statements = new AsyncLocalStorage<string[]>();
async function timed<T>(name: Stage['name'], work: () => Promise<T>): Promise<T> {
  const stage: Stage = { name, fromMs: nowMs(), toMs: 0, statements: [] };
  const result = await statements.run(stage.statements, work);
  stage.toMs = nowMs();
  if (stages.push(stage) > maxStages) stages.shift();
  return result;
}

export const createAccountClients: typeof createClients = (deps) => {
  const clients = createClients(deps);
  return {
    ...clients,
    async of(account) {
      const client = await clients.of(account);
      return { ...client, sendOnce: (request) => timed('post', () => client.sendOnce(request)) };
    },
  };
};
export function createTradingModule(deps: TradingModuleDeps): ReturnType<typeof createTrading> {
  const counted = new WeakSet<object>(); // some connections are older than this module
  deps.database.pool.on('acquire', (client) => {
    if (counted.has(client)) return;
    counted.add(client);
    const { query } = client;
    client.query = function count(this: unknown, ...args: Parameters<typeof query>) {
      const [first] = args as unknown as [string | { text: string }];
      statements
        .getStore()
        ?.push((typeof first === 'string' ? first : first.text).trimStart().split(/\s/, 1)[0]!.toLowerCase());
      return Reflect.apply(query, client, args);
    } as typeof query;
  });
  const db = new Proxy(deps.database.db, {
    get(target, name) {
      if (name !== 'transaction') return Reflect.get(target, name, target) as unknown;
      return (...args: Parameters<typeof target.transaction>) =>
        timed(cause.getStore() ?? 'request', () => target.transaction(...args));
    },
  });
  const trading = createTrading({ ...deps, database: { ...deps.database, db } });
  return {
    ...trading,
    applyAccountEvent: (event) => cause.run('event', () => trading.applyAccountEvent(event)),
  };
}
