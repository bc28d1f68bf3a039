// Working orders and the stop of a position: placed, changed and ended at one API process, told at the other by the broker's stream.
import { expect, test } from 'vitest';
import * as build from '../../build.ts';
import type { Steps } from '../bench.ts';
import { epic } from '../trader.ts';

/** Far below any price of the simulated market. */
const [level, otherLevel] = ['0.9', '0.91'];
const waitMs = 10_000;

export const ordersSteps: Steps = ({ trader }) => {
  const ida = trader('ida');

  test('an order with a date is placed at one process, changed at the other, expires by itself, and each is told once', async () => {
    const { account, here, elsewhere, told, books } = ida();
    const goodTillAt = new Date(Date.now() + 6_000);
    const order = build.placeOrder({ epic, level, goodTillAt, waitMs, accountId: account.id });
    const placed = await here.api.trading.placeOrder.mutate(order);
    expect(placed).toMatchObject({ status: 'accepted', kind: 'place_order', orderLevel: level });
    const dealId = placed.dealId!;
    await told.event('order.placed', { dealId });
    expect((await books()).orders).toMatchObject([{ dealId, level }]);
    const change = { ...build.changeOrder(dealId, { level: otherLevel }), waitMs, accountId: account.id };
    expect(await elsewhere.api.trading.amendOrder.mutate(change)).toMatchObject({ status: 'accepted' });
    await told.event('order.amended', { dealId, level: otherLevel });
    await told.event('order.expired', { dealId });
    expect((await books()).orders).toEqual([]);
    expect(await here.api.trading.getOrder.query({ dealId, accountId: account.id })).toMatchObject({
      state: 'expired',
    });
  });

  test('an order without one rests until it is cancelled', async () => {
    const { account, here, elsewhere, told, books } = ida();
    const order = build.placeOrder({ epic, level, waitMs, accountId: account.id });
    const { dealId } = await here.api.trading.placeOrder.mutate(order);
    await told.event('order.placed', { dealId: dealId! });
    const cancel = { ...build.changeOrder(dealId!), waitMs, accountId: account.id };
    expect(await elsewhere.api.trading.cancelOrder.mutate(cancel)).toMatchObject({ status: 'accepted' });
    await told.event('order.cancelled', { dealId: dealId! });
    expect((await books()).orders).toEqual([]);
  });

  test('the limit of a position is set at one process and taken away at the other', async () => {
    const { account, open, close, here, elsewhere, told, books } = ida();
    const { dealId } = await open();
    for (const [{ api }, limitLevel] of [
      [here, '1.9'],
      [elsewhere, null],
    ] as const) {
      const amend = { ...build.amendPosition(dealId!, { limitLevel }), waitMs, accountId: account.id };
      expect(await api.trading.amendPosition.mutate(amend)).toMatchObject({ status: 'accepted', limitLevel });
      await told.event('position.amended', { dealId: dealId!, limitLevel });
      expect((await books()).positions).toMatchObject([{ dealId, limitLevel }]);
    }
    await close(dealId!);
  });
};
