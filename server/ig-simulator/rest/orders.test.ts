import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { closingOrder, restingOrder, testSimulator } from '../../testing/test-simulator.ts';

const clock = createManualClock();
const simulator = await testSimulator({
  clock,
  allowances: { applicationOverall: 1e9, accountOverall: 1e9, accountTrading: 1e9, historicalPoints: 1e9 },
});
afterAll(() => simulator.stop());

const place = (body: object = {}, version = 2) =>
  simulator.send('POST', '/workingorders/otc', { ...restingOrder, ...body }, version);
const amend = (dealId: string, body: object, version = 2) =>
  simulator.send('PUT', `/workingorders/otc/${dealId}`, body, version);
const cancel = (dealId: string) => simulator.send('DELETE', `/workingorders/otc/${dealId}`);
const orders = async (version = 2) =>
  (await simulator.read('/workingorders', version)).body.workingOrders as {
    workingOrderData: any;
    marketData: any;
  }[];
async function confirmOf({ body: { dealReference } }: { body: { dealReference: string } }) {
  clock.advance(250);
  return (await simulator.read(`/confirms/${dealReference}`)).body;
}
async function placed(body: object = {}) {
  const confirm = await confirmOf(await place(body));
  expect(confirm).toMatchObject({ dealStatus: 'ACCEPTED', status: 'OPEN' });
  return confirm;
}
const cancelAll = async () => {
  for (const { workingOrderData } of await orders()) await cancel(workingOrderData.dealId);
};

const exclusive = 'validation.mutual-exclusive-value.request';
const presentForStop = 'validation.not-null-conditional-set-value.request';
const tillDate = { timeInForce: 'GOOD_TILL_DATE' };

describe('an order that breaks a rule of the body is refused at once and nothing is decided', () => {
  const bad = 'invalid.request.goodTillDate';
  const pattern = 'validation.pattern.invalid.request.goodTillDate';
  test.each<[code: string, body: object, version?: number]>([
    ...[
      'epic',
      'expiry',
      'direction',
      'size',
      'currencyCode',
      'level',
      'type',
      'timeInForce',
      'guaranteedStop',
    ].map((field): [string, object] => [`validation.null-not-allowed.request.${field}`, { [field]: null }]),
    ['validation.pattern.invalid.request.epic', { epic: 'a b' }],
    ['validation.pattern.invalid.request.expiry', { expiry: 'sep-26' }],
    ['validation.pattern.invalid.request.dealReference', { dealReference: 'a b' }],
    ['invalid.request.type', { type: 'MARKET' }],
    ['invalid.request.timeInForce', { timeInForce: 'FILL_OR_KILL' }],
    ['invalid.request.level', { level: '' }],
    ['invalid.request.level', { level: 'x' }],
    ['invalid.request.size', { size: 0 }],
    ['invalid.request.forceOpen', { forceOpen: 'yes' }],
    ['invalid.request.stopDistance', { stopDistance: '' }],
    ['validation.not-null-conditional.request', tillDate],
    ['validation.not-null-conditional.request', tillDate, 1],
    [pattern, { ...tillDate, goodTillDate: '2026-02-01 00:00:00' }],
    [pattern, { ...tillDate, goodTillDate: '' }],
    [pattern, { ...tillDate, goodTillDate: 1.5e15 }],
    [pattern, { goodTillDate: 'never' }],
    [bad, { ...tillDate, goodTillDate: '2026/02/30 00:00:00' }],
    [bad, { ...tillDate, goodTillDate: '2026/02/01 24:30:00' }],
    [bad, { ...tillDate, goodTillDate: true }],
    [exclusive, { stopLevel: 0.9, stopDistance: 50 }],
    [exclusive, { limitLevel: 1.1, limitDistance: 50 }],
    [exclusive, { stopLevel: 0.9, stopDistance: 50 }, 1],
    [presentForStop, { guaranteedStop: true }],
    [presentForStop, { guaranteedStop: true, stopLevel: 0.9 }],
    ['validation.one-selection-required.request', { guaranteedStop: true }, 1],
  ])('%s: %j', async (code, body, version) => {
    const before = simulator.snapshot().n;
    const answer = await place(body, version);
    expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
    expect(simulator.snapshot().n).toBe(before);
  });

  test.each<[code: string, body: object, version?: number]>([
    ['validation.null-not-allowed.request.level', {}],
    ['validation.null-not-allowed.request.level', {}, 1],
    ['invalid.request.level', { level: '' }],
    ['invalid.request.type', { level: 1, type: 'QUOTE' }],
    ['validation.not-null-conditional.request', { level: 1, ...tillDate }],
    [pattern, { level: 1, goodTillDate: 'x' }],
    [exclusive, { level: 1, stopLevel: 0.9, stopDistance: 50 }],
    [exclusive, { level: 1, limitLevel: 1.1, limitDistance: 50 }],
    [presentForStop, { level: 1, guaranteedStop: true }],
    [presentForStop, { level: 1, guaranteedStop: true, stopDistance: 50 }],
  ])('an amend: %s: %j', async (code, body, version) => {
    const before = simulator.snapshot().n;
    const answer = await amend('DIAAAABNOTHINGX', body, version);
    expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
    expect(simulator.snapshot().n).toBe(before);
  });

  test('an unknown epic is 404, a dealId too long 400, and version 1 of a deletion wants a body', async () => {
    expect(await place({ epic: 'CS.D.NOTHING.CFD.IP' })).toMatchObject({
      status: 404,
      body: { errorCode: 'error.trading.otc.instrument-not-found' },
    });
    for (const answer of [await cancel('x'.repeat(31)), await amend('x'.repeat(31), { level: 1 })])
      expect(answer.body).toEqual({ errorCode: 'validation.pattern.invalid.request.dealId' });
    const { dealId } = await placed();
    const path = `/workingorders/otc/${dealId}`;
    expect(await simulator.send('DELETE', path, undefined, 1)).toMatchObject({
      status: 400,
      body: { errorCode: 'validation.null-not-allowed.request' },
    });
    expect(await orders()).toHaveLength(1);
    expect((await simulator.send('DELETE', path, {}, 1)).status).toBe(200);
    expect(await orders()).toEqual([]);
  });
});

describe('a refusal of the business comes in the confirm', () => {
  test.each<[reason: string, body: object]>([
    ['ATTACHED_ORDER_LEVEL_ERROR', { level: 1.5 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { type: 'STOP' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { direction: 'SELL' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopDistance: 1 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { guaranteedStop: true, stopDistance: 4.9 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: 1.1 }],
    ['GOOD_TILL_DATE_IN_THE_PAST', { ...tillDate, goodTillDate: '2025/12/31 23:59:59' }],
    ['GOOD_TILL_DATE_IN_THE_PAST', { ...tillDate, goodTillDate: '1' }],
    ['MINIMUM_ORDER_SIZE_ERROR', { size: 0.1 }],
    ['SIZE_INCREMENT', { size: 1.001 }],
    ['INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY', { currencyCode: 'GBP' }],
    ['REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT', { expiry: 'DFB' }],
  ])('%s: %j', async (reason, body) => {
    expect(await confirmOf(await place(body))).toMatchObject({
      dealStatus: 'REJECTED',
      reason,
      status: null,
      level: null,
      size: null,
      expiry: null,
      affectedDeals: [],
    });
    expect(await orders()).toEqual([]);
  });

  test('an order that is not there can be neither amended nor deleted, and the reference is fresh', async () => {
    for (const answer of [await amend('DIAAAABNOTHINGX', { level: 1 }), await cancel('DIAAAABNOTHINGX')]) {
      expect(answer.body.dealReference).toMatch(/^[A-Z0-9]{15}$/);
      expect(await confirmOf(answer)).toMatchObject({
        dealStatus: 'REJECTED',
        reason: 'ORDER_NOT_FOUND',
        epic: null,
      });
    }
  });
});

test('an order reads field by field in both versions, through both spellings of the path', async () => {
  const { dealId } = await placed({
    size: '2.50',
    level: '1.05000',
    stopDistance: '50',
    limitLevel: 1.1,
    forceOpen: false,
    ...tillDate,
    goodTillDate: '2026/03/01 12:30:45',
  });
  const createdDateUTC = expect.stringMatching(/^2026-01-05T/);
  const createdDate = expect.stringMatching(/^2026\/01\/05 \d\d:\d\d:\d\d:\d{3}$/);
  const [entry] = await orders();
  expect(entry!.workingOrderData).toEqual({
    dealId,
    direction: 'BUY',
    epic: restingOrder.epic,
    orderSize: 2.5,
    orderLevel: 1.05,
    timeInForce: 'GOOD_TILL_DATE',
    goodTillDate: '2026/03/01 12:30',
    goodTillDateISO: '2026-03-01T12:30',
    createdDate,
    createdDateUTC,
    guaranteedStop: false,
    orderType: 'LIMIT',
    stopDistance: 50,
    limitDistance: 500,
    currencyCode: 'USD',
    dma: false,
    limitedRiskPremium: null,
  });
  expect(entry!.marketData).toMatchObject({
    epic: restingOrder.epic,
    exchangeId: 'FX_C_EURUSD_ST',
    instrumentName: 'EUR/USD Mini',
    bid: expect.any(Number),
    lotSize: 1,
    updateTimeUTC: expect.any(String),
  });
  const [old] = await orders(1);
  expect(old!.workingOrderData).toEqual({
    dealId,
    direction: 'BUY',
    epic: restingOrder.epic,
    size: 2.5,
    level: 1.05,
    goodTill: '01/03/26 12:30',
    createdDate,
    controlledRisk: false,
    trailingTriggerIncrement: null,
    trailingTriggerDistance: null,
    trailingStopDistance: null,
    trailingStopIncrement: null,
    requestType: 'LIMIT_ORDER',
    contingentStop: 50,
    contingentLimit: 500,
    currencyCode: 'USD',
    dma: false,
    limitedRiskPremium: null,
  });
  expect('updateTimeUTC' in old!.marketData).toBe(false);
  expect((await simulator.read('/working-orders', 2)).body.workingOrders).toEqual(await orders());
  expect((await simulator.send('DELETE', `/working-orders/otc/${dealId}`)).status).toBe(200);
  const stop = await placed({ type: 'STOP', level: 1.3, guaranteedStop: 'true', stopDistance: 50 });
  expect((await orders())[0]!.workingOrderData).toMatchObject({
    dealId: stop.dealId,
    orderType: 'STOP',
    timeInForce: 'GOOD_TILL_CANCELLED',
    goodTillDate: null,
    goodTillDateISO: null,
    guaranteedStop: true,
    limitedRiskPremium: 1.2,
  });
  expect((await orders(1))[0]!.workingOrderData).toMatchObject({
    requestType: 'STOP_ORDER',
    goodTill: 'GTC',
    controlledRisk: true,
    limitedRiskPremium: 1.2,
  });
  await cancelAll();
});

test('an amend keeps type and date when they are left out, and takes off what is attached', async () => {
  const { dealId, dealReference } = await placed({
    stopDistance: 50,
    dealReference: 'order-1',
    ...tillDate,
    goodTillDate: String(Date.parse('2026-03-01T12:30:45Z')),
  });
  expect((await amend(dealId, { level: '1.01' })).body).toEqual({ dealReference });
  expect((await orders())[0]!.workingOrderData).toMatchObject({
    dealId,
    orderLevel: 1.01,
    orderType: 'LIMIT',
    goodTillDateISO: '2026-03-01T12:30',
    stopDistance: null,
  });
  await amend(
    dealId,
    { level: 1.3, type: 'STOP', timeInForce: 'GOOD_TILL_CANCELLED', guaranteedStop: true, stopLevel: 1.295 },
    1,
  );
  expect((await orders())[0]!.workingOrderData).toMatchObject({
    orderLevel: 1.3,
    orderType: 'STOP',
    goodTillDateISO: null,
    stopDistance: 50,
    guaranteedStop: true,
  });
  await amend(dealId, { level: 1.3, goodTillDate: Date.parse('2026-04-01T00:00:00Z') });
  expect((await orders())[0]!.workingOrderData).toMatchObject({
    goodTillDateISO: '2026-04-01T00:00',
    guaranteedStop: false,
  });
  await cancelAll();
});

test('an order goes on its date by itself, and one that is reached becomes the position of its id', async () => {
  const wait = async (done: () => boolean | Promise<boolean>) => {
    for (let i = 0; i < 2_000 && !(await done()); i++) {
      clock.advance(15_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const goodTill = new Date(clock.now().getTime() + 600_000).toISOString();
  await placed({ ...tillDate, goodTillDate: goodTill.slice(0, 19).replaceAll('-', '/').replace('T', ' ') });
  await wait(async () => (await orders()).length === 0);
  expect(clock.now().getTime() - Date.parse(goodTill)).toBeLessThanOrEqual(15_000);
  expect(clock.now().toISOString() > goodTill).toBe(true);

  const { level: offer, dealId: probe } = await confirmOf(await simulator.open());
  await simulator.close(closingOrder(probe));
  const near = await placed({ level: (offer - 0.0003).toFixed(5), stopDistance: 400, limitDistance: 600 });
  await wait(() => simulator.snapshot().accounts['ABC12']!.positions.length > 0);
  const [{ position }] = (await simulator.read('/positions', 2)).body.positions;
  expect(position).toMatchObject({
    dealId: near.dealId,
    dealReference: near.dealReference,
    size: 1,
    direction: 'BUY',
  });
  expect([position.level - position.stopLevel, position.limitLevel - position.level]).toEqual([
    expect.closeTo(0.04, 6),
    expect.closeTo(0.06, 6),
  ]);
  expect(await orders()).toEqual([]);
});
