// News of feeds over a real PostgreSQL, with accounts and feeds as they are handed in.
import { expect, test } from 'vitest';
import type { FeedHealth } from '../../../shared/system.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { noticed } from '../../testing/noticed.ts';
import { testBus } from '../../testing/price-rig.ts';
import { testDb } from '../../testing/test-db.ts';
import { watchFeeds } from '../../realtime/feed-watch.ts';
import { createUserEvents } from '../events/index.ts';
import { createNotify } from '../notifications/index.ts';
import { createFeedNews, quietForMs, toldAfterMs } from './feed-news.ts';

async function setUp() {
  const db = await testDb();
  const { database } = db;
  const clock = createManualClock();
  const events = createUserEvents({ database, bus: testBus(clock), logger: silentLogger });
  const accounts = [
    build.account({ id: 'acct_ann', userId: 'user_ann', feed: 'demo' }),
    build.account({ id: 'acct_ann_2', userId: 'user_ann', feed: 'demo' }),
    build.account({ id: 'acct_bob', userId: 'user_bob', feed: 'demo' }),
    build.account({ id: 'acct_cyd', userId: 'user_cyd', feed: 'simulated' }),
  ];
  let open = ['acct_ann', 'acct_ann_2', 'acct_cyd'];
  let health: FeedHealth[] = [];
  const watched = new Set<string>();
  const news = () =>
    createFeedNews({
      db: database.db,
      feeds: { health: () => health, watch: (feed) => void watched.add(feed) },
      accounts: { all: async () => accounts },
      openEpics: async () => open.map((accountId) => ({ accountId, epic: 'EPIC' })),
      alerts: {
        feeds: async () => ['live'],
        holders: async (feed) => (feed === 'demo' ? ['user_ann', 'user_dee'] : []),
      },
      notify: createNotify({ database, events, ids: createIds(clock), clock }),
      wake: () => undefined,
      clock,
    });
  const processes = [news(), news()];
  return {
    clock,
    watched,
    is(feed: string, state: FeedHealth['state']) {
      health = [{ feed, state, since: clock.now(), tickAgeMs: null, reason: null, items: 1 }];
    },
    holds: (...ids: string[]) => void (open = ids),
    look: () => Promise.all(processes.map((process) => process.look())),
    told: (name: string) => noticed(database, `user_${name}`),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

test('who has something open, or an alert, is told once that a feed is down for a minute, and once that it is back, whichever processes find it', async () => {
  await using app = await setUp();
  app.is('demo', 'down');
  app.clock.advance(toldAfterMs - 1);
  await app.look();
  expect(await app.told('ann')).toEqual([]);
  app.clock.advance(1);
  await app.look();
  await app.look();
  expect(await app.told('ann')).toEqual(['feed.stale']);
  // Who was told hears the end of it, with nothing open any more too; nobody else does.
  app.holds('acct_bob');
  app.is('demo', 'up');
  await app.look();
  await app.look();
  expect(await app.told('ann')).toEqual(['feed.stale', 'feed.back']);
  expect(await app.told('dee')).toEqual(['feed.stale', 'feed.back']);
  for (const other of ['bob', 'cyd']) expect(await app.told(other)).toEqual([]);
});

test('a short outage is nobody’s business, and a feed that comes and goes tells of one in ten minutes', async () => {
  await using app = await setUp();
  async function outage(ms: number) {
    app.is('demo', 'down');
    app.clock.advance(ms);
    await app.look();
    app.is('demo', 'up');
    await app.look();
  }
  await outage(toldAfterMs - 1);
  expect(await app.told('ann')).toEqual([]);
  for (let n = 0; n < 3; n++) await outage(toldAfterMs);
  expect(await app.told('ann')).toEqual(['feed.stale', 'feed.back']);
  app.clock.advance(quietForMs);
  await outage(toldAfterMs);
  expect(await app.told('ann')).toHaveLength(4);
});

test('of a feed that nobody knows, and of an account’s own login, nothing is told here', async () => {
  await using app = await setUp();
  for (const [feed, state] of [
    ['demo', 'unknown'],
    ['login:acct_ann', 'down'],
  ] as const) {
    app.is(feed, state);
    app.clock.advance(toldAfterMs);
    await app.look();
  }
  expect(await app.told('ann')).toEqual([]);
});

test('a gateway that never came back is found as well: heartbeats are due of every feed on which an account or an alert rests', async () => {
  await using app = await setUp();
  await app.look();
  expect([...app.watched].sort()).toEqual(['demo', 'live', 'simulated']);
  const clock = createManualClock();
  const feeds = await watchFeeds({ bus: testBus(clock), clock });
  feeds.watch('demo');
  expect(feeds.health()).toMatchObject([{ feed: 'demo', state: 'unknown' }]);
  clock.advance(60_000);
  expect(feeds.health()).toMatchObject([{ feed: 'demo', state: 'down' }]);
  await feeds.close();
});
