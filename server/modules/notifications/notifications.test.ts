// Notifications over a real PostgreSQL and an unmodified client: rows and events of one transaction, paging, read state, whose they are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NotificationEvent, StreamMessage } from '../../../shared/events.ts';
import type { Notification } from '../../../shared/notifications.ts';
import { inTransaction } from '../../db/transaction.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import * as build from '../../testing/build.ts';
import { eventRig, stockClient, type EventRig } from '../../testing/event-rig.ts';
import { failure } from '../../testing/failure.ts';
import { createInbox } from '../../testing/inbox.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testDb } from '../../testing/test-db.ts';
import type { Notice } from './index.ts';

const start = new Date('2026-01-05T09:00:00Z');
const minute = (n: number) => new Date(start.getTime() + n * 60_000);

/** A notice that is told by its number from the others. */
const closedIn = (n: number): Notice => ({
  kind: 'position.closed',
  data: {
    name: `market ${n}`,
    direction: 'BUY',
    size: '1',
    level: null,
    profit: String(n),
    profitCurrency: 'GBP',
    stopLevel: null,
    limitLevel: null,
  },
});

async function setUp() {
  const db = await testDb();
  const clock = createManualClock();
  const rig = await eventRig({ databaseUrl: db.url, clock });
  const tell = (userId: string, ...ns: number[]) =>
    inTransaction(rig.database.db, async (tx) => {
      for (const n of ns)
        await rig.notifications.notify(tx, {
          userId,
          at: minute(n),
          ...closedIn(n),
          accountId: 'acct_1',
          environment: 'simulated',
        });
    }).then(() => rig.events.wake(userId, 'notifications'));
  return {
    rig,
    clock,
    tell,
    as: (user: string) => callerFor(rig, user),
    [Symbol.asyncDispose]: async () => (await rig[Symbol.asyncDispose](), db[Symbol.asyncDispose]()),
  };
}
const callerFor = (
  rig: EventRig,
  userId: string | null,
  scopes: readonly ('session' | 'account:read')[] = ['session'],
) =>
  createCallerFactory(rig.router)(
    build.context({ principal: userId === null ? null : build.principal(scopes, { id: userId }) }),
  ).notifications;
const eventsOf = async (rig: EventRig, userId: string) =>
  (await rig.events.read({ userId, stream: 'notifications' }, 0, 1_000)).events.map((event) => {
    if (event.type === 'snapshot.needed') throw new Error(`event ${event.id} cannot be read`);
    return event;
  });

test('a notification and its event are written with what caused them, or not at all', async () => {
  await using app = await setUp();
  await app.tell('user_one', 1, 2);
  await expect(
    inTransaction(app.rig.database.db, async (tx) => {
      await app.rig.notifications.notify(tx, {
        userId: 'user_one',
        at: start,
        kind: 'break.opened',
        data: { difference: 'x' },
        accountId: null,
      });
      throw new Error('the cause failed');
    }),
  ).rejects.toThrow('the cause failed');
  const { notifications, nextCursor } = await app.as('user_one').list({});
  expect(
    notifications.map(({ title, body, at, kind, accountId, readAt }) => [
      title,
      body,
      at,
      kind,
      accountId,
      readAt,
    ]),
  ).toEqual([
    [
      'Closed 1 market 2',
      expect.stringMatching(/ Profit 2 GBP\.$/),
      minute(2),
      'position.closed',
      'acct_1',
      null,
    ],
    [
      'Closed 1 market 1',
      expect.stringMatching(/ Profit 1 GBP\.$/),
      minute(1),
      'position.closed',
      'acct_1',
      null,
    ],
  ]);
  expect(nextCursor).toBeNull();
  expect(await eventsOf(app.rig, 'user_one')).toEqual(
    [1, 2].map((n) => ({
      id: String(n),
      type: 'notification.created',
      at: minute(n),
      accountId: 'acct_1',
      environment: 'simulated',
      data: { notification: notifications[2 - n], unreadCount: n },
    })),
  );
});

/** How many are unread as of each event; of one that tells of something else: undefined. */
const unreadOf = ({ data }: NotificationEvent) => ('unreadCount' in data ? data.unreadCount : undefined);

test('however many transactions notify at once, each event says how many are unread as of itself', async () => {
  await using app = await setUp();
  await Promise.all(Array.from({ length: 20 }, (_, n) => app.tell('user_one', n)));
  expect((await eventsOf(app.rig, 'user_one')).map((event) => [Number(event.id), unreadOf(event)])).toEqual(
    Array.from({ length: 20 }, (_, i) => [i + 1, i + 1]),
  );
});

test('reading one, then all, is counted and told; doing it again changes and tells nothing', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', 1, 2, 3);
  await app.tell('user_two', 1);
  const [newest] = (await mine.list({ limit: 1 })).notifications;
  expect(await mine.unreadCount()).toEqual({ unreadCount: 3 });
  expect(await mine.markRead({ ids: [newest!.id] })).toEqual({ unreadCount: 2 });
  app.clock.advance(1_000);
  expect(await mine.markRead({ ids: [newest!.id] })).toEqual({ unreadCount: 2 });
  expect((await mine.list({ unreadOnly: true })).notifications.map(({ title }) => title)).toEqual([
    'Closed 1 market 2',
    'Closed 1 market 1',
  ]);
  expect(await mine.markAllRead()).toEqual({ unreadCount: 0 });
  expect(await mine.markAllRead()).toEqual({ unreadCount: 0 });
  const later = new Date(start.getTime() + 1_000);
  expect((await mine.list({})).notifications.map(({ readAt }) => readAt)).toEqual([start, later, later]);
  expect((await eventsOf(app.rig, 'user_one')).slice(3).map(({ type, data }) => [type, data])).toEqual([
    ['notification.read', { notificationIds: [newest!.id], readAt: start, unreadCount: 2 }],
    ['notification.read', { notificationIds: null, readAt: later, unreadCount: 0 }],
  ]);
  expect(await app.as('user_two').unreadCount()).toEqual({ unreadCount: 1 });
});

test('what is archived leaves the inbox and its count, comes back as it was, and unread again counts again; each is told with what changed', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', 1, 2, 3);
  const ids = (await mine.list({})).notifications.map(({ id }) => id);
  const [newest, middle, oldest] = ids as [string, string, string];
  expect(await mine.markRead({ ids: [oldest] })).toEqual({ unreadCount: 2 });
  expect(await mine.archive({ ids: [newest, oldest] })).toEqual({ unreadCount: 1 });
  const listed = async (asked: object) => (await mine.list(asked)).notifications.map(({ id }) => id);
  expect([await listed({}), await listed({ archived: true })]).toEqual([[middle], [newest, oldest]]);
  expect(await listed({ archived: true, unreadOnly: true })).toEqual([newest]);
  expect(await mine.archive({ ids: [newest] })).toEqual({ unreadCount: 1 });
  expect(await mine.markUnread({ ids: [middle, oldest] })).toEqual({ unreadCount: 1 });
  expect(await mine.unarchive({ ids })).toEqual({ unreadCount: 3 });
  expect(await listed({ unreadOnly: true })).toEqual(ids);
  expect((await eventsOf(app.rig, 'user_one')).slice(4).map(({ type, data }) => [type, data])).toEqual([
    [
      'notification.archived',
      { notificationIds: [newest, oldest].sort(), archivedAt: start, unreadCount: 1 },
    ],
    ['notification.unread', { notificationIds: [oldest], unreadCount: 1 }],
    ['notification.unarchived', { notificationIds: [newest, oldest].sort(), unreadCount: 3 }],
  ]);
});

test('several are moved together or, where one is not there, none of them', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', 1, 2);
  await app.tell('user_two', 1);
  const ids = (await mine.list({})).notifications.map(({ id }) => id);
  const [theirs] = (await app.as('user_two').list({})).notifications;
  for (const other of ['ntf_gone', theirs!.id])
    for (const move of [mine.markRead, mine.markUnread, mine.archive, mine.unarchive])
      expect(await failure(move({ ids: [...ids, other] }))).toMatchObject({
        code: 'notifications.not_found',
      });
  for (const wrong of [[], Array.from({ length: 101 }, (_, n) => `ntf_${n}`)])
    expect(await failure(mine.archive({ ids: wrong }))).toMatchObject({ code: 'request.invalid' });
  expect(await mine.unreadCount()).toEqual({ unreadCount: 2 });
  expect(await eventsOf(app.rig, 'user_one')).toHaveLength(2);
  // Named twice, it is one.
  expect(await mine.archive({ ids: [ids[0]!, ids[0]!] })).toEqual({ unreadCount: 1 });
});

test('whatever is told, read, archived and put back, also at once, who follows the events has the list and the count that are asked for', async () => {
  await using app = await setUp();
  let round = 0;
  const step = fc.tuple(
    fc.constantFrom('tell', 'markRead', 'markUnread', 'archive', 'unarchive', 'markAllRead'),
    fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
      async (batches) => {
        const user = `user_${round++}`;
        const mine = app.as(user);
        let ids: string[] = [];
        for (const batch of batches) {
          await Promise.all(
            batch.map(([what, places]) => {
              const chosen = [
                ...new Set(places.flatMap((place) => ids[place % Math.max(ids.length, 1)] ?? [])),
              ];
              if (what === 'tell') return app.tell(user, ...places);
              if (what === 'markAllRead') return mine.markAllRead();
              return chosen.length === 0 ? undefined : mine[what as 'archive']({ ids: chosen });
            }),
          );
          const all = [await mine.list({ limit: 500 }), await mine.list({ archived: true, limit: 500 })];
          ids = all.flatMap(({ notifications }) => notifications.map(({ id }) => id)).sort();
          const followed = follow(await eventsOf(app.rig, user));
          expect(followed.list).toEqual(
            new Map(all.flatMap(({ notifications }) => notifications.map((each) => [each.id, each]))),
          );
          expect(followed.unreadCount).toBe((await mine.unreadCount()).unreadCount);
          expect(followed.unreadCount).toBe(
            all[0]!.notifications.filter(({ readAt }) => readAt === null).length,
          );
        }
      },
    ),
    { numRuns: 25 },
  );
});
/** What a client knows that has heard these events and asked for nothing. */
function follow(events: readonly NotificationEvent[]) {
  const list = new Map<string, Notification>();
  const change = (ids: readonly string[], changed: Partial<Notification>) => {
    for (const id of ids) list.set(id, { ...list.get(id)!, ...changed });
  };
  const unread = () => [...list.values()].flatMap(({ id, readAt }) => (readAt === null ? [id] : []));
  for (const { type, data } of events)
    if (type === 'notification.created') list.set(data.notification.id, data.notification);
    else if (type === 'notification.read') change(data.notificationIds ?? unread(), { readAt: data.readAt });
    else if (type === 'notification.unread') change(data.notificationIds, { readAt: null });
    else if (type === 'notification.archived') change(data.notificationIds, { archivedAt: data.archivedAt });
    else if (type === 'notification.unarchived') change(data.notificationIds, { archivedAt: null });
  return { list, unreadCount: events.map(unreadOf).at(-1) ?? 0 };
}

test('who asks for events by their place misses none, however they were read and archived meanwhile', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', 1, 2, 3);
  const [newest] = (await mine.list({})).notifications;
  await mine.archive({ ids: [newest!.id] });
  const heard: string[] = [];
  let [after, head] = ['0', ''];
  while (after !== head) {
    const page = await mine.listEvents({ after, limit: 3 });
    heard.push(...page.events.map(({ id, type }) => `${id} ${type}`));
    [after, head] = [page.next, page.head];
  }
  expect(heard).toEqual([...[1, 2, 3].map((n) => `${n} notification.created`), '4 notification.archived']);
  expect(await mine.listEvents({})).toMatchObject({ events: [], next: '4', recovered: false });
});

test('marking and notifying at once never deadlock, and the last event’s count is the truth', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', 1, 2, 3);
  const { notifications } = await mine.list({});
  await Promise.all([
    ...notifications.map(({ id }) => mine.markRead({ ids: [id] })),
    mine.markAllRead(),
    app.tell('user_one', 4),
    mine.markAllRead(),
    app.tell('user_one', 5, 6),
  ]);
  expect(unreadOf((await eventsOf(app.rig, 'user_one')).at(-1)!)).toBe(
    (await mine.unreadCount()).unreadCount,
  );
});

test('pages neither repeat nor skip while notifications arrive and are read', async () => {
  await using app = await setUp();
  const mine = app.as('user_one');
  await app.tell('user_one', ...Array.from({ length: 23 }, (_, n) => n % 7)); // many of the same instant
  const before = (await mine.list({ limit: 500 })).notifications.map(({ id }) => id);
  const paged: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await mine.list({ limit: 5, ...(cursor && { cursor }) });
    expect(page.notifications.length).toBeLessThanOrEqual(5);
    paged.push(...page.notifications.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
    await app.tell('user_one', 100 + paged.length);
    await mine.markRead({ ids: [paged.at(-1)!] });
  } while (cursor);
  expect(paged).toEqual(before);
});

test('someone else’s notification is not found, and nothing happens to it', async () => {
  await using app = await setUp();
  await app.tell('user_two', 1);
  const [theirs] = (await app.as('user_two').list({})).notifications;
  await expect(app.as('user_one').markRead({ ids: [theirs!.id] })).rejects.toMatchObject({
    cause: { code: 'notifications.not_found' },
  });
  expect(await app.as('user_one').list({})).toEqual({ notifications: [], nextCursor: null });
  expect(await app.as('user_two').unreadCount()).toEqual({ unreadCount: 1 });
  expect(await app.rig.events.head('user_one', 'notifications')).toBe('0');
});

test('without a login, without the scope, and with what is no cursor, nothing is told', async () => {
  await using app = await setUp();
  const call = (caller: ReturnType<typeof callerFor>) => [
    caller.list({}),
    caller.unreadCount(),
    caller.markRead({ ids: ['x'] }),
    caller.markAllRead(),
    caller.markUnread({ ids: ['x'] }),
    caller.archive({ ids: ['x'] }),
    caller.unarchive({ ids: ['x'] }),
    caller.listEvents({}),
    caller.onNotification({}),
  ];
  const refuses = (caller: ReturnType<typeof callerFor>, code: string) =>
    Promise.all(call(caller).map((each) => expect(each).rejects.toMatchObject({ cause: { code } })));
  await refuses(callerFor(app.rig, null), 'auth.required');
  await refuses(callerFor(app.rig, 'user_one', ['account:read']), 'auth.scope_missing');
  for (const cursor of [
    '',
    'nonsense',
    Buffer.from('12.a b').toString('base64url'),
    Buffer.from('9999999999999999.x').toString('base64url'),
    Buffer.from('999999999999999.x').toString('base64url'),
  ]) {
    await expect(app.as('user_one').list({ cursor })).rejects.toMatchObject({
      cause: { code: 'request.invalid' },
    });
  }
  await expect(app.as('user_one').list({ limit: 501 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('a client hears of a new notification and of what was read elsewhere, with the unread count', async () => {
  await using app = await setUp();
  await using client = stockClient(app.rig.port, 'session_one');
  const { items: heard, put, until } = createInbox<StreamMessage<NotificationEvent>>();
  const count = (n: number) => until(() => heard.length >= n);
  client.api.notifications.onNotification.subscribe({}, { onData: ({ data }) => put(data) });
  await count(1);
  await app.tell('user_two', 9);
  await app.tell('user_one', 1);
  await count(2);
  const told = heard[1]!;
  if (told.type !== 'notification.created') throw new Error(`heard ${told.type}`);
  expect(told.data).toMatchObject({
    unreadCount: 1,
    notification: { title: 'Closed 1 market 1', at: minute(1), readAt: null },
  });
  await app.as('user_one').markRead({ ids: [told.data.notification.id] });
  await count(3);
  expect(heard.map(({ id, type }) => [id, type])).toEqual([
    ['0', 'snapshot.needed'],
    ['1', 'notification.created'],
    ['2', 'notification.read'],
  ]);
  expect(heard[2]).toMatchObject({
    data: { unreadCount: 0, notificationIds: [told.data.notification.id], readAt: start },
  });
});
