// Which prices open positions have streamed, by the rows of a real database; time is the test's.
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { createWaiters } from '../../testing/inbox.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import * as people from '../../testing/people.ts';
import { openedPosition, tradingRig } from '../../testing/trading-rig.ts';
import { lookEveryMs } from '../market-data/index.ts';
import { createPricesWanted } from './prices-wanted.ts';

/** What is wanted now, as `feed epic`, and what was at any moment let go. */
async function arrange() {
  const rig = await tradingRig();
  onTestFinished(() => rig[Symbol.asyncDispose]());
  const wanted: string[][] = [];
  const { changed, until } = createWaiters();
  const now = () => [...new Set(wanted.flat())].sort();
  const begin = (of: 'positions' | 'orders' = 'positions') =>
    rig.trading.wantPrices[of]({
      want(feed, epics) {
        const want = epics.map((epic) => `${feed} ${epic}`);
        wanted.push(want);
        changed();
        return () => {
          wanted.splice(wanted.indexOf(want), 1);
          changed();
        };
      },
    });
  return {
    rig,
    begin,
    now,
    /** Looks again until exactly these are wanted. */
    async becomes(...expected: string[]) {
      rig.clock.advance(lookEveryMs);
      await until(() => now().join() === expected.sort().join());
    },
  };
}

test('what is open is wanted of its account’s own feed though nobody watches it, until it is closed or its account is not connected any more', async () => {
  const { rig, begin, becomes, now } = await arrange();
  const { pool } = rig.database;
  const dealId = await openedPosition(rig);
  await people.addAccount(rig.database, rig.userId, { id: 'acct_demo', environment: 'demo' });
  await pool.query(
    `insert into positions (account_id, environment, deal_id, epic, expiry, name, direction, size, level, currency, source, opened_at, updated_at)
     select 'acct_demo', 'demo', 'D' || n, epic, '-', 'x', 'BUY', 1, 1, 'USD', 'external', now(), now()
     from (values (1, 'IX.D.FTSE.DAILY.IP'), (2, '${build.eurusd}'), (3, '${build.eurusd}')) as open (n, epic)`,
  );
  const stop = begin();
  const demo = ['login_demo IX.D.FTSE.DAILY.IP', `login_demo ${build.eurusd}`];
  await becomes(`simulated ${build.eurusd}`, ...demo);
  await pool.query(`update positions set closed_at = now() where deal_id = any($1)`, [[dealId, 'D3']]);
  await becomes(...demo);
  await pool.query(`update broker_accounts set disconnected_at = now() where id = 'acct_demo'`);
  await becomes();
  await pool.query(`update broker_accounts set disconnected_at = null where id = 'acct_demo'`);
  await becomes(...demo);
  await stop();
  expect(now()).toEqual([]);
});

test('what an order rests for is wanted as well, until it is filled, cancelled or expired', async () => {
  const { rig, begin, becomes } = await arrange();
  await rig.trading.applyAccountEvent(
    rig.venue.orderEvent(
      rig.accountId,
      {
        dealId: 'DIORDER',
        epic: build.eurusd,
        expiry: '-',
        name: null,
        direction: 'BUY',
        size: '1',
        type: 'limit',
        level: '1.1',
        goodTillAt: null,
        currency: 'USD',
        stopDistancePoints: null,
        limitDistancePoints: null,
        placedAt: rig.clock.now(),
      },
      { eventId: 'w', state: 'open' },
    ),
  );
  const stop = begin('orders');
  await becomes(`simulated ${build.eurusd}`);
  await rig.database.pool.query(`update working_orders set state = 'filled'`);
  await becomes();
  await stop();
});

test('while the database does not answer, what was wanted last is wanted', async () => {
  const clock = createManualClock();
  const { changed, until } = createWaiters();
  let [asked, isAway] = [0, false];
  const wanted = new Set<string>();
  const want = createPricesWanted({
    async openEpics() {
      asked++;
      changed();
      if (isAway) throw new Error('the database is away');
      return [{ accountId: 'acct_1', epic: build.eurusd }];
    },
    accounts: { all: async () => [build.account()] },
    clock,
    logger: silentLogger,
  });
  const stop = want({
    want(_feed, [epic]) {
      wanted.add(epic!);
      changed();
      return () => void wanted.delete(epic!);
    },
  });
  await until(() => wanted.size === 1);
  isAway = true;
  clock.advance(lookEveryMs);
  await until(() => asked === 2);
  clock.advance(lookEveryMs);
  await until(() => asked === 3); // the look before has failed
  expect([...wanted]).toEqual([build.eurusd]);
  await stop();
  expect([...wanted]).toEqual([]);
});
