// Many who watch one account: the work is done once, and what is refused costs nothing.
import { expect, onTestFinished, test } from 'vitest';
import { foldValuation } from '../../../../shared/valuation.ts';
import type { Valuation, ValuationMessage } from '../../../../shared/trading.ts';
import { systemClock } from '../../../lib/clock.ts';
import * as build from '../../../testing/build.ts';
import { createInbox } from '../../../testing/inbox.ts';
import { socketServer } from '../../../testing/socket-server.ts';
import { openRaw } from '../../../testing/sockets.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';
import { router } from '../../../trpc/init.ts';

/** Ann's account with a position, and what is followed for those who watch it. */
async function watchedRig() {
  const rig = await tradingRig({ clock: systemClock });
  await rig.as().openPosition(rig.order());
  await rig.trading.reconcileAccount(rig.accountId);
  const followed = { prices: 0, events: 0 };
  const { feed } = rig.prices;
  const trading = rig.restart({
    prices: { ...feed, watch: (...args) => (followed.prices++, feed.watch(...args)) },
    events: { ...rig.events, follow: (...args) => (followed.events++, rig.events.follow(...args)) },
  });
  return Object.assign(rig, { followed, watched: trading, statements: recordStatements(rig.database) });
}

test('fifty who watch one account cost what one costs: its rows, events and prices are followed once, and each message is made once', async () => {
  await using rig = await watchedRig();
  const stop = new AbortController();
  const readers = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const { items, put, until } = createInbox<ValuationMessage>();
      const messages = await rig.watched.as(rig.userId, stop.signal).onValuation({});
      const ended = (async () => {
        for await (const message of messages) put(message);
      })();
      return { items, until, ended };
    }),
  );
  await Promise.all(readers.map(({ until }) => until((all) => all.length > 0)));
  rig.prices.move({ bid: '1.17106' });
  const bidOf = (messages: readonly ValuationMessage[]) =>
    messages.reduce<Valuation | undefined>(foldValuation, undefined)?.positions[0]?.bid;
  await Promise.all(readers.map(({ until }) => until((all) => bidOf(all) === '1.17106')));
  expect(rig.followed).toEqual({ prices: 1, events: 1 });
  const tellsIt = ({ items }: (typeof readers)[0]) =>
    items.find((message) => 'changed' in message && message.changed[0]?.bid === '1.17106');
  expect(new Set(readers.map(tellsIt)).size).toBe(1);
  const reads = rig.statements.take().filter(({ text }) => / from "?positions/.test(text));
  expect(reads.length).toBeLessThan(20);
  stop.abort();
  await Promise.all(readers.map(({ ended }) => ended));
});

test('one who comes when others watch is told everything as it is then, and one who comes after all have left as well', async () => {
  await using rig = await watchedRig();
  const first = async (signal: AbortSignal) => {
    for await (const message of await rig.watched.as(rig.userId, signal).onValuation({})) return message;
    throw new Error('it ended at once');
  };
  const stop = new AbortController();
  const { items, put, until } = createInbox<ValuationMessage>();
  const watching = (async () => {
    for await (const message of await rig.watched.as(rig.userId, stop.signal).onValuation({})) put(message);
  })();
  await until(() => items.length > 0);
  const { dealId } = (items[0] as Valuation).positions[0]!;
  await rig.as().closePosition(rig.close(dealId));
  await rig.trading.reconcileAccount(rig.accountId);
  expect(await first(new AbortController().signal)).toMatchObject({ positions: [] });
  stop.abort();
  await watching;
  expect(await first(new AbortController().signal)).toMatchObject({ positions: [] });
  expect(rig.followed.events).toBe(2);
});

test('an account that cannot be read fails for all who watch it, and is read again for who comes next', async () => {
  await using rig = await watchedRig();
  const { pool } = rig.database;
  await pool.query('alter table positions rename to hidden');
  const watch = async () => {
    for await (const message of await rig.watched.as(rig.userId).onValuation({})) return message;
    throw new Error('it ended without a word');
  };
  const failures = await Promise.allSettled([watch(), watch(), watch()]);
  expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(String((failures[0] as PromiseRejectedResult).reason)).not.toContain('without a word');
  await pool.query('alter table hidden rename to positions');
  expect(await watch()).toMatchObject({ positions: [{ epic: build.eurusd }] });
});

test('9,500 valuations on one socket: a hundred are begun, the others are refused before anything is looked up, and another user is served meanwhile', async () => {
  await using rig = await watchedRig();
  const bob = await rig.addUser('bob');
  const http = await socketServer(
    router({ trading: rig.watched.router }),
    async ({ bearer }) => ({
      principal: { ...build.principal(undefined, { id: bearer! }), sessionId: `session_of_${bearer}` },
    }),
    { limits: { messageBurst: 10_000 } }, // or the socket would be closed long before
  );
  onTestFinished(async () => {
    await http.sockets.shutdown();
    await http[Symbol.asyncDispose]();
  });
  const [ann, other] = [await openRaw(http.port, rig.userId), await openRaw(http.port, bob)];
  for (const each of [ann, other]) onTestFinished(each.close);
  const ask = (client: typeof ann, ...ids: number[]) =>
    client.send(
      ids.map((id) => ({
        id,
        method: 'subscription',
        params: { path: 'trading.onValuation', input: { json: {} } },
      })),
    );
  const total = 9_500;
  for (let id = 0; id < total; id += 50) ask(ann, ...Array.from({ length: 50 }, (_, n) => id + n));
  ask(other, 1);
  await other.message((message) => message.id === 1 && message.result?.type === 'data');
  await ann.message((message) => message.id === total - 1);
  await ann.message((message) => message.id === 99 && message.result?.type === 'data');
  const refused = ann.messages.filter(({ error }) => error);
  expect(refused).toHaveLength(total - 100);
  expect(new Set(refused.map(({ error }) => error.json.data.code))).toEqual(
    new Set(['request.too_many_subscriptions']),
  );
  expect(http.holdings.stats()).toEqual({ sockets: 2, eventStreams: 0, subscriptions: 101 });
  expect(rig.followed).toEqual({ prices: 1, events: 2 }); // bob has no positions
  expect(rig.statements.take().length).toBeLessThan(200);
});
