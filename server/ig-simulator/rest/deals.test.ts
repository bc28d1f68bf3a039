import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { rawStream } from '../../testing/raw-stream.ts';
import {
  closingOrder,
  marketOrder,
  restingOrder,
  testSimulator,
  type Reply,
} from '../../testing/test-simulator.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const { epic } = marketOrder;

async function confirmOf(answer: Promise<Reply>) {
  const {
    body: { dealReference },
  } = await answer;
  clock.advance(250);
  return (await simulator.read(`/confirms/${dealReference}`)).body;
}
const date = expect.stringMatching(/^2026-01-05T\d\d:\d\d:\d\d\.\d{1,3}$/);
const fresh = expect.stringMatching(/^[A-Z0-9]{15}$/);
const anId = expect.stringMatching(/^DIAAAAB[A-Z]{8}$/);
/** Of an accepted BUY without anything attached; what differs is named by the test. */
const plain = {
  date,
  dealStatus: 'ACCEPTED',
  reason: 'SUCCESS',
  epic,
  expiry: '-',
  direction: 'BUY',
  stopLevel: null,
  limitLevel: null,
  stopDistance: null,
  limitDistance: null,
  guaranteedStop: false,
  trailingStop: false,
  profit: null,
  profitCurrency: null,
};
const refused = {
  ...plain,
  dealStatus: 'REJECTED',
  status: null,
  expiry: null,
  affectedDeals: [],
  level: null,
  size: null,
  dealId: anId,
};

describe('a confirm asked for once, right after the answer,', () => {
  test('is there, by REST and on the stream, its update beside it in either order', async () => {
    await using quick = await testSimulator({ clock });
    using stream = await rawStream(quick);
    await stream.create();
    const trades = await stream.trade();
    const orders = new Set<string>();
    for (let deals = 1; orders.size < 2 && deals <= 30; deals++) {
      const { dealReference } = (await quick.open()).body;
      expect((await quick.read(`/confirms/${dealReference}`)).status).toBe(200);
      clock.advance(10);
      await stream.until(() => trades.length === 2 * deals);
      orders.add(
        trades
          .slice(-2)
          .map(([confirm]) => (confirm === null ? 'OPU' : 'CONFIRMS'))
          .join(),
      );
    }
    expect([...orders].toSorted()).toEqual(['CONFIRMS,OPU', 'OPU,CONFIRMS']);
  });

  test('is not there, by REST or on the stream, while the wait that was asked for lasts', async () => {
    await using slow = await testSimulator({ clock, confirmDelayMs: [300, 300] });
    using stream = await rawStream(slow);
    await stream.create();
    const trades = await stream.trade();
    const confirms = () => trades.filter(([confirm]) => confirm !== null).length;
    const { dealReference } = (await slow.open()).body;
    clock.advance(299);
    stream.send('control', 'LS_reqId=99&LS_op=none');
    await stream.line(/^REQERR,99,/); // whatever was told came before it
    expect(confirms()).toBe(0);
    expect(await slow.read(`/confirms/${dealReference}`)).toMatchObject({
      status: 404,
      body: { errorCode: 'error.confirms.deal-not-found' },
    });
    clock.advance(1);
    expect((await slow.read(`/confirms/${dealReference}`)).status).toBe(200);
    await stream.until(() => confirms() === 1);
  });
});

describe('each kind of deal has its confirm, field by field', () => {
  test('positions: opened, amended, closed in part and in full, netted, refused', async () => {
    const open = await confirmOf(
      simulator.open({
        size: 3,
        stopDistance: 20,
        limitDistance: 30,
        trailingStop: true,
        trailingStopIncrement: 5,
        dealReference: 'mine',
      }),
    );
    const { dealId, level } = open;
    const [stopLevel, limitLevel] = [expect.closeTo(level - 0.002, 8), expect.closeTo(level + 0.003, 8)];
    expect(open).toEqual({
      ...plain,
      status: 'OPEN',
      dealReference: 'mine',
      dealId: anId,
      affectedDeals: [{ dealId, status: 'OPENED' }],
      level: expect.any(Number),
      size: 3,
      stopLevel,
      limitLevel,
      trailingStop: true,
    });
    const amended = await confirmOf(
      simulator.send('PUT', `/positions/otc/${dealId}`, { stopLevel: 1.1, guaranteedStop: true }),
    );
    expect(amended).toEqual({
      ...plain,
      status: 'AMENDED',
      dealReference: 'mine',
      dealId,
      affectedDeals: [{ dealId, status: 'AMENDED' }],
      level,
      size: 3,
      stopLevel: 1.1,
      guaranteedStop: true,
    });
    const wrong = await confirmOf(simulator.send('PUT', `/positions/otc/${dealId}`, { stopLevel: 2 }));
    expect(wrong).toEqual({ ...refused, dealReference: 'mine', reason: 'ATTACHED_ORDER_LEVEL_ERROR' });
    expect(wrong.dealId).not.toBe(dealId);
    const closing = {
      direction: 'SELL',
      dealReference: fresh,
      dealId,
      level: expect.any(Number),
      profit: expect.any(Number),
      profitCurrency: 'GBP',
    };
    const part = await confirmOf(simulator.close(closingOrder(dealId)));
    expect(part).toEqual({
      ...plain,
      ...closing,
      status: 'PARTIALLY_CLOSED',
      affectedDeals: [{ dealId, status: 'PARTIALLY_CLOSED' }],
      size: 1,
    });
    const rest = await confirmOf(simulator.close({ ...closingOrder(dealId), size: 2 }));
    expect(rest).toEqual({
      ...plain,
      ...closing,
      status: 'CLOSED',
      affectedDeals: [{ dealId, status: 'FULLY_CLOSED' }],
      size: 2,
    });
    const again = await confirmOf(simulator.close(closingOrder(dealId)));
    expect(again).toEqual({
      ...refused,
      epic: null,
      direction: 'SELL',
      dealReference: fresh,
      reason: 'POSITION_NOT_AVAILABLE_TO_CLOSE',
    });

    const { dealId: netted } = await confirmOf(simulator.open());
    const reversed = await confirmOf(
      simulator.open({ direction: 'SELL', size: 3, forceOpen: false, dealReference: 'over' }),
    );
    expect(reversed).toEqual({
      ...plain,
      ...closing,
      dealReference: 'over',
      status: 'OPEN',
      dealId: reversed.dealId,
      size: 2,
      affectedDeals: [
        { dealId: netted, status: 'FULLY_CLOSED' },
        { dealId: reversed.dealId, status: 'OPENED' },
      ],
    });
    const gone = await confirmOf(simulator.open({ size: 2, forceOpen: false }));
    expect(gone).toEqual({
      ...plain,
      ...closing,
      direction: 'BUY',
      status: 'CLOSED',
      dealId: reversed.dealId,
      affectedDeals: [{ dealId: reversed.dealId, status: 'FULLY_CLOSED' }],
      size: 2,
    });
  });

  test('orders: opened, amended, deleted, refused; what is attached is told as distances', async () => {
    const path = (dealId: string) => `/workingorders/otc/${dealId}`;
    const open = await confirmOf(
      simulator.send('POST', '/workingorders/otc', {
        ...restingOrder,
        size: 2,
        stopLevel: 0.99,
        limitDistance: 50,
        dealReference: 'resting',
      }),
    );
    const { dealId } = open;
    expect(open).toEqual({
      ...plain,
      status: 'OPEN',
      dealReference: 'resting',
      dealId: anId,
      affectedDeals: [{ dealId, status: 'OPENED' }],
      level: 1,
      size: 2,
      stopDistance: 100,
      limitDistance: 50,
    });
    const own = { dealReference: 'resting', dealId, size: 2 };
    expect(
      await confirmOf(
        simulator.send('PUT', path(dealId), { level: 1.01, stopLevel: 1.005, guaranteedStop: true }),
      ),
    ).toEqual({
      ...plain,
      ...own,
      status: 'AMENDED',
      affectedDeals: [{ dealId, status: 'AMENDED' }],
      level: 1.01,
      stopDistance: 50,
      guaranteedStop: true,
    });
    expect(await confirmOf(simulator.send('PUT', path(dealId), { level: 1.5 }))).toEqual({
      ...refused,
      dealReference: 'resting',
      reason: 'ATTACHED_ORDER_LEVEL_ERROR',
    });
    expect(await confirmOf(simulator.send('DELETE', path(dealId)))).toEqual({
      ...plain,
      ...own,
      status: 'DELETED',
      affectedDeals: [{ dealId, status: 'DELETED' }],
      level: 1.01,
      stopDistance: 50,
      guaranteedStop: true,
    });
    expect(await confirmOf(simulator.send('DELETE', path(dealId)))).toEqual({
      ...refused,
      epic: null,
      dealReference: fresh,
      reason: 'ORDER_NOT_FOUND',
    });
    expect(
      await confirmOf(
        simulator.send('POST', '/workingorders/otc', { ...restingOrder, level: 1.5, dealReference: 'high' }),
      ),
    ).toEqual({ ...refused, dealReference: 'high', reason: 'ATTACHED_ORDER_LEVEL_ERROR' });
  });
});

test.each<['open' | 'close' | 'amend' | 'order' | 'cancel', () => Promise<Reply>]>([
  ['open', () => simulator.open()],
  ['close', () => simulator.close(closingOrder('NONE'))],
  ['amend', () => simulator.send('PUT', '/positions/otc/NONE', {})],
  ['order', () => simulator.send('POST', '/workingorders/otc', restingOrder)],
  ['amend', () => simulator.send('PUT', '/workingorders/otc/NONE', { level: 1 })],
  ['cancel', () => simulator.send('DELETE', '/working-orders/otc/NONE')],
])('faults know a request as what it is: %s', async (kind, request) => {
  const others = (['open', 'close', 'amend', 'order', 'cancel', 'read'] as const).filter(
    (each) => each !== kind,
  );
  simulator.setFaults([{ name: '5xx-before', on: others }]);
  expect((await request()).status).toBe(200);
  simulator.setFaults([{ name: '5xx-before', on: [kind] }]);
  expect((await request()).status).toBe(500);
  simulator.setFaults([]);
});

test('the repeat-dealing window holds the sizes dealt in the last half minute, by market, currency and direction', async () => {
  clock.advance(60_000);
  const window = async (query = '') => (await simulator.read(`/repeat-dealing-window${query}`)).body;
  const now = () => clock.now().getTime();
  expect(await window()).toEqual({ accountId: 'ABC12', requestStartTime: now(), repeatDealingEntryList: [] });
  const firstMs = now();
  const { dealId } = await confirmOf(simulator.open({ size: 3 }));
  await simulator.open({ size: 0.1 }); // refused: nothing was dealt
  clock.advance(10_000);
  const secondMs = now();
  await simulator.close({ ...closingOrder(dealId), size: 2.5 });
  await simulator.open({ epic: 'IX.D.FTSE.IFE.IP', currencyCode: 'GBP' });
  const ftse = {
    instrumentSource: 'E',
    instrumentValue: 'IX.D.FTSE.IFE.IP',
    currencyList: [{ currency: 'GBP', buy: [{ size: 1, expiry: secondMs + 30_000 }], sell: [] }],
  };
  const sold = [{ size: 2.5, expiry: secondMs + 30_000 }];
  const entry = (buy: object[]) => ({
    instrumentSource: 'E',
    instrumentValue: epic,
    currencyList: [{ currency: 'USD', buy, sell: sold }],
  });
  expect((await window()).repeatDealingEntryList).toEqual([
    ftse,
    entry([{ size: 3, expiry: firstMs + 30_000 }]),
  ]);
  expect((await window(`?epic=${epic}`)).repeatDealingEntryList).toEqual([
    entry([{ size: 3, expiry: firstMs + 30_000 }]),
  ]);
  clock.advance(firstMs + 30_000 - now());
  expect((await window()).repeatDealingEntryList).toEqual([ftse, entry([])]);
  expect((await simulator.read('/repeat-deal-window')).body).toEqual(await window());
  clock.advance(10_250);
  expect((await window()).repeatDealingEntryList).toEqual([]);
});
