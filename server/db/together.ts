// Single statements that leave in one turn of the event loop, on one connection: one system call, and PostgreSQL is woken once. Knows no SQL.
import type { Pool, PoolClient } from 'pg';

interface Shared {
  client: Promise<PoolClient>;
  waiting: number;
  /** As with a statement that runs alone, a connection on which one failed is not used again. */
  failed: boolean;
}
/** The connection that this turn's statements share. */
const ofThisTurn = new WeakMap<Pool, Shared>();

/**
 * Runs `query` on a connection of `pool`, the same one for all that ask in this turn. PostgreSQL answers them in order, so it is for what
 * is quick and waits for no lock; each is a transaction of its own, and one that fails fails alone.
 */
export async function together<T>(pool: Pool, query: (client: PoolClient) => Promise<T>): Promise<T> {
  const shared = ofThisTurn.get(pool) ?? begin(pool);
  shared.waiting++;
  const client = await shared.client;
  try {
    return await query(client);
  } catch (error) {
    shared.failed = true; // perhaps because it is lost, which is told a moment later
    throw error;
  } finally {
    if (--shared.waiting === 0) {
      client.off('error', onLost);
      client.release(shared.failed);
    }
  }
}

function begin(pool: Pool): Shared {
  const client = pool.connect().then((made) => made.on('error', onLost));
  const shared = { client, waiting: 0, failed: false };
  ofThisTurn.set(pool, shared);
  process.nextTick(() => ofThisTurn.delete(pool));
  return shared;
}
/** The pool listens only to idle connections. That this one is lost is told by its statements, which fail. */
const onLost = () => undefined;
