import { expect, test } from 'vitest';
import { createDatabase } from '../../db/client.ts';
import { demoAllowances } from '../../ig-simulator/access/allowances.ts';
import type { AllowanceClass } from '../../../shared/allowance.ts';
import { AppError } from '../../lib/app-error.ts';
import { silentLogger } from '../../lib/logger.ts';
import { failure } from '../../testing/failure.ts';
import { igProcess } from '../../testing/ig-process.ts';
import { jumpingClock } from '../../testing/jumping-clock.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { storeTimeoutMs, type Counted } from './allowance.ts';
import { windowMs } from './allowance-rules.ts';
import { IgError } from './errors.ts';

const accountId = 'ABC12';
const reads = (by: AllowanceClass): Counted => ({ by, counts: 'reads', accountId });
const deals = (by: 'open' | 'close'): Counted => ({ by, counts: 'deals', accountId });
const refusal = (scope: string) =>
  new IgError({
    environment: 'demo',
    method: 'GET',
    path: '/x',
    status: 403,
    errorCode: `error.public-api.exceeded-${scope}-allowance`,
  });
const login = {
  feed: 'demo',
  environment: 'demo',
  baseUrl: 'http://127.0.0.1:9',
  apiKey: 'the key',
  identifier: 'i',
  password: 'p',
} as const;

/** So many processes of one demo login over one PostgreSQL, on one clock. */
async function arrange(processes = 1, at: Partial<{ environment: 'demo' | 'simulated' }> = {}) {
  const db = await testDb();
  const clock = createManualClock();
  const others = Array.from({ length: processes - 1 }, () =>
    createDatabase({ url: db.url, logger: silentLogger, max: 2 }),
  );
  return {
    db,
    clock,
    allowances: [db.database, ...others].map(
      (database) => igProcess({ database, login: { ...login, ...at }, clock }).allowance,
    ),
    async [Symbol.asyncDispose]() {
      for (const other of others) await other.close();
      await db[Symbol.asyncDispose]();
    },
  };
}
/** How many turns there are before one is refused. */
async function spendAll(turn: () => Promise<void>) {
  for (let spent = 0; ; spent++) {
    const error = await turn().catch((err: unknown) => err);
    if (error instanceof AppError && error.code === 'broker.limited') return spent;
    if (error) throw error;
  }
}

test('two processes share one budget, and one that has ended holds nothing of it', async () => {
  await using rig = await arrange(2);
  const [one, two] = rig.allowances;
  let n = 0;
  const each = () => (n++ % 2 ? one! : two!).turn(reads('backfill'));
  expect(await spendAll(each)).toBe(5); // of the 8 that a demo account is believed to have
  rig.clock.advance(windowMs);
  expect(await spendAll(() => two!.turn(reads('backfill')))).toBe(5);
});

test('with opens exhausting the trading bucket a close is the next to go', async () => {
  await using rig = await arrange(2);
  const [one, two] = rig.allowances;
  const opens = await spendAll(() => one!.turn(deals('open')));
  expect(opens).toBe(27); // of 31
  for (let i = 0; i < 4; i++) await two!.turn(deals('close'));
  // Full now. The next place is free in a second: an opening that waits for it does not get it while a close is about.
  rig.clock.advance(windowMs - 1_000);
  const order: string[] = [];
  const opening = one!.turn(deals('open')).then(
    () => order.push('open'),
    () => order.push('no open'),
  );
  await two!.turn(deals('close')).then(() => order.push('close'));
  rig.clock.advance(2_000);
  await opening;
  expect(order[0]).toBe('close');
});

test('with a backfill exhausting the reads neither confirms nor closes wait, in no process', async () => {
  await using rig = await arrange(2);
  const [one, two] = rig.allowances;
  await spendAll(() => one!.turn(reads('backfill')));
  for (let i = 0; i < 3; i++) await two!.turn(reads('confirm'));
  await two!.turn(deals('close'));
  expect(await failure(one!.turn(reads('backfill')))).toMatchObject({ code: 'broker.limited' });
});

test('who has his turn soon waits for it; who is too early is told how long', async () => {
  await using rig = await arrange();
  const [one] = rig.allowances;
  await one!.turn(reads('backfill'));
  rig.clock.advance(20_000);
  await spendAll(() => one!.turn(reads('backfill')));
  expect(await failure(one!.turn(reads('backfill')))).toMatchObject({
    options: { retryAfterMs: windowMs - 20_000 },
  });
  rig.clock.advance(windowMs - 23_000);
  let gone = false;
  const waiting = one!.turn(reads('backfill')).then(() => (gone = true));
  await one!.bucketsOf(accountId); // by now the turn has been refused once
  rig.clock.advance(2_999);
  await one!.bucketsOf(accountId);
  expect(gone).toBe(false);
  rig.clock.advance(1);
  await waiting;
});

test('a caller who leaves waits no longer, and nothing is spent for him', async () => {
  await using rig = await arrange();
  const [one] = rig.allowances;
  await spendAll(() => one!.turn(reads('backfill')));
  rig.clock.advance(windowMs - 3_000);
  const leaving = new AbortController();
  const waiting = failure(one!.turn(reads('backfill'), leaving.signal));
  await one!.bucketsOf(accountId);
  leaving.abort(new Error('gone'));
  expect(await waiting).toMatchObject({ message: 'gone' });
});

test('without PostgreSQL a process keeps to what it knows, and closes go', async () => {
  await using rig = await arrange();
  const [one] = rig.allowances;
  await one!.turn(reads('backfill'));
  await rig.db.database.db.execute('drop table broker_allowances');
  expect(await spendAll(() => one!.turn(reads('backfill')))).toBe(4);
  expect(await spendAll(() => one!.turn(deals('open')))).toBe(27);
  for (let i = 0; i < 40; i++) await one!.turn(deals('close'));
});

test('a close and a login wait for no answer of PostgreSQL', async () => {
  await using rig = await arrange();
  const [one] = rig.allowances;
  await rig.db.database.db.transaction(async (tx) => {
    await tx.execute('lock table broker_allowances in access exclusive mode');
    await one!.turn(deals('close'));
    await one!.turn({ by: 'session', counts: 'key', accountId: '' });
  });
  await one!.turn(reads('confirm')); // behind both
  expect((await one!.bucketsOf(accountId)).map(({ bucket }) => bucket.spent.length)).toEqual([2, 1, 1]);
});

test('a simulated account has no limit and costs no statement, until its broker refuses', async () => {
  await using rig = await arrange(1, { environment: 'simulated' });
  const [one] = rig.allowances;
  await rig.db.database.db.execute('alter table broker_allowances rename to away');
  for (let i = 0; i < 1_000; i++) await one!.turn(deals('open'));
  await rig.db.database.db.execute('alter table away rename to broker_allowances');
  await one!.turn(reads('user'));
  one!.refused(reads('user'), refusal('account'));
  expect(await failure(one!.turn(reads('user')))).toMatchObject({
    code: 'broker.limited',
    options: { retryAfterMs: 10_000 },
  });
  await one!.turn(deals('open'));
  rig.clock.advance(10_000);
  await one!.turn(reads('user'));
});

test('two processes find out what the broker grants, as it changes: from the third minute on four fifths of it are used', async () => {
  await using db = await testDb();
  await using broker = await testBroker({ allowances: { ...demoAllowances, applicationOverall: 1_000 } });
  const other = createDatabase({ url: db.url, logger: silentLogger, max: 3 });
  const { clock } = broker;
  const demo = { ...broker.login, feed: 'demo', environment: 'demo' } as const;
  const used = new Map<number, number>();
  let refusals = 0;
  const minute = () => Math.floor(clock.now().getTime() / 60_000);
  const processes = [db.database, other].map((database) =>
    igProcess({
      database,
      login: demo,
      clock: jumpingClock(clock, { mostMs: 5_000, limitsMs: [storeTimeoutMs] }),
    }),
  );
  const begun = minute();
  const limits = [20, 10];
  const each = 14;
  const limitAt = (at: number) => limits[Math.floor((at - begun) / each)];
  // In turn, so that no time passes between a turn and its request but what is waited for.
  for (let n = 0, limit; (limit = limitAt(minute())) !== undefined; n++) {
    broker.simulator.grantAllowances({ ...broker.simulator.allowances(), accountOverall: limit });
    try {
      await processes[n % 2]!.reader.get('/watchlists', 1, { by: 'user' });
      used.set(minute(), (used.get(minute()) ?? 0) + 1);
    } catch (error) {
      if (error instanceof IgError && error.isRateLimited) refusals++;
      else if (error instanceof AppError && error.code === 'broker.limited')
        clock.advance(Math.min(5_000, error.options.retryAfterMs!));
      else throw error;
    }
  }
  await other.close();
  limits.forEach((limit, i) => {
    const minutes = Array.from({ length: each - 2 }, (_, n) => begun + i * each + 2 + n);
    const sum = minutes.reduce((total, at) => total + (used.get(at) ?? 0), 0);
    expect(sum / (limit * minutes.length), `${limit}: ${JSON.stringify([...used])}`).toBeGreaterThanOrEqual(
      0.8,
    );
  });
  expect(refusals).toBeLessThan(60);
}, 120_000);
