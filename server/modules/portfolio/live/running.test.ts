// The running profit of broker accounts in portfolios: real PostgreSQL, trading's own valuation.
import { expect, test } from 'vitest';
import { accountHealth, brokerAccounts } from '../../../../drizzle/schema/index.ts';
import { AppError } from '../../../lib/app-error.ts';
import { portfolioRig } from '../../../testing/portfolio-rig.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';

/** An account with three positions at 1.17006, whose portfolio has a part for `gaps`. EUR/USD is at 1.17106, and a pound is 1.25 dollars. */
async function setUp() {
  const rig = await tradingRig();
  const app = portfolioRig(rig);
  const part = await app.make({ baseCurrency: 'GBP', tags: [rig.accountId, 'gaps'] });
  for (const over of [{ size: '1', tag: 'gaps' }, { size: '1', tag: 'other' }, { size: '1' }])
    await app.open(over);
  rig.prices.move({ bid: '1.17106', offer: '1.17112' });
  await app.inflow.run();
  const whole = (await app.as().list({})).portfolios.find(({ id }) => id !== part.id)!;
  const held = (id: string, more: object = {}) => app.as().holdings({ id, ...more });
  return { rig, app, part, whole, held, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

test('the running profit of an account is in one portfolio each: what bears the tag of a part in that part, the rest in the whole, together trading’s own figure', async () => {
  await using all = await setUp();
  const { rig, held, whole, part } = all;
  expect((await rig.as().summary({})).runningProfit).toBe('240');
  // The rig's cash was there before it was told of, so none of it has flowed in.
  const account = {
    accountId: rig.accountId,
    environment: 'simulated',
    unbooked: '10000',
    asOf: rig.clock.now(),
  };
  expect(await held(whole.id)).toMatchObject({
    valueBase: '160',
    running: { amount: '160', reason: null, accounts: [{ ...account, amount: '160', positions: 2 }] },
  });
  expect(await held(part.id)).toMatchObject({
    valueBase: '80',
    running: { amount: '80', reason: null, accounts: [{ ...account, amount: '80', positions: 1 }] },
  });
  // Of a portfolio that no account flows into, of another currency, and of a past instant there is none.
  const other = await all.app.make({ tags: [rig.accountId, 'other'] });
  expect(await held(other.id)).toMatchObject({ running: null, valueBase: '0' });
  expect(await held(whole.id, { asOf: rig.clock.now() })).toMatchObject({ running: null, valueBase: '0' });
});

test('while a price is stale, or the broker is away, there is no running profit and no value, with the reason; of an account that is not connected any more there is none', async () => {
  await using all = await setUp();
  const { rig, held, whole } = all;
  rig.prices.move({ stale: true });
  const quote = rig.prices.quote;
  rig.prices.quote = new AppError('broker.unavailable');
  expect(await held(whole.id)).toMatchObject({
    valueBase: null,
    running: { amount: null, reason: expect.stringContaining('stale'), accounts: [{ positions: 2 }] },
  });
  rig.prices.quote = quote;
  rig.prices.move({ stale: false });
  await rig.database.db.insert(accountHealth).values({
    accountId: rig.accountId,
    environment: 'simulated',
    state: 'offline',
    message: 'away',
    since: rig.clock.now(),
    confirmedAt: rig.clock.now(),
    epoch: 1,
  });
  rig.clock.advance(1_000);
  expect(await held(whole.id)).toMatchObject({
    valueBase: null,
    running: { amount: null, reason: expect.stringContaining('has told nothing') },
  });
  await rig.database.db.update(brokerAccounts).set({ disconnectedAt: rig.clock.now() });
  expect(await held(whole.id)).toMatchObject({ valueBase: '0', running: null });
});
