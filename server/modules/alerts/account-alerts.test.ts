// Alerts on accounts on a database of a test's own, by valuations that the test makes: each counts, a close as well, and what was missed is told late.
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { alerts, notifications } from '../../../drizzle/schema/index.ts';
import type { Candle } from '../../../shared/candles.ts';
import { inTransaction } from '../../db/transaction.ts';
import { silentLogger } from '../../lib/logger.ts';
import { alertRow, minuteAt } from '../../testing/alert-rig.ts';
import { eventRig } from '../../testing/event-rig.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { addAccount, addUser } from '../../testing/people.ts';
import { recordStatements } from '../../testing/statements.ts';
import { testDb } from '../../testing/test-db.ts';
import { createAccountAlerts } from './account-alerts.ts';
import { createAccountBook, type FollowedAlert } from './account-book.ts';
import { createSight } from './gaps.ts';
import { createAlertRetention } from './index.ts';
import type { AlertValuations, ValuedAccount } from './ports.ts';
import { createAlertStore, type AlertRow } from './store.ts';
import { triggerOf } from './trigger.ts';

const [userId, accountId, dealId, epic] = ['user_1', 'acct_1', 'DIAAA', 'CS.D.EURUSD.CFD.IP'];
const startAt = new Date('2026-01-05T09:00:00Z');
const onProfit = { kind: 'position_profit', accountId, environment: 'simulated', dealId, direction: 'up' };
type OnValued = Parameters<AlertValuations['follow']>[2]['onValued'];

async function arrange() {
  const db = await testDb();
  const clock = createManualClock(startAt);
  const rig = await eventRig({ databaseUrl: db.url, clock });
  await addUser(rig.database, { id: userId });
  await addAccount(rig.database, userId, { id: accountId });
  const store = createAlertStore(rig.database.db);
  const world = {
    realised: null as Awaited<ReturnType<AlertValuations['realised']>>,
    candles: [] as Candle[],
    asked: 0,
  };
  const stops: (() => Promise<void>)[] = [];
  /** A worker; `value` values the account with this profit of its position, undefined once that is closed. */
  async function worker() {
    const followed = Promise.withResolvers<OnValued>();
    const work = createAccountAlerts({
      store,
      transaction: (run) => inTransaction(rig.database.db, run),
      notify: rig.notifications.notify,
      wake: () => undefined,
      clock,
      logger: silentLogger,
      candles: {
        stored: async () => [],
        bought: async () => (world.asked++, { candles: world.candles, whole: true }),
      },
      valuations: {
        async follow(_userId, _accountId, { signal, onValued }) {
          followed.resolve(onValued);
          await new Promise((resolve) => void signal.addEventListener('abort', resolve, { once: true }));
        },
        realised: async () => world.realised,
      },
    });
    stops.push(() => work.close());
    const onValued = await followed.promise;
    const value = (runningProfit: string | null | undefined, summary: object = {}) =>
      onValued({
        feed: 'simulated',
        currency: 'GBP',
        summary: { equity: '1000', margin: '100', stale: false, ...summary },
        position: () =>
          runningProfit === undefined
            ? undefined
            : { dealId, epic, runningProfit, priceStale: runningProfit === null },
        // A long position of 100 at 1.1: a bid of 1.2 is a profit of 10.
        profitSince:
          () =>
          ({ bid }: { bid: string }) =>
            String(Math.round((Number(bid) - 1.1) * 1e6) / 1e4),
      } as unknown as ValuedAccount);
    return { value, close: () => work.close() };
  }
  return {
    world,
    clock,
    store,
    database: rig.database,
    worker,
    async add(condition: object, given: Partial<AlertRow> = {}) {
      const on = condition as AlertRow['condition'];
      const row = alertRow(clock.now(), {
        ...{ userId, accountId, environment: 'simulated', condition: on },
        ...given,
      });
      await inTransaction(rig.database.db, (tx) => store.insert(tx, row));
    },
    state: async (id = 'alert_1') =>
      (await rig.database.db.select().from(alerts).where(eq(alerts.id, id)))[0]!.state,
    told: async () =>
      (await rig.database.db.select().from(notifications).orderBy(notifications.at, notifications.id)).map(
        ({ title, body }) => `${title}${body.includes('told late') ? ' (late)' : ''}`,
      ),
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await rig[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a profit that stands for one valuation is told; one that is reached by the close itself as well, and that of a position closed elsewhere ends untold', async () => {
  await using app = await arrange();
  await app.add({ ...onProfit, amount: '10' }, { id: 'alert_once' });
  await app.add({ ...onProfit, amount: '50' }, { id: 'alert_close' });
  await app.add({ ...onProfit, amount: '60' }, { id: 'alert_never' });
  const { value } = await app.worker();
  for (const profit of ['0', '10', '0']) value(profit);
  app.world.realised = { profit: '50', at: app.clock.now() };
  value(undefined);
  await expect.poll(() => app.state('alert_never')).toBe('done');
  expect(await app.state('alert_close')).toBe('done');
  // Both may be of one millisecond, and then in any order.
  expect((await app.told()).sort()).toEqual(['EUR/USD stands at 10 GBP', 'EUR/USD stands at 50 GBP']);
});

test('an alert on a position that was opened so lately that the account’s reading has it not yet is not ended by that', async () => {
  await using app = await arrange();
  await app.add({ ...onProfit, amount: '10' });
  await app.add({ ...onProfit, amount: '20' }, { id: 'alert_later' });
  const { value } = await app.worker();
  app.world.realised = 'open';
  value(undefined);
  expect(await app.told()).toEqual([]); // by now it was answered
  value('10');
  await expect.poll(() => app.state()).toBe('done');
  app.world.realised = { profit: '20', at: app.clock.now() };
  value(undefined);
  await expect.poll(() => app.state('alert_later')).toBe('done');
  expect(await app.told()).toEqual(['EUR/USD stands at 10 GBP', 'EUR/USD stands at 20 GBP']);
});

test('what was met while no worker ran is told late: of a profit by candles, of a margin level by the first valuation', async () => {
  await using app = await arrange();
  await app.add({ ...onProfit, amount: '10' });
  await app.add(
    { kind: 'margin_level', accountId, environment: 'simulated', level: '200' },
    { id: 'alert_margin' },
  );
  app.clock.advance(5 * 60_000);
  app.world.candles = [minuteAt(new Date(+startAt + 2 * 60_000), '1.2')];
  const { value } = await app.worker();
  value('0', { equity: '150' });
  await expect.poll(() => app.state('alert_margin')).toBe('done');
  app.clock.advance(30_000);
  await expect.poll(() => app.state()).toBe('done');
  expect(await app.told()).toEqual([
    expect.stringMatching(/margin level of 150 %.*\(late\)$/),
    'EUR/USD stands at 10 GBP (late)',
  ]);
});

test('without margin the margin level is above every level: known, so that its first fall is told, and not late', async () => {
  await using app = await arrange();
  const onMargin = { kind: 'margin_level', accountId, environment: 'simulated', level: '100' };
  await app.add({ ...onMargin, level: '999999999999999.9999999999' }, { id: 'alert_new', state: 'waiting' });
  await app.add(onMargin);
  const { value } = await app.worker();
  for (let second = 0; second < 60; second += 20) {
    value('0', { margin: '0' });
    app.clock.advance(20_000);
  }
  expect(await app.told()).toEqual([]);
  value('0', { margin: '1250' });
  await expect.poll(() => app.told()).toHaveLength(2);
  expect(await app.told()).toEqual(Array(2).fill(expect.stringMatching(/margin level of 80 %[^(]*$/)));
});

test('what was compared is not checked again, and an alert whose time is up ends when all in time was', async () => {
  await using app = await arrange();
  await app.add({ ...onProfit, amount: '10' }, { expiresAt: new Date(+startAt + 20_000) });
  const first = await app.worker();
  first.value('0');
  app.clock.advance(22_000);
  first.value('99'); // too late
  await expect.poll(() => app.state()).toBe('armed');
  await expect.poll(() => (app.clock.advance(5_000), app.state())).toBe('expired');
  expect(app.world.asked).toBe(0);
  expect(await app.told()).toEqual([]);
});

test('a valuation looks at those of an account’s alerts only that it reaches, however many there are', () => {
  let looks = 0;
  /** An account with so many alerts on its margin level, on a position that moves and on one that does not; what it is asked is counted. */
  function accountOf(count: number) {
    const book = createAccountBook();
    const add = (id: string, condition: object) => {
      const alert = { id, condition, repeat: 'every', rearmBand: '0', expiresAt: null, state: 'armed' };
      const course = { ...alert, firedCount: 0 } as unknown as FollowedAlert;
      const trigger = triggerOf(course.condition, '0');
      const live = { ...course, trigger, sight: createSight(+startAt) };
      book.add(new Proxy(live, { get: (of, key) => (looks++, Reflect.get(of, key) as unknown) }));
    };
    for (let n = 0; n < count; n++) {
      add(`margin ${n}`, { kind: 'margin_level', level: String(100 - n / 10) });
      add(`profit ${n}`, { ...onProfit, amount: String(100 + n) });
      add(`loss ${n}`, { ...onProfit, dealId: 'DIBBB', direction: 'down', amount: String(-100 - n) });
    }
    const position = (profit: string) => ({ runningProfit: profit, priceStale: false });
    const still = position('0');
    return (equity: string, profit: string) => {
      const positions = { [dealId]: position(profit), DIBBB: still } as Record<string, unknown>;
      const summary = () => (looks++, { equity, margin: '100', stale: false });
      const account = {
        get summary() {
          return summary();
        },
        position: (id: string) => positions[id],
      } as unknown as ValuedAccount;
      looks = 0;
      const { reached } = book.compare(account, +startAt);
      return { looks, reached: reached.map(({ alert: { id } }) => id) };
    };
  }
  const [few, many] = [accountOf(3), accountOf(500)];
  for (const value of [few, many]) value('150', '50');
  for (const [equity, profit] of [
    ['130', '99'],
    ['101', '-20'],
    ['150', '50'],
  ] as const) {
    const seen = many(equity, profit);
    expect(seen).toEqual({ ...few(equity, profit), reached: [] });
  }
  expect(many('99.85', '101').reached.sort()).toEqual(['margin 0', 'margin 1', 'profit 0', 'profit 1']);
});

test('alerts that ended a year ago are removed, and those that an account left behind, without looking at all the others', async () => {
  await using app = await arrange();
  const { database, store, clock } = app;
  await app.add(onProfit, { id: 'alert_old', state: 'done' });
  await app.add(onProfit, { id: 'alert_live' });
  clock.set(365 * 86_400_000); // no timer runs
  await app.add(onProfit, { id: 'alert_new', state: 'expired' });
  const ids = async () => (await database.db.select().from(alerts).orderBy(alerts.id)).map(({ id }) => id);
  await createAlertRetention({ database, clock, days: 365 })();
  expect(await ids()).toHaveLength(3);
  clock.set(1);
  await createAlertRetention({ database, clock, days: 365 })();
  expect(await ids()).toEqual(['alert_live', 'alert_new']);

  await addAccount(database, userId, { id: 'acct_left', disconnectedAt: clock.now() });
  for (const [id, feed, account] of [
    ['n', 'simulated', null],
    ['l', 'login_9', null],
    ['a', null, accountId],
    ['x', null, 'acct_left'],
  ])
    await database.db.execute(sql`
      insert into alerts (id, user_id, feed, epic, account_id, name, condition, repeat, rearm_band, state, state_at, fired_count, revision, created_at, updated_at)
      select ${id} || n, ${userId}, ${feed}::text, 'E', ${account}::text, 'x', '{}', 'once', 0, 'done', now(), 0, 1, now(), now()
      from generate_series(1, ${id === 'n' || id === 'a' ? 10_000 : 5}) n`);
  await database.db.execute(sql`analyze alerts, broker_accounts`);
  const statements = recordStatements(database);
  await store.dropLeft();
  const [asked] = statements.take().filter(({ text }) => text.startsWith('delete'));
  expect((await statements.explain(asked!)).rowsRead).toBeLessThan(100);
  expect(await ids()).toHaveLength(20_002);
});
