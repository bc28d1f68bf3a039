// Positions that are closed, whole and in part, by either face and at either API process.
import { expect, test } from 'vitest';
import { failure } from '../../failure.ts';
import type { Steps } from '../bench.ts';

export const closingSteps: Steps = ({ trader }) => {
  const cyd = trader('cyd');

  test('a part leaves the rest open under the same id, the rest closes it: each with its profit, booked once, and told as it was', async () => {
    const { open, close, told, books, elsewhere, account } = cyd();
    const { id: accountId, environment, currency } = account;
    const { dealId } = await open({ size: '3' });
    const part = await close(dealId!, { size: '1' }, elsewhere);
    const closing = { kind: 'close', status: 'accepted', accountId, environment, dealId, direction: 'SELL' };
    expect(part).toMatchObject({
      ...closing,
      size: '1',
      profit: expect.any(String),
      profitCurrency: currency,
    });
    await told.event('position.reduced', { dealId: dealId!, size: '2', closedSize: '1' });
    expect((await books()).positions).toMatchObject([{ dealId, size: '2' }]);

    const rest = await close(dealId!);
    expect(rest).toMatchObject({ ...closing, size: '2' });
    const closed = await told.event('position.closed', { dealId: dealId!, closedSize: '2' });
    expect(closed.data).toMatchObject({ size: '0', closeLevel: rest.level, closedAt: expect.any(Date) });
    expect(await books()).toMatchObject({
      positions: [],
      closes: { [dealId!]: { closedSize: '3', count: 2 } },
    });
    expect(await failure(close(dealId!, {}, elsewhere))).toMatchObject({
      data: { code: 'trading.position_not_found' },
    });
  });

  test('the same close again, at the other process and over REST, is answered alike and takes nothing more; with another size it is 422', async () => {
    const { open, close, rest, here, elsewhere, books, account } = cyd();
    const { dealId } = await open({ size: '2' });
    const idempotencyKey = 'cyd-closes-a-part';
    const first = await close(dealId!, { idempotencyKey, size: '1' }, here);
    expect(await close(dealId!, { idempotencyKey, size: '1' }, elsewhere)).toMatchObject({
      id: first.id,
      status: 'accepted',
      replayed: true,
    });
    const path = (size: string) => `/trading/positions/${dealId}?accountId=${account.id}&size=${size}`;
    const asked = { key: idempotencyKey, at: elsewhere };
    expect(await rest('DELETE', path('1'), asked)).toMatchObject({
      status: 200,
      body: { id: first.id, replayed: true },
    });
    expect(await rest('DELETE', path('2'), asked)).toMatchObject({
      status: 422,
      body: { code: 'trading.key_reused' },
    });
    expect((await books()).closes[dealId!]).toEqual({ closedSize: '1', count: 1 });
    await close(dealId!);
  });

  test('while a close is under way, another of the same position is denied at whichever process it is asked for', async () => {
    const { open, close, faults, here, elsewhere, told, books } = cyd();
    const { dealId } = await open();
    // Nothing proves it before it is done: both others are asked meanwhile, on a slow machine too.
    await faults({ name: 'delayed-execution', on: ['close'], count: 1, ms: [4_000, 4_000] });
    const first = await close(dealId!, { waitMs: 0 }, here);
    const denied = { status: 'denied', reason: { code: 'close_in_flight', dealId } };
    expect(await Promise.all([elsewhere, here].map((at) => close(dealId!, {}, at)))).toMatchObject([
      denied,
      denied,
    ]);
    await told.event('deal.accepted', { id: first.id });
    await told.event('position.closed', { dealId: dealId! });
    expect((await books()).closes[dealId!]).toEqual({ closedSize: '1', count: 1 });
  });
};
