// Statements of months, told over a real PostgreSQL by two workers: each month of each portfolio once, by the portfolio's own calendar.
import { expect, test } from 'vitest';
import { createIds } from '../../../lib/ids.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { testBus } from '../../../testing/price-rig.ts';
import { testDb } from '../../../testing/test-db.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { createUserEvents } from '../../events/index.ts';
import { createNotify, type Notify } from '../../notifications/index.ts';
import { notifications } from '../../../../drizzle/schema/index.ts';
import { createPortfolioModule, createPortfolioNews } from '../index.ts';

test('when a month of a portfolio is over in its own zone its user is told once that the statement is ready; of one without transactions, and of months before it, nothing', async () => {
  await using db = await testDb();
  const { database } = db;
  const clock = createManualClock(new Date('2026-01-05T09:00:00Z'));
  const ids = createIds(clock);
  const bus = testBus(clock);
  const events = createUserEvents({ database, bus, logger: silentLogger });
  const woken: string[] = [];
  const real = createNotify({ database, events, ids, clock });
  let broken = true;
  const notify: Notify = async (tx, notice) => {
    await real(tx, notice);
    if (broken && notice.userId === 'user_ann') throw new Error('the database is gone');
  };
  const news = () =>
    createPortfolioNews({ database, notify, wake: (userId) => void woken.push(userId), clock });
  const { router } = createPortfolioModule({ database, clock, ids });
  let keys = 0;
  async function portfolio(userId: string, timeZone: string, deposits: string[]) {
    const principal = build.principal(['session', 'account:read'], { id: userId });
    const as = createCallerFactory(router)(build.context({ principal, clock }));
    const { id } = await as.create({
      name: `Of ${timeZone}`,
      baseCurrency: 'GBP',
      timeZone,
      startsOn: '2025-12-01',
    });
    for (const at of deposits)
      await as.addTransaction({
        ...{ id, at: new Date(at), idempotencyKey: `key-number-${++keys}` },
        terms: { kind: 'deposit', amount: '100', currency: 'GBP' },
      });
  }
  // In Auckland the month of the second one is January already, in London the last one's is.
  await portfolio('user_ann', 'Pacific/Auckland', [
    '2025-12-31T10:30:00Z',
    '2025-12-31T11:30:00Z',
    '2026-01-02T09:00:00Z',
  ]);
  await portfolio('user_bob', 'Europe/London', ['2025-12-31T10:30:00Z']);
  await portfolio('user_eve', 'Europe/London', []);
  const told = async () =>
    (await database.db.select().from(notifications)).map(({ userId, title }) => `${userId}: ${title}`).sort();
  const look = () => Promise.allSettled([news().run(), news().run()]);

  await look();
  expect(await told()).toEqual([]); // December was over before there were portfolios
  clock.advance(Date.parse('2026-01-31T11:59:00Z') - clock.now().getTime());
  await look(); // in Auckland it is February since 59 minutes
  expect(await told()).toEqual([]);
  clock.advance(60_000);
  const failed = await look();
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await told()).toEqual([]);
  broken = false;
  await look();
  const ofAnn = 'user_ann: The statement of January 2026 is ready: Of Pacific/Auckland, 2 transactions';
  expect(await told()).toEqual([ofAnn]);
  clock.advance(13 * 3_600_000);
  await look();
  await look();
  const ofBob = 'user_bob: The statement of January 2026 is ready: Of Europe/London, 0 transactions';
  expect(await told()).toEqual([ofAnn, ofBob]);
  expect(new Set(woken)).toEqual(new Set(['user_ann', 'user_bob']));
  clock.advance(70 * 86_400_000); // whoever comes back in April tells of March alone
  await look();
  expect((await told()).filter((text) => text.includes('user_bob'))).toEqual([
    ofBob,
    'user_bob: The statement of March 2026 is ready: Of Europe/London, 0 transactions',
  ]);
  await bus.close();
});
