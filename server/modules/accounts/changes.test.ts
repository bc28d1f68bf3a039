import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { brokerAccounts } from '../../../drizzle/schema/index.ts';
import { createDatabase, type Database } from '../../db/client.ts';
import type { Notices } from '../../db/notices.ts';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import { createBus, createWakingBus } from '../../messaging/index.ts';
import * as build from '../../testing/build.ts';
import { createInbox, count } from '../../testing/bus.contract.ts';
import { databaseLine } from '../../testing/database-line.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { addAccount, addUser } from '../../testing/people.ts';
import { testDb } from '../../testing/test-db.ts';
import { accountChangeLimits, createAccountChanges } from './changes.ts';
import { testAccounts } from '../../testing/test-accounts.ts';

/** One process that follows the changes of accounts, over a line that can be broken, and rows as somebody else writes them. */
async function arrange<C extends Clock>({ clock }: { clock: C }) {
  const db = await testDb();
  const { database } = db;
  const line = await databaseLine(db.url);
  const own = createDatabase({ url: line.url, logger });
  let gap = () => {};
  const notices: Notices = {
    send: () => {},
    listen: ({ onGap }) => (gap = onGap),
    close: async () => {},
  };
  const bus = createWakingBus({ bus: await createBus({ logger, clock }), notices, clock, logger });
  const changes = createAccountChanges({ database: own, bus, clock, logger });
  const told = createInbox<string>();
  changes.listen(told.put);
  const sealer = build.sealer();
  const ids = createIds(clock);
  const accounts = testAccounts({ database, ids, clock, sealer, bus, changes });
  // Whatever is announced is another process's doing: what a process does itself it knows at once.
  const { announce } = testAccounts({ database, ids, clock, sealer, bus });
  onTestFinished(async () => {
    await changes.close();
    await bus.close();
    await own.close();
    await line[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });
  const of = (id: string) => eq(brokerAccounts.id, id);
  await addUser(database, { id: 'user_1' });
  return {
    clock,
    line,
    changes,
    told,
    accounts: { ...accounts, announce },
    gap: () => gap(),
    connect: (id: string) => addAccount(database, 'user_1', { id }),
    change: (id: string, row: Partial<typeof brokerAccounts.$inferInsert>) =>
      database.db.update(brokerAccounts).set(row).where(of(id)),
    disconnect: (id: string) => database.db.delete(brokerAccounts).where(of(id)),
  };
}

test('a row that is new, changed or gone is told after its wake-up; one that is as it was is not', async () => {
  const rig = await arrange({ clock: createManualClock() });
  await rig.connect('acct_old');
  await rig.changes.start();
  await rig.told.until(count(1)); // the first look knows nothing yet
  await rig.connect('acct_new');
  rig.accounts.announce('acct_new');
  await rig.told.until(count(2));
  for (const id of ['acct_old', 'acct_new', 'acct_none']) rig.accounts.announce(id); // nothing has changed
  await rig.change('acct_old', { credentials: 'others' });
  rig.accounts.announce('acct_old');
  await rig.told.until(count(3));
  await rig.change('acct_old', { name: 'Renamed' });
  rig.accounts.announce('acct_old');
  await rig.told.until(count(4));
  await rig.disconnect('acct_new');
  rig.accounts.announce('acct_new');
  await rig.told.until(count(5));
  expect(rig.told.items).toEqual(['acct_old', 'acct_new', 'acct_old', 'acct_old', 'acct_new']);
});

test('a wake-up that got lost is made up for by the next look, and at once after a gap in the wake-ups', async () => {
  const rig = await arrange({ clock: createManualClock() });
  await rig.connect('acct_1');
  await rig.connect('acct_2');
  await rig.changes.start();
  await rig.told.until(count(2));
  await rig.change('acct_1', { credentials: 'others' });
  rig.clock.advance(accountChangeLimits.lookEveryMs);
  await rig.told.until(count(3));
  await rig.disconnect('acct_2');
  rig.gap();
  await rig.told.until(count(4));
  await rig.change('acct_1', { name: 'Renamed' });
  rig.clock.advance(accountChangeLimits.lookEveryMs); // what is gone is told once
  await rig.told.until(count(5));
  expect(rig.told.items.slice(2)).toEqual(['acct_1', 'acct_2', 'acct_1']);
});

test('a change that could not be read because the database was away is told when it is back', async () => {
  const rig = await arrange({ clock: systemClock });
  rig.line.break();
  await rig.changes.start();
  while (rig.line.accepted() < 2) await new Promise(setImmediate); // has tried twice
  await rig.connect('acct_1');
  rig.line.mend();
  await rig.told.until(count(1));
  expect(rig.told.items).toEqual(['acct_1']);
});

test('an account that is kept follows its row; until changes are followed it is read each time', async () => {
  const rig = await arrange({ clock: createManualClock() });
  await rig.connect('acct_1');
  const name = async () => (await rig.accounts.find('acct_1'))?.name;
  expect(await name()).toBe('Simulated');
  await rig.change('acct_1', { name: 'Before' });
  expect(await name()).toBe('Before');
  await rig.changes.start();
  await rig.told.until(count(1));
  expect(await name()).toBe('Before');
  await rig.change('acct_1', { name: 'After' });
  expect(await name()).toBe('Before'); // from memory
  rig.accounts.announce('acct_1');
  await rig.told.until(count(2));
  expect(await name()).toBe('After');
  await rig.disconnect('acct_1');
  rig.accounts.announce('acct_1');
  await rig.told.until(count(3));
  expect(await rig.accounts.find('acct_1')).toBeNull();
});

test('while the database is away it is asked ever more rarely, by chance not by all at once, and soon again', async () => {
  const clock = createManualClock();
  let asked = 0;
  const away = { db: { select: () => (asked++, expect.unreachable()) } };
  const bus = await createBus({ logger, clock });
  const changes = createAccountChanges({ database: away as unknown as Database, bus, clock, logger });
  await changes.start();
  for (let passed = 0; passed < 60_000; passed += 100) {
    clock.advance(100);
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }
  expect(asked).toBeGreaterThan(10);
  expect(asked).toBeLessThan(25); // 120, were each half a second after the last
  await changes.close();
  await bus.close();
});
