import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { createInbox } from '../testing/inbox.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { testDb } from '../testing/test-db.ts';
import { createLeaseRows } from './lease-rows.ts';
import { createLease } from './lease.ts';
import { defaultGatewayLimits as limits } from './limits.ts';

type Db = Awaited<ReturnType<typeof testDb>>['database'];

function compete(database: Db, holder: string, clock = systemClock) {
  const { items: events, put, until } = createInbox<string>();
  const lease = createLease({
    rows: createLeaseRows({ database, holder, clock, logger: silentLogger, limits }),
    name: 'simulated',
    clock,
    limits,
    onHeld: (epoch) => put(`held ${epoch}`),
    onLost: (reason) => put(`lost: ${reason}`),
  });
  return {
    ...lease,
    events,
    async event(index: number) {
      await until(() => events.length > index);
      return events[index];
    },
    async [Symbol.asyncDispose]() {
      await lease.stop();
    },
  };
}

test('one of two holds the lease; when it gives it back the other takes it with a higher epoch', async () => {
  await using db = await testDb();
  await using first = compete(db.database, 'one');
  first.start();
  expect(await first.event(0)).toBe('held 1');
  await using second = compete(db.database, 'two');
  second.start();
  await first.stop();
  expect(await second.event(0)).toBe('held 2');
  expect(first.epoch()).toBeUndefined();
  expect(second.epoch()).toBe(2);
});

test('a holder whose process was frozen does not believe in its lease, and another has it with a higher epoch', async () => {
  await using db = await testDb();
  const frozen = createManualClock(); // its time stands still until it wakes
  await using first = compete(db.database, 'one', frozen);
  first.start();
  await first.event(0);
  await using second = compete(db.database, 'two');
  second.start();
  expect(await second.event(0)).toBe('held 2'); // PostgreSQL's clock went on
  frozen.advance(limits.leaseTtlMs);
  expect(first.epoch()).toBeUndefined();
  expect(await first.event(1)).toMatch('lost');
  expect(second.epoch()).toBe(2);
});

test('right after a freeze, before any timer has run, the lease is not believed in', async () => {
  await using db = await testDb();
  const clock = createManualClock();
  let frozenMs = 0;
  // The clock has moved on; the timers have not had their turn yet.
  const waking = { ...clock, monotonicMs: () => clock.monotonicMs() + frozenMs };
  await using only = compete(db.database, 'one', waking);
  only.start();
  await only.event(0);
  frozenMs = limits.leaseTtlMs - 1;
  expect(only.epoch()).toBe(1);
  frozenMs = limits.leaseTtlMs;
  expect(only.epoch()).toBeUndefined();
  expect(only.events).toEqual(['held 1']);
});

test('without the database the lease ends by its own clock, and comes back under a higher epoch', async () => {
  await using db = await testDb();
  const clock = createManualClock();
  await using only = compete(db.database, 'one', clock);
  only.start();
  await only.event(0);
  await db.database.db.execute(`alter table leases rename to away`);
  clock.advance(limits.leaseTtlMs);
  expect(only.events).toEqual(['held 1', 'lost: the lease could not be renewed']);
  await db.database.db.execute(`update away set expires_at = clock_timestamp()`);
  await db.database.db.execute(`alter table away rename to leases`);
  while (only.events.length < 3) {
    clock.advance(100);
    await setImmediate();
  }
  expect(only.events[2]).toBe('held 2');
});

test('a lease that ends later than any can, since the database’s clock was set back, is taken over at once', async () => {
  await using db = await testDb();
  await db.database.db.execute(
    `insert into leases (name, holder, epoch, expires_at) values ('simulated', 'killed', 7, clock_timestamp() + interval '10 minutes')`,
  );
  await using next = compete(db.database, 'next');
  next.start();
  expect(await next.event(0)).toBe('held 8');
});

test('a restart under another name waits for the end of the old lease', async () => {
  await using db = await testDb();
  await db.database.db.execute(
    `insert into leases (name, holder, epoch, expires_at) values ('simulated', 'killed', 7, clock_timestamp() + interval '300 ms')`,
  );
  await using next = compete(db.database, 'next');
  next.start();
  expect(await next.event(0)).toBe('held 8');
});
