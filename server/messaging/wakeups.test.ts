// The waking bus: every promise of the bus it is made of, and wake-ups between processes that share only the database.
import { expect, test } from 'vitest';
import { createDatabase } from '../db/client.ts';
import { createNotices, type Notices } from '../db/notices.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import {
  busContract,
  contractChannels,
  count,
  createInbox,
  quickRetries,
  type Limits,
} from '../testing/bus.contract.ts';
import { testDb, type TestDb } from '../testing/test-db.ts';
import type { WakeupMessage } from './bus.ts';
import { createBusWith, createWakingBus } from './index.ts';

const clock = systemClock;
const ids = createIds(clock);

/** Notices for what needs no database. */
const noNotices: Notices = {
  send: () => {},
  listen: () => {},
  close: async () => {},
};
async function open(limits: Limits = {}) {
  const inner = await createBusWith(contractChannels, {
    logger,
    clock,
    limits: { ...quickRetries, ...limits },
  });
  const bus = createWakingBus({ bus: inner, notices: noNotices, clock, logger });
  return { bus, peer: bus, [Symbol.asyncDispose]: () => bus.close() };
}
busContract('waking', open);

/** A process whose bus is in its own memory; all it shares with others is the database. */
async function startProcess({ url }: TestDb) {
  const database = createDatabase({ url, logger, max: 2 });
  const name = ids.next('process');
  const notices = createNotices({ database, url, channel: 'test', name, clock, logger });
  const inner = await createBusWith(contractChannels, { logger, clock });
  const bus = createWakingBus({ bus: inner, notices, clock, logger });
  const heard = createInbox<{ key: string } & WakeupMessage>();
  const listening = new Promise<void>((resolve) => void bus.onConnectionChange(() => resolve()));
  return {
    bus,
    database,
    notices,
    heard,
    /** Resolves when wake-ups of other processes are heard. */
    async subscribe(...keys: string[]) {
      const subscription = await bus.subscribe('wakeups', (message, key) => heard.put({ key, ...message }));
      await subscription.setKeys(keys);
      await listening;
      return subscription;
    },
    async [Symbol.asyncDispose]() {
      await bus.close();
      await database.close();
    },
  };
}
const accounts = (id: string): ['wakeups', string, WakeupMessage] => [
  'wakeups',
  'accounts',
  { kind: 'accounts', id },
];

test('what a command may cause reaches a process with a bus of its own, by the database, under its keys', async () => {
  await using db = await testDb();
  await using server = await startProcess(db);
  await server.subscribe('accounts');
  {
    await using command = await startProcess(db); // ends at once: what it said is sent before
    command.bus.publish('wakeups', 'session', { kind: 'session', id: 'of another key' });
    command.bus.publish(...accounts('acct_1'));
  }
  await server.heard.until(count(1));
  expect(server.heard.items).toEqual([{ key: 'accounts', kind: 'accounts', id: 'acct_1' }]);
});

test('the frequent wake-ups of users’ events cost the database nothing', async () => {
  await using db = await testDb();
  await using one = await startProcess(db);
  await using two = await startProcess(db);
  await two.subscribe('#');
  one.bus.publish('wakeups', 'trading.user_1', { kind: 'trading', id: 'user_1' });
  one.bus.publish(...accounts('after it'));
  await two.heard.until(count(1));
  expect(two.heard.items.map(({ id }) => id)).toEqual(['after it']);
});

test('what is not ours on the channel is passed over, and a closed subscription hears nothing more', async () => {
  await using db = await testDb();
  await using one = await startProcess(db);
  await using two = await startProcess(db);
  const closed = await two.subscribe('accounts');
  const open = await two.subscribe('accounts');
  await closed.close();
  const unknownKind = JSON.stringify({ key: 'accounts', message: { kind: 'of a later version', id: '1' } });
  for (const text of ['', '{"half":', 'null', '[]', unknownKind]) one.notices.send(text);
  one.bus.publish(...accounts('acct_1'));
  await two.heard.until(count(1));
  expect(two.heard.items.map(({ id }) => id)).toEqual(['acct_1']);
  await open.close();
});
