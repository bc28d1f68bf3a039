// What the growth benchmark measures inside the server: how long transactions hold their account, and how long the event loop is held up.
import type pg from 'pg';

/** A transaction on an account: how long it held it, and its statements. */
export interface Held {
  ms: number;
  statements: number;
}

/** The transactions on accounts since the last call of what it returns. For a pool without connections yet. */
export function watchTransactions(pool: pg.Pool): () => Held[] {
  let held: Held[] = [];
  pool.on('connect', (client: pg.PoolClient) => {
    const { query } = client;
    let lock: { fromMs: number } | undefined;
    let statements = 0;
    client.query = function probe(this: unknown, ...args: Parameters<typeof query>) {
      const [first] = args as unknown as [string | { text: string }];
      const text = (typeof first === 'string' ? first : first.text).trim().toLowerCase();
      if (text.startsWith('begin')) statements = 0;
      statements++;
      const locks = text.includes('account_risk') && text.includes('for update');
      const ends = text.startsWith('commit') || text.startsWith('rollback');
      const answered = Reflect.apply(query, client, args) as unknown;
      void Promise.resolve(answered).then(() => {
        if (locks) lock = { fromMs: performance.now() };
        if (!ends || !lock) return;
        held.push({ ms: performance.now() - lock.fromMs, statements });
        lock = undefined;
      });
      return answered;
    } as typeof query;
  });
  return () => {
    const taken = held;
    held = [];
    return taken;
  };
}

/** CPU of this thread between two beats a millisecond apart: what a block costs, whoever else has the core meanwhile. */
export function watchLoop(): () => number {
  let longestMs = 0;
  let cpu = process.threadCpuUsage();
  let at = performance.now();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(cpu);
    const now = performance.now();
    longestMs = Math.max(longestMs, Math.min((user + system) / 1_000, now - at));
    cpu = process.threadCpuUsage();
    at = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longestMs;
  };
}
