import { expect, test } from 'vitest';
import type { Database } from '../db/client.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { createInbox } from '../testing/inbox.ts';
import { createManualClock, type ManualClock } from '../testing/manual-clock.ts';
import { recordStatements } from '../testing/statements.ts';
import { testDb } from '../testing/test-db.ts';
import { createLeaseRows, type LeaseAnswer } from './lease-rows.ts';
import { defaultGatewayLimits as limits } from './limits.ts';

type Db = Awaited<ReturnType<typeof testDb>>['database'];

/** One process's leases, and what it was answered of each. */
function leasesOf(database: Db, holder: string, clock: Clock) {
  const rows = createLeaseRows({ database, holder, clock, logger, limits });
  const { items, put, until } = createInbox<LeaseAnswer & { name: string }>();
  const stops: (() => Promise<void>)[] = [];
  const of = (name: string) => items.filter((each) => each.name === name);
  return {
    items,
    of,
    until,
    follow: (name: string) => void stops.push(rows.follow(name, (answer) => put({ name, ...answer }))),
    async [Symbol.asyncDispose]() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

/** Lets time go by until `enough` was answered, no faster than the database answers: on a busy machine time would overtake a renewal. */
async function runUntil({ pool }: Database, clock: ManualClock, enough: () => boolean) {
  while (!enough()) {
    clock.advance(50);
    for (let answers = 0; answers < 2; answers++) await pool.query('select 1');
  }
}

test('all leases of a process are renewed by one statement, whenever each was first asked for', async () => {
  await using db = await testDb();
  const sent = recordStatements(db.database);
  const clock = createManualClock();
  await using leases = leasesOf(db.database, 'one', clock);
  leases.follow('a');
  await runUntil(db.database, clock, () => leases.of('a').length === 1);
  leases.follow('b');
  await runUntil(db.database, clock, () => leases.of('b').length === 2);
  leases.follow('c');
  await runUntil(db.database, clock, () => leases.of('c').length === 3);
  sent.take();
  await runUntil(db.database, clock, () => leases.of('c').length === 6);
  const asked = sent.take().flatMap(({ values }) => {
    const names = values.find(Array.isArray);
    return names ? [names] : [];
  });
  expect(asked).toHaveLength(3);
  for (const names of asked) expect(names).toEqual(['a', 'b', 'c']);
  expect(new Set(leases.items.map((answer) => 'epoch' in answer && answer.epoch))).toEqual(new Set([1]));
});

test('a lease whose row a transaction locks holds up no other of its process, and is renewed under its epoch afterwards', async () => {
  await using db = await testDb();
  const clock = createManualClock();
  await using leases = leasesOf(db.database, 'one', clock);
  for (const name of ['free', 'locked']) leases.follow(name);
  await leases.until(() => leases.items.length === 2);
  await db.database.db.transaction(async (tx) => {
    await tx.execute(`select * from leases where name = 'locked' for update`);
    await runUntil(db.database, clock, () => leases.of('free').length === 4);
    expect(leases.of('locked')).toHaveLength(1);
  });
  await runUntil(db.database, clock, () => leases.of('locked').length === 2);
  expect(leases.of('locked').at(-1)).toEqual({ name: 'locked', epoch: 1 });
});

test('processes that ask for the same leases at once share them: each has one holder', async () => {
  await using db = await testDb();
  const names = Array.from({ length: 60 }, (_, n) => `lease-${n}`);
  const holders = ['one', 'two', 'three'].map((name) => leasesOf(db.database, name, systemClock));
  for (const [n, holder] of holders.entries())
    for (const name of n % 2 === 0 ? names : names.toReversed()) holder.follow(name);
  for (const holder of holders) await holder.until(() => names.every((name) => holder.of(name).length > 0));
  for (const name of names)
    expect(holders.filter((holder) => 'epoch' in holder.of(name)[0]!)).toHaveLength(1);
  for (const holder of holders) await holder[Symbol.asyncDispose]();
});
