// Positions that are opened, refused and repeated, by either face and at either API process.
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import * as build from '../../build.ts';
import { failure } from '../../failure.ts';
import type { Steps } from '../bench.ts';
import { epic, openingKeptBack, point } from '../trader.ts';

/** Nobody else deals in it. */
const suspended = 'CS.D.CFDGOLD.BMU.IP';

export const openingSteps: Steps = ({ trader }) => {
  const ann = trader('ann');

  test('an opening with stop and limit is accepted with its levels, booked once at the broker as answered, and told elsewhere', async () => {
    const { account, open, told, books, elsewhere } = ann();
    const deal = await open({ stopDistancePoints: '20', limitDistancePoints: '30' });
    const { environment, id: accountId } = account;
    const common = { accountId, environment, epic, direction: 'BUY', size: '1' };
    expect(deal).toMatchObject({
      ...common,
      kind: 'open',
      status: 'accepted',
      reason: null,
      replayed: false,
    });
    const { id, dealId, dealReference, level } = deal;
    const away = (points: string) => decimal.multiply(points, point);
    const levels = {
      stopLevel: decimal.subtract(level!, away('20')),
      limitLevel: decimal.add(level!, away('30')),
    };
    await told.event('deal.accepted', { id, status: 'accepted', dealId });
    const opened = await told.event('position.opened', { dealId: dealId!, source: 'ftrader' });
    expect(opened).toMatchObject({ environment, accountId, data: { ...levels, level, dealReference } });
    expect(await elsewhere.api.trading.getDeal.query({ id })).toMatchObject({ ...common, ...levels, dealId });
    const { positions, deals } = await books();
    expect(positions).toMatchObject([{ dealId, level, ...levels, epic, direction: 'BUY', size: '1' }]);
    expect(deals).toEqual({ [dealReference!]: 1 });
  });

  test('the same key again, at the other process and at both at once, is answered alike as replayed and dealt once; with another body it is 422', async () => {
    const { here, elsewhere, open, rest, books, account } = ann();
    const { accountId, idempotencyKey, ...order } = {
      ...build.openPosition({ epic }),
      accountId: account.id,
    };
    const asked = { idempotencyKey, waitMs: 10_000 };
    const both = await Promise.all([open(asked, here), open(asked, elsewhere)]);
    const [first] = both;
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    const again = await open(asked, elsewhere);
    expect(again).toMatchObject({
      id: first.id,
      dealReference: first.dealReference,
      status: 'accepted',
      replayed: true,
    });
    const body = { ...order, accountId, waitMs: 0 };
    const repeated = await rest('POST', '/trading/positions', { body, key: idempotencyKey, at: elsewhere });
    expect(repeated).toMatchObject({
      status: 200,
      body: { id: first.id, dealId: again.dealId, replayed: true },
    });
    expect((await books()).deals[first.dealReference!]).toBe(1);

    const other = { ...body, size: '2' };
    for (const at of [here, elsewhere])
      expect(
        await rest('POST', '/trading/positions', { body: other, key: idempotencyKey, at }),
      ).toMatchObject({
        status: 422,
        body: { code: 'trading.key_reused' },
      });
    expect(await failure(open({ ...asked, direction: 'SELL' }, elsewhere))).toMatchObject({
      data: { code: 'trading.key_reused' },
    });
  });

  test('while the broker keeps its verdict back the answer is 202 with a Location, at which any process tells what becomes of it; who waits is answered 200', async () => {
    const { account, here, elsewhere, rest, faults, told } = ann();
    const { idempotencyKey: key, ...order } = { ...build.openPosition({ epic }), accountId: account.id };
    await faults(...openingKeptBack);
    const early = await rest('POST', '/trading/positions', { body: order, key, at: here });
    expect(early).toMatchObject({ status: 202, location: `/api/trading/deals/${early.body.id}` });
    expect(['submitting', 'submitted']).toContain(early.body.status);
    const path = early.location!.replace(/^\/api/, '');
    expect(await rest('GET', path, { at: elsewhere })).toMatchObject({
      status: 200,
      body: { id: early.body.id },
    });
    const repeated = { body: { ...order, waitMs: 10_000 }, key, at: elsewhere };
    expect(await rest('POST', '/trading/positions', repeated)).toMatchObject({
      status: 200,
      location: null,
      body: { id: early.body.id, status: 'accepted', replayed: true },
    });
    await told.event('deal.accepted', { id: early.body.id });
    expect(await rest('GET', path, { at: here })).toMatchObject({ body: { status: 'accepted' } });
  });

  test('what breaks a rule is denied with its numbers and reaches no broker; what the broker refuses is rejected with its reason', async () => {
    const { open, here, elsewhere, faults, books, told } = ann();
    const before = await books();
    for (const at of [here, elsewhere])
      expect(await open({ size: '0.1' }, at)).toMatchObject({
        status: 'denied',
        reason: { code: 'size_below_minimum', size: '0.1', minimum: expect.any(String) },
      });
    expect(await open({ size: '1000' }, elsewhere)).toMatchObject({
      status: 'denied',
      reason: { code: 'insufficient_funds' },
    });
    await faults({ name: 'suspended-mid-order', count: 1, ms: [2_000, 2_000] });
    const rejected = await open({ epic: suspended });
    expect(rejected).toMatchObject({
      status: 'rejected',
      reason: { code: 'broker_refused', brokerCode: expect.any(String), message: expect.any(String) },
    });
    await told.event('deal.rejected', { id: rejected.id });
    expect(await books()).toEqual(before);
  });
};
