import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { auditLog } from '../../drizzle/schema/index.ts';
import { silentLogger } from '../lib/logger.ts';
import { testDb, withAdmin } from '../testing/test-db.ts';
import { createDatabase } from './client.ts';
import { gatheringSocket } from './socket.ts';
import { columnsOf, leave, run, statement } from './statement.ts';
import { sqlState, type Tx } from './transaction.ts';

const put = statement('test_put', 'insert into notes (id) values ($1)');
const all = statement('test_all', 'select id from notes order by id', ([id]) => id as string);

/** An empty table of notes; no two of the same id. */
async function notes() {
  const fresh = await testDb();
  await fresh.database.pool.query('create table notes (id text primary key)');
  return fresh;
}

test('statements left to the COMMIT are done when the transaction resolves', async () => {
  await using fresh = await notes();
  const { db } = fresh.database;
  await db.transaction(async (tx) => {
    void leave(tx, put, ['a']);
    void leave(tx, put, ['b']);
  });
  expect(await run(db, all, [])).toEqual(['a', 'b']);
});

test('a statement left to the COMMIT that fails takes the whole transaction back, and its error is the one thrown', async () => {
  await using fresh = await notes();
  const { db } = fresh.database;
  await run(db, put, ['there']);
  const last = db.transaction(async (tx) => {
    void leave(tx, put, ['new']);
    void leave(tx, put, ['there']);
  });
  await expect(last.catch(sqlState)).resolves.toBe('23505');
  const before = db.transaction(async (tx) => {
    void leave(tx, put, ['there']);
    await run(tx, put, ['new']); // fails because the transaction is aborted, which is not why
  });
  await expect(before.catch(sqlState)).resolves.toBe('23505');
  expect(await run(db, all, [])).toEqual(['there']);
});

test('a transaction that PostgreSQL aborted is never taken for committed, though its COMMIT fails with no error', async () => {
  await using fresh = await notes();
  const { db } = fresh.database;
  const silenced = db.transaction(async (tx) => {
    await run(tx, put, ['a']);
    await run(tx, put, ['a']).catch(() => undefined);
  });
  await expect(silenced).rejects.toThrow('COMMIT was answered with ROLLBACK');
  expect(await run(db, all, [])).toEqual([]);
});

test('a connection that is lost between two statements fails its transaction and not the process, and is replaced', async () => {
  await using fresh = await notes();
  const database = createDatabase({ url: fresh.url, logger: silentLogger, max: 1 });
  const lost = database.db.transaction(async (tx) => {
    const [pid] = (await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)).rows;
    const gone = new Promise<void>((resolve) => tx.$client.once('end', resolve));
    await withAdmin(fresh.url, (admin) => admin.query('select pg_terminate_backend($1)', [pid!.pid]));
    await gone;
    void leave(tx, put, ['a']);
  });
  await expect(lost).rejects.toThrow();
  expect(await run(database.db, all, [])).toEqual([]);
  await database.close();
});

test('a statement for a transaction that is over is refused, and a name stands for one text', async () => {
  await using fresh = await notes();
  let kept!: Tx;
  await fresh.database.db.transaction(async (tx) => void (kept = tx));
  expect(() => leave(kept, all, [])).toThrow('a transaction that is over');
  expect(() => statement('test_put', 'select 1')).toThrow('two statements are called test_put');
});

test('a row comes back as it went in, whatever its columns are', async () => {
  await using fresh = await testDb();
  const { db } = fresh.database;
  const columns = columnsOf(auditLog);
  const row = {
    id: 'audit_1',
    at: new Date('2026-03-29T01:59:59.999Z'),
    userId: null,
    sessionId: 'ü',
    action: 'a.b',
    subject: `"quoted", {braced}\n`,
    requestId: '',
    ip: null,
    outcome: 'ok',
    finishedAt: new Date(0),
    before: null,
    after: { level: '1.10' },
    place: null,
    hash: null,
  };
  const insert = statement(
    'test_insert_all',
    `insert into audit_log (${columns.list}) values (${columns.placeholders()}) returning ${columns.list}`,
    columns.read,
  );
  expect(await run(db, insert, columns.values(row))).toEqual([row]);
  expect(await db.select().from(auditLog)).toEqual([row]);
});

test('what is written in one turn of the event loop leaves in one system call, in order', async () => {
  const received: Buffer[] = [];
  const server = createServer((peer) => peer.on('data', (chunk) => received.push(chunk)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const calls: number[] = [];
  class Counted extends Socket {
    override _writev(chunks: { chunk: unknown }[], done: (error?: Error | null) => void): void {
      calls.push(chunks.length);
      super._writev!(chunks as never, done);
    }
  }
  const socket = gatheringSocket(new Counted());
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('a');
  socket.write('b');
  await Promise.resolve();
  socket.write('c');
  socket.end('d');
  await once(socket, 'close');
  expect(calls).toEqual([4]);
  expect(Buffer.concat(received).toString()).toBe('abcd');
  server.close();
});
