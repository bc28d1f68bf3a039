// One transaction on one connection, its statements sent without waiting where nobody needs the answer. Repeating it is transaction.ts's.
import type { Pool, PoolClient } from 'pg';
import type { Tx, TransactionOptions } from './transaction.ts';

/** What was sent on a connection in the transaction under way; its COMMIT counts only when each of these was done. */
const sentOn = new WeakMap<PoolClient, Promise<unknown>[]>();
/** Connections whose transaction under way only reads. */
const readingOn = new WeakSet<object>();

/** Whether what is sent on a connection now is part of a transaction that only reads. */
export const isReadOnly = ({ $client: client }: { $client: object }): boolean => readingOn.has(client);

/**
 * Adds a statement that has been sent on the transaction's connection: if it fails, the transaction fails with its error, whether
 * somebody waits for it or not. Gives the same promise back. Throws outside a transaction.
 */
export function countedIn<T>({ $client: client }: Pick<Tx, '$client'>, statement: Promise<T>): Promise<T> {
  const sent = sentOn.get(client);
  if (!sent) throw new Error('invariant: a statement was left to a transaction that is over');
  sent.push(statement);
  statement.catch(() => undefined); // told at the end
  return statement;
}

/**
 * Transactions on `pool`: BEGIN travels with the first statement, and COMMIT with the last ones that were left to it. `on` gives
 * Drizzle for a connection, made once for each.
 */
export function createPipelinedTransaction(pool: Pool, on: (client: PoolClient) => Tx) {
  const handles = new WeakMap<PoolClient, Tx>();
  const handleOf = (client: PoolClient): Tx => {
    const handle = handles.get(client) ?? on(client);
    handles.set(client, handle);
    return handle;
  };

  /**
   * Runs `work` once. Rejects with the error of the first statement that failed, or with what `work` threw; then nothing of it is there.
   * When the connection is lost after COMMIT was sent, nobody knows whether it is.
   */
  return async function transaction<T>(
    work: (tx: Tx) => Promise<T>,
    { isolationLevel = 'read committed', readOnly = false }: TransactionOptions = {},
  ): Promise<T> {
    const client = await pool.connect();
    const sent: Promise<unknown>[] = [];
    sentOn.set(client, sent);
    // The pool listens only to idle connections; one that is lost between two statements would end the process.
    const onLost = () => undefined;
    client.on('error', onLost);
    let broken = false;
    try {
      const tx = handleOf(client);
      if (readOnly) readingOn.add(client);
      const access = readOnly ? ' read only' : '';
      void countedIn(tx, client.query(`begin isolation level ${isolationLevel}${access}`));
      const result = await work(tx);
      const commit = client.query('commit');
      commit.catch(() => undefined); // told below
      await Promise.all(sent);
      const { command } = await commit;
      // An aborted transaction takes COMMIT without an error, and rolls back.
      if (command !== 'COMMIT') throw new Error(`invariant: COMMIT was answered with ${command}`);
      return result;
    } catch (error) {
      const failed = (await Promise.allSettled(sent)).find(({ status }) => status === 'rejected');
      await client.query('rollback').catch(() => (broken = true));
      throw failed?.status === 'rejected' ? failed.reason : error;
    } finally {
      client.off('error', onLost);
      sentOn.delete(client);
      readingOn.delete(client);
      client.release(broken);
    }
  };
}
