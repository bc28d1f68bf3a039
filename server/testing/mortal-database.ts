// A process's connections to the database, which are all cut at a chosen statement, as when it is killed: for tests of what is left then.
import type { PoolClient } from 'pg';
import { createDatabase, type Database } from '../db/client.ts';
import { silentLogger } from '../lib/logger.ts';

/** Dies before the statement `at` is sent, or with `answered` once it was answered: it may have been done, and nobody heard of it. */
export function mortalDatabase(
  url: string,
  { at, answered }: { at: number; answered: boolean },
): Database & { statements(): number; isDead(): boolean } {
  const database = createDatabase({ url, logger: silentLogger, max: 2 });
  const clients = new Set<PoolClient>();
  let statements = 0;
  let dead = false;
  const killed = () => new Error('killed');
  function die(): void {
    dead = true;
    for (const client of clients)
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
  type Callback = (error: Error | null, result?: unknown) => void;
  database.pool.on('acquire', (client) => {
    if (clients.has(client)) return;
    clients.add(client);
    client.on('error', () => undefined); // it was cut
    const { query } = client;
    /** The pool calls it with a callback, transactions wait for its promise. */
    client.query = function counted(this: unknown, ...args: unknown[]) {
      const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
      const isIt = !dead && ++statements === at;
      if (isIt && !answered) die();
      const outcome = dead
        ? Promise.reject(killed())
        : (Reflect.apply(query, client, args) as Promise<unknown>).then((result) => {
            if (isIt) die();
            if (dead) throw killed();
            return result;
          });
      if (!callback) return outcome;
      outcome.then(
        (result) => callback(null, result),
        (error: Error) => callback(error),
      );
    } as unknown as typeof query;
  });
  return Object.assign(database, { statements: () => statements, isDead: () => dead });
}
