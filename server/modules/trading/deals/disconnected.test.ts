import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { accountRisk, brokerAccounts, deals } from '../../../../drizzle/schema/index.ts';
import { failure } from '../../../testing/failure.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';

test('an account that was disconnected after the last look at it: nothing is admitted, and its key stays free', async () => {
  await using rig = await tradingRig();
  const order = rig.order();
  const dealable = (connected: boolean) =>
    rig.database.db.update(accountRisk).set({ connected }).where(eq(accountRisk.accountId, rig.accountId));
  await dealable(false);
  expect(await failure(rig.as().openPosition(order))).toMatchObject({ code: 'accounts.disconnected' });
  expect(rig.venue.requests).toEqual([]);
  expect(await rig.database.db.select().from(deals)).toEqual([]);
  await dealable(true);
  expect(await rig.as().openPosition(order)).toMatchObject({ replayed: false });
});

test('an account that is disconnected can be read by its id: its deals and positions, and nothing else is taken for it', async () => {
  await using rig = await tradingRig();
  const { id } = await rig.as().openPosition(rig.order());
  await rig.applyConfirm();
  const disconnectedAt = rig.clock.now();
  await rig.database.db.update(brokerAccounts).set({ disconnectedAt, credentials: '' });
  const { accountId } = rig;
  rig.clock.advance(60_000);
  expect((await rig.as().listDeals({ accountId })).deals).toMatchObject([{ id, status: 'accepted' }]);
  // As old as its last news, not as the question.
  const positions = await rig.as().listPositions({ accountId });
  expect(positions).toMatchObject({ positions: [{ dealId: expect.any(String) }], asOf: disconnectedAt });
  expect(await rig.as().listOrders({ accountId })).toMatchObject({ orders: [], asOf: disconnectedAt });
  expect(await rig.as().summary({ accountId })).toMatchObject({ asOf: disconnectedAt, stale: true });
  expect(await failure(rig.as().openPosition(rig.order({ accountId })))).toMatchObject({
    code: 'accounts.disconnected',
  });
  expect(await failure(rig.as().openPosition(rig.order()))).toMatchObject({ code: 'accounts.none' });
});
