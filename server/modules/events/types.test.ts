// Every type of event from its writing to its readers: over the store, over tRPC, and for the compiler. And what becomes of one that cannot be read.
import { Writable } from 'node:stream';
import type { inferRouterOutputs } from '@trpc/server';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type {
  AppRouter,
  Deal,
  NotificationEvent,
  StreamMessage,
  TradingEvent,
} from '../../../client/index.ts';
import {
  NotificationEventType,
  TradingEventType,
  type EventData,
  type EventFacts,
  type EventOf,
  type EventStream,
  type NewEvent,
} from '../../../shared/events.ts';
import { inTransaction, type Tx } from '../../db/transaction.ts';
import { createLogger } from '../../lib/logger.ts';
import { eventRig, stockClient, type EventRig } from '../../testing/event-rig.ts';
import { eventSamples } from '../../testing/event-samples.ts';
import { numbered } from '../../testing/numbered-events.ts';
import { testDb } from '../../testing/test-db.ts';
import type { Entry } from '../trading/account-transaction.ts';
import { createUserEvents, type UserEvents } from './index.ts';

const facts: EventFacts = {
  at: new Date('2026-01-05T09:00:00Z'),
  accountId: 'acct_1',
  environment: 'simulated',
};
type TypeOf<S extends EventStream> = keyof EventData[S];
const tradingSample = <T extends TypeOf<'trading'>>(
  type: T,
): EventOf<EventFacts, EventData['trading'], T> => ({ ...facts, type, data: eventSamples.trading[type] });
const notificationSample = <T extends TypeOf<'notifications'>>(
  type: T,
): EventOf<EventFacts, EventData['notifications'], T> => ({
  ...facts,
  type,
  data: eventSamples.notifications[type],
});
const samples: { [S in EventStream]: NewEvent<S>[] } = {
  trading: TradingEventType.options.map((type) => tradingSample(type)),
  notifications: NotificationEventType.options.map((type) => notificationSample(type)),
};
const numberedFrom1 = <E extends object>(events: readonly E[]) =>
  events.map((event, index) => ({ id: String(index + 1), ...event }));

async function setUp() {
  const db = await testDb();
  const rig = await eventRig({ databaseUrl: db.url });
  return {
    db,
    rig,
    [Symbol.asyncDispose]: async () => (await rig[Symbol.asyncDispose](), db[Symbol.asyncDispose]()),
  };
}
async function write<S extends EventStream>(rig: EventRig, stream: S, events: readonly NewEvent<S>[]) {
  await inTransaction(rig.database.db, (tx) => rig.events.append(tx, 'user_one', stream, events));
  rig.events.wake('user_one', stream);
}
/** The first `count` messages of a subscription. */
function first<M>(
  count: number,
  subscribe: (handlers: { onData(message: { data: M }): void; onError(error: unknown): void }) => void,
): Promise<M[]> {
  const { promise, resolve, reject } = Promise.withResolvers<M[]>();
  const messages: M[] = [];
  subscribe({
    onData: ({ data }) => void (messages.push(data) === count && resolve(messages)),
    onError: reject,
  });
  return promise;
}

describe('an event of each type comes back as it was told, its instants as Date and every other text as text', () => {
  test('over the store', async () => {
    await using app = await setUp();
    await write(app.rig, 'trading', samples.trading);
    await write(app.rig, 'notifications', samples.notifications);
    const read = async (stream: EventStream) =>
      (await app.rig.events.read({ userId: 'user_one', stream }, 0, 100)).events;
    expect(samples.trading).toHaveLength(30);
    expect(await read('trading')).toEqual(numberedFrom1(samples.trading));
    expect(samples.notifications).toHaveLength(6);
    expect(await read('notifications')).toEqual(numberedFrom1(samples.notifications));
  });

  test('over tRPC', async () => {
    await using app = await setUp();
    await using client = stockClient(app.rig.port, 'session_one');
    const { trading, notifications } = client.api;
    const lastEventId = '0';
    const told = first<StreamMessage<TradingEvent>>(samples.trading.length, (handlers) =>
      trading.onEvents.subscribe({ lastEventId }, handlers),
    );
    const notified = first<StreamMessage<NotificationEvent>>(samples.notifications.length, (handlers) =>
      notifications.onNotification.subscribe({ lastEventId }, handlers),
    );
    await write(app.rig, 'trading', samples.trading);
    await write(app.rig, 'notifications', samples.notifications);
    expect(await told).toEqual(numberedFrom1(samples.trading));
    expect(await notified).toEqual(numberedFrom1(samples.notifications));
  });
});

describe('an event that cannot be read', () => {
  test.each([
    ['its data is of another shape', `data = data - 'cash'`],
    ['its data holds what its type does not allow', `data = jsonb_set(data, '{cash}', '12')`],
    ['its data is nothing at all', `data = 'null'`],
    ['its type is not known here', `type = 'deal.amended'`],
    ['its type is one of the other stream', `type = 'notification.read'`],
    ['its type is the name of something every object has', `type = 'toString'`],
  ])('is told as snapshot.needed in its place, and what follows is told: %s', async (_, broken) => {
    await using app = await setUp();
    await write(app.rig, 'trading', [1, 2, 3].map(numbered));
    await app.db.database.pool.query(`update user_events set ${broken} where "offset" = 2`);
    await using client = stockClient(app.rig.port, 'session_one');
    const messages = await first<StreamMessage<TradingEvent>>(3, (handlers) =>
      client.api.trading.onEvents.subscribe({ lastEventId: '0' }, handlers),
    );
    expect(messages).toEqual([
      { id: '1', ...numbered(1) },
      { id: '2', type: 'snapshot.needed', at: facts.at, recovered: false },
      { id: '3', ...numbered(3) },
    ]);
  });

  test('is in the log with its place, its type and what does not fit', async () => {
    await using app = await setUp();
    await write(app.rig, 'trading', [numbered(1)]);
    await app.db.database.pool.query(`update user_events set data = data - 'cash'`);
    let lines = '';
    const destination = new Writable({ write: (chunk, _, done) => ((lines += String(chunk)), done()) });
    const logger = createLogger({ level: 'error', pretty: false, destination });
    const events = createUserEvents({ database: app.db.database, bus: app.rig.bus, logger });
    await events.read({ userId: 'user_one', stream: 'trading' }, 0, 1);
    expect(JSON.parse(lines)).toMatchObject({
      user: 'user_one',
      stream: 'trading',
      offset: 1,
      type: 'cash.changed',
      problem: expect.stringContaining('at cash'),
    });
  });
});

describe('for the compiler', () => {
  type Told<Procedure extends 'trading' | 'notifications'> = Procedure extends 'trading'
    ? inferRouterOutputs<AppRouter>['trading']['onEvents']
    : inferRouterOutputs<AppRouter>['notifications']['onNotification'];
  type Of<Iterable> = Iterable extends AsyncIterable<infer Each> ? Each : never;

  test('a client gets the data of a type with its type', () => {
    expectTypeOf<Of<Told<'trading'>>['data']>().toEqualTypeOf<StreamMessage<TradingEvent>>();
    expectTypeOf<Of<Told<'notifications'>>['data']>().toEqualTypeOf<StreamMessage<NotificationEvent>>();
    expectTypeOf<Extract<TradingEvent, { type: 'deal.accepted' }>['data']>().toEqualTypeOf<Deal>();
    expectTypeOf<
      Extract<NotificationEvent, { type: 'notification.read' }>['data']['readAt']
    >().toEqualTypeOf<Date>();
  });

  test('an event is told, and written, with the data of its type and no other', () => {
    // Compiled, never called.
    const _attempts = (tx: Tx, { append }: UserEvents, { tell }: Entry, either: boolean) => {
      const { 'deal.accepted': deal, 'cash.changed': cash, 'position.closed': closed } = eventSamples.trading;
      tell('deal.accepted', deal);
      tell(`deal.${deal.status}`, deal);
      tell('cash.changed', cash);
      // @ts-expect-error a deal is no cash
      tell('cash.changed', deal);
      // @ts-expect-error nor is it when it may be either
      tell(either ? 'cash.changed' : 'deal.accepted', deal);
      // @ts-expect-error a part is missing
      tell('cash.changed', { cash: '1', currency: 'GBP' });
      // @ts-expect-error it does not say what was closed
      tell('position.closed', eventSamples.trading['position.opened']);
      // @ts-expect-error an instant is no text
      tell('position.closed', { ...closed, openedAt: '2026-01-05T09:00:00Z' });
      // @ts-expect-error there is no such type
      tell('deal.amended', deal);
      // @ts-expect-error it is of the other stream
      tell('notification.read', eventSamples.notifications['notification.read']);

      void append(tx, 'user_one', 'trading', [{ ...facts, type: 'cash.changed', data: cash }]);
      // @ts-expect-error a deal is no cash
      void append(tx, 'user_one', 'trading', [{ ...facts, type: 'cash.changed', data: deal }]);
      // @ts-expect-error it is of the other stream
      void append(tx, 'user_one', 'notifications', [{ ...facts, type: 'cash.changed', data: cash }]);
    };
    expectTypeOf(_attempts).toBeFunction();
  });
});
