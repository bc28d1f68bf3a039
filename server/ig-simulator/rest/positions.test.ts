import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import {
  closingOrder,
  marketOrder,
  restingOrder,
  testSimulator,
  type TestSimulator,
} from '../../testing/test-simulator.ts';

const clock = createManualClock();
let simulator: TestSimulator;
beforeAll(async () => {
  simulator = await testSimulator({
    confirmDelayMs: [20, 200],
    clock,
    allowances: { applicationOverall: 1e9, accountOverall: 1e9, accountTrading: 1e9, historicalPoints: 1e9 },
  });
});
afterAll(() => simulator.stop());

const epic = marketOrder.epic;
const positions = async () =>
  (await simulator.read('/positions', 2)).body.positions as {
    position: Record<string, unknown>;
    market: Record<string, unknown>;
  }[];
async function confirmOf(dealReference: string) {
  clock.advance(250);
  return (await simulator.read(`/confirms/${dealReference}`)).body;
}
async function opened(body: object = {}) {
  const confirm = await confirmOf((await simulator.open(body)).body.dealReference);
  expect(confirm).toMatchObject({ dealStatus: 'ACCEPTED' });
  return confirm;
}
const closeAll = async () => {
  for (const { position } of await positions())
    await simulator.close({
      dealId: position.dealId,
      direction: position.direction === 'BUY' ? 'SELL' : 'BUY',
      size: position.size,
      orderType: 'MARKET',
    });
};

const exclusive = 'validation.mutual-exclusive-value.request';
const oneOf = 'validation.one-selection-required.request';
const absent = 'validation.null-conditional-set-value.request';
const present = 'validation.not-null-conditional.request';
const presentForTrailing = 'validation.not-null-conditional-set-value.request';
const target = 'validation.target-value-conditional-set-value.request';

describe('an open that breaks a rule of the body is refused at once and nothing is decided', () => {
  test.each<[code: string, body: object, version?: number]>([
    ...[
      'epic',
      'expiry',
      'direction',
      'size',
      'orderType',
      'currencyCode',
      'forceOpen',
      'guaranteedStop',
    ].map((field): [string, object] => [`validation.null-not-allowed.request.${field}`, { [field]: null }]),
    ['validation.pattern.invalid.request.epic', { epic: 'a b' }],
    ['validation.pattern.invalid.request.expiry', { expiry: 'sep-26' }],
    ['validation.pattern.invalid.request.expiry', { expiry: '' }],
    ['validation.pattern.invalid.request.currencyCode', { currencyCode: '$.' }],
    ['validation.pattern.invalid.request.dealReference', { dealReference: 'x'.repeat(31) }],
    ['validation.pattern.invalid.request.dealReference', { dealReference: 'a b' }],
    ['invalid.request.dealReference', { dealReference: 5 }],
    ['invalid.request.direction', { direction: 'UP' }],
    ['invalid.request.size', { size: 'one' }],
    ['invalid.request.size', { size: 0 }],
    ['invalid.request.size', { size: -1 }],
    ['invalid.request.size', { size: '1.0000000000001' }],
    ['invalid.request.size', { size: [1] }],
    ['invalid.request.size', { size: '1e999999' }],
    ['invalid.request.orderType', { orderType: 'STOP' }],
    ['invalid.request.forceOpen', { forceOpen: 'yes' }],
    ['invalid.request.level', { level: 'x', orderType: 'LIMIT' }],
    ['invalid.request.level', { level: '', orderType: 'LIMIT' }],
    ['invalid.request.stopLevel', { stopLevel: '' }],
    ['invalid.request.timeInForce', { timeInForce: 'GOOD' }],
    ['invalid.request.trailingStop', { trailingStop: 'maybe' }],
    [absent, { level: 1.17 }],
    [absent, { level: '' }],
    [absent, { quoteId: 'q' }],
    [present, { orderType: 'LIMIT' }],
    [absent, { orderType: 'LIMIT', level: 1.17, quoteId: 'q' }],
    [present, { orderType: 'QUOTE', quoteId: 'q' }],
    [present, { orderType: 'QUOTE', level: 1.17 }],
    ['invalid.request.quoteId', { orderType: 'QUOTE', level: 1.17, quoteId: 'q' }],
    [exclusive, { stopLevel: 1.1, stopDistance: 10 }],
    [exclusive, { limitLevel: 1.3, limitDistance: 10 }],
    [oneOf, { guaranteedStop: true }],
    [exclusive, { guaranteedStop: true, stopLevel: 1.1, stopDistance: 10 }],
    ...['stopLevel', 'stopDistance', 'limitLevel', 'limitDistance'].map((field): [string, object] => [
      target,
      { forceOpen: false, [field]: 20 },
    ]),
    [absent, { trailingStopIncrement: 5 }],
    [absent, { trailingStop: false, trailingStopIncrement: 5 }],
    [absent, { trailingStop: true, stopLevel: 1.1, trailingStopIncrement: 5 }],
    [target, { trailingStop: true, guaranteedStop: true, stopDistance: 20, trailingStopIncrement: 5 }],
    [presentForTrailing, { trailingStop: true, stopDistance: 20 }],
    [presentForTrailing, { trailingStop: true, trailingStopIncrement: 5 }],
    [exclusive, { stopLevel: 1.1, stopDistance: 10 }, 1],
    [oneOf, { guaranteedStop: true }, 1],
    [absent, { level: 1.17 }, 1],
  ])('%s: %j', async (code, body, version) => {
    const before = simulator.snapshot().n;
    const answer = await simulator.open(body, version);
    expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
    expect(simulator.snapshot().n).toBe(before);
  });

  test('an unknown epic is 404; no body, no JSON, no object have their codes', async () => {
    expect(await simulator.open({ epic: 'CS.D.NOTHING.CFD.IP' })).toMatchObject({
      status: 404,
      body: { errorCode: 'error.trading.otc.instrument-not-found' },
    });
    const headers = await simulator.logIn();
    for (const [text, code] of [
      ['', 'validation.null-not-allowed.request'],
      ['null', 'validation.null-not-allowed.request'],
      ['{', 'invalid request'],
      ['7', 'invalid request'],
      ['[]', 'invalid request'],
    ]) {
      expect(
        (await simulator.call('POST', '/positions/otc', { version: 2, headers, text: text! })).body,
      ).toEqual({ errorCode: code });
    }
  });
});

describe('a close that breaks a rule of the body is refused at once', () => {
  test.each<[code: string, body: object]>([
    ...['direction', 'size', 'orderType'].map((field): [string, object] => [
      `validation.null-not-allowed.request.${field}`,
      { [field]: null },
    ]),
    [exclusive, { epic, expiry: '-' }],
    [oneOf, { dealId: null }],
    [present, { dealId: null, epic }],
    [present, { orderType: 'LIMIT' }],
    [absent, { level: 1 }],
    ['validation.pattern.invalid.request.dealId', { dealId: 'x'.repeat(31) }],
    ['invalid.request.dealId', { dealId: 5 }],
    ['invalid.request.timeInForce', { timeInForce: 7 }],
  ])('%s: %j', async (code, body) => {
    const before = simulator.snapshot().n;
    const answer = await simulator.close({ ...closingOrder('DIAAAABNOTHINGX'), ...body });
    expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
    expect(simulator.snapshot().n).toBe(before);
  });

  test('a real DELETE loses its body', async () => {
    const { dealId } = await opened();
    const headers = await simulator.logIn();
    const answer = await simulator.call('DELETE', '/positions/otc', { headers, body: closingOrder(dealId) });
    expect([answer.status, answer.body]).toEqual([400, { errorCode: 'validation.null-not-allowed.request' }]);
    expect((await positions()).map(({ position }) => position.dealId)).toContain(dealId);
    await closeAll();
  });
});

describe('a refusal of the business comes in the confirm, not in the answer', () => {
  test.each<[reason: string, body: object]>([
    ['MINIMUM_ORDER_SIZE_ERROR', { size: 0.5 }],
    ['SIZE_INCREMENT', { size: 1.001 }],
    ['INSUFFICIENT_FUNDS', { size: 100 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopDistance: 1 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: 2 }],
    ['LIMIT_ORDER_WRONG_SIDE_OF_MARKET', { orderType: 'LIMIT', level: 1 }],
    ['INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY', { currencyCode: 'EUR' }],
    ['REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT', { expiry: 'DFB' }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { guaranteedStop: true, stopDistance: 4.9 }],
    [
      'ATTACHED_ORDER_TRAILING_STOP_ERROR',
      { trailingStop: true, stopDistance: 20, trailingStopIncrement: 4 },
    ],
  ])('%s: %j', async (reason, body) => {
    const {
      status,
      body: { dealReference },
    } = await simulator.open(body);
    expect(status).toBe(200);
    expect(await confirmOf(dealReference)).toMatchObject({
      dealStatus: 'REJECTED',
      reason,
      status: null,
      level: null,
      size: null,
      expiry: null,
      affectedDeals: [],
      dealReference,
    });
    expect(await positions()).toEqual([]);
  });

  test('a reference used again is a duplicate or conflicts; with the check off it books again', async () => {
    await opened({ dealReference: 'mine' });
    const again = async (body: object = {}) =>
      (await simulator.open({ dealReference: 'mine', ...body })).body.dealReference;
    expect(await confirmOf(await again())).toMatchObject({ reason: 'DUPLICATE_ORDER_ERROR' });
    expect(await confirmOf(await again({ size: '2' }))).toMatchObject({ reason: 'CONFLICTING_ORDER' });
    simulator.setFaults([{ name: 'duplicate-check-off', count: 1 }]);
    expect(await confirmOf(await again())).toMatchObject({ dealStatus: 'ACCEPTED' });
    expect(simulator.snapshot().accounts['ABC12']!.deals['mine']).toBe(2);
    simulator.setFaults([]);
    await closeAll();
  });

  test('a close of what is not there, of another account and in the wrong direction', async () => {
    const { dealId } = await opened();
    for (const [reason, body] of [
      ['POSITION_NOT_AVAILABLE_TO_CLOSE', { dealId: 'DIAAAABNOTHINGX' }],
      ['POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION', { direction: 'BUY' }],
      ['POSITION_NOT_AVAILABLE_TO_CLOSE', { size: 2 }],
      ['POSITION_NOT_AVAILABLE_TO_CLOSE', { dealId: null, epic, expiry: 'DFB' }],
    ] as const) {
      expect(
        await confirmOf((await simulator.close({ ...closingOrder(dealId), ...body })).body.dealReference),
      ).toMatchObject({ dealStatus: 'REJECTED', reason });
    }
    expect(await positions()).toHaveLength(1);
    await closeAll();
  });
});

describe('a deal over REST', () => {
  test('opens with text or numbers, is confirmed for a minute, read in both versions, closed in parts and by epic', async () => {
    const {
      body: { dealReference },
    } = await simulator.open({
      size: '3.00',
      forceOpen: 'true',
      stopDistance: '20',
      limitDistance: 40.5,
      dealReference: 'my-ref_1',
      timeInForce: null,
      trailingStop: null,
    });
    expect(dealReference).toBe('my-ref_1');
    const confirmed = async () => simulator.read('/confirms/my-ref_1');
    expect(await confirmed()).toMatchObject({
      status: 404,
      body: { errorCode: 'error.confirms.deal-not-found' },
    });
    clock.advance(250);
    const { body: confirm } = await confirmed();
    expect(confirm).toMatchObject({
      dealStatus: 'ACCEPTED',
      status: 'OPEN',
      size: 3,
      direction: 'BUY',
      affectedDeals: [{ dealId: confirm.dealId, status: 'OPENED' }],
      profit: null,
    });
    expect(confirm.channel).toBeUndefined();
    expect([confirm.level - confirm.stopLevel, confirm.limitLevel - confirm.level]).toEqual([
      expect.closeTo(0.002, 6),
      expect.closeTo(0.00405, 6),
    ]);
    clock.advance(61_000);
    expect((await confirmed()).status).toBe(404);

    const [{ position, market }] = (await positions()) as [any];
    expect(position).toMatchObject({
      dealId: confirm.dealId,
      dealReference,
      size: 3,
      level: confirm.level,
      direction: 'BUY',
      currency: 'USD',
      contractSize: 10_000,
      createdDateUTC: expect.stringMatching(/^2026-01-05T/),
      stopLevel: confirm.stopLevel,
    });
    expect(market).toMatchObject({
      epic,
      instrumentName: 'EUR/USD Mini',
      expiry: '-',
      bid: expect.any(Number),
      offer: expect.any(Number),
      lotSize: 1,
      marketStatus: 'TRADEABLE',
      scalingFactor: 10_000,
      updateTimeUTC: expect.any(String),
    });
    expect((await simulator.read(`/positions/${confirm.dealId}`, 2)).body).toEqual({ position, market });
    const { body: v1 } = await simulator.read(`/positions/${confirm.dealId}`);
    expect(v1.position).toMatchObject({ dealSize: 3, openLevel: confirm.level });
    expect([
      v1.position.dealReference,
      v1.position.size,
      v1.position.level,
      v1.position.createdDateUTC,
      v1.market.updateTimeUTC,
    ]).toEqual(Array(5).fill(undefined));
    expect(await simulator.read('/positions/DIAAAABNOTHINGX', 2)).toMatchObject({
      status: 404,
      body: { errorCode: 'error.position.notfound' },
    });
    const other = (
      await simulator.call('PUT', '/session', {
        headers: await simulator.logIn(),
        body: { accountId: 'XYZ99' },
      })
    ).headers;
    const theirs = { CST: other.get('cst')!, 'X-SECURITY-TOKEN': other.get('x-security-token')! };
    expect(
      (await simulator.call('GET', `/positions/${confirm.dealId}`, { version: 2, headers: theirs })).status,
    ).toBe(404);
    expect((await simulator.call('GET', '/positions', { version: 2, headers: theirs })).body).toEqual({
      positions: [],
    });

    const part = await confirmOf(
      (await simulator.close({ ...closingOrder(confirm.dealId), size: '1', expiry: null })).body
        .dealReference,
    );
    expect(part).toMatchObject({
      status: 'PARTIALLY_CLOSED',
      dealId: confirm.dealId,
      direction: 'SELL',
      size: 1,
      profitCurrency: 'GBP',
      affectedDeals: [{ dealId: confirm.dealId, status: 'PARTIALLY_CLOSED' }],
    });
    const rest = await confirmOf(
      (await simulator.close({ epic, expiry: '-', direction: 'SELL', size: 2, orderType: 'MARKET' })).body
        .dealReference,
    );
    expect(rest).toMatchObject({
      status: 'CLOSED',
      dealId: confirm.dealId,
      affectedDeals: [{ dealId: confirm.dealId, status: 'FULLY_CLOSED' }],
    });
    expect(await positions()).toEqual([]);
    expect(simulator.snapshot().accounts['ABC12']).toMatchObject({
      deals: { 'my-ref_1': 1 },
      closes: { [confirm.dealId]: { closedSize: '3', count: 2 } },
    });
  });

  test('version 1 opens too, and without forceOpen an opposite deal nets', async () => {
    const first = await confirmOf((await simulator.open({}, 1)).body.dealReference);
    const netted = await confirmOf(
      (await simulator.open({ direction: 'SELL', forceOpen: false })).body.dealReference,
    );
    expect(netted).toMatchObject({ status: 'CLOSED', dealId: first.dealId });
    expect(await positions()).toEqual([]);
  });

  test('moves the figures of its account, and only those of the active one are told', async () => {
    const figures = async () => (await simulator.read('/accounts')).body.accounts;
    const [{ balance: before }] = await figures();
    expect(before).toMatchObject({ deposit: 0, profitLoss: 0, available: before.balance });
    await opened();
    const [{ balance }, second] = await figures();
    expect(second.balance).toBeNull();
    expect(balance.balance).toBe(before.balance);
    expect(balance.deposit).toBeGreaterThan(250);
    expect(balance.available).toBeCloseTo(balance.balance + balance.profitLoss - balance.deposit, 2);
    const { body } = await simulator.call('POST', '/session', {
      version: 2,
      body: { identifier: 'trader', password: 'secret' },
    });
    expect(body.accountInfo).toEqual(balance);
    await closeAll();
  });
});

describe('an amend that breaks a rule of the body is refused at once', () => {
  const trailing = { trailingStop: true, stopLevel: 1.1, trailingStopDistance: 20, trailingStopIncrement: 5 };
  test.each<[code: string, body: object, version?: number]>([
    [presentForTrailing, { guaranteedStop: true }],
    [presentForTrailing, { guaranteedStop: true, limitLevel: 2 }, 1],
    [target, { ...trailing, guaranteedStop: true }],
    [absent, { trailingStopDistance: 20 }],
    [absent, { trailingStopIncrement: 5 }],
    [absent, { trailingStop: 'false', stopLevel: 1.1, trailingStopDistance: 20, trailingStopIncrement: 5 }],
    ...['stopLevel', 'trailingStopDistance', 'trailingStopIncrement'].map((field): [string, object] => [
      presentForTrailing,
      { ...trailing, [field]: null },
    ]),
    ...['stopLevel', 'trailingStopDistance', 'trailingStopIncrement'].map((field): [string, object] => [
      `invalid.request.${field}`,
      { ...trailing, [field]: '' },
    ]),
    ['invalid.request.limitLevel', { limitLevel: 'high' }],
    ['invalid.request.limitLevel', { limitLevel: '' }, 1],
    ['invalid.request.guaranteedStop', { guaranteedStop: 'maybe' }],
    ['invalid.request.trailingStop', { trailingStop: 1 }],
  ])('%s: %j', async (code, body, version = 2) => {
    const before = simulator.snapshot().n;
    const answer = await simulator.send('PUT', '/positions/otc/DIAAAABNOTHINGX', body, version);
    expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
    expect(simulator.snapshot().n).toBe(before);
  });

  test('a dealId of more than thirty characters, and a body that is none', async () => {
    expect((await simulator.send('PUT', `/positions/otc/${'x'.repeat(31)}`, {})).body).toEqual({
      errorCode: 'validation.pattern.invalid.request.dealId',
    });
    expect((await simulator.send('PUT', '/positions/otc/DIAAAABNOTHINGX')).body).toEqual({
      errorCode: 'validation.null-not-allowed.request',
    });
  });
});

describe('an amend', () => {
  const amend = async (dealId: string, body: object, version = 2) =>
    (await simulator.send('PUT', `/positions/otc/${dealId}`, body, version)).body.dealReference as string;
  const held = async () => (await positions())[0]!.position;

  test('is the whole new state, bears the original reference, and version 1 takes a trailing stop off', async () => {
    const { dealId, dealReference, level } = await opened({ stopDistance: 30, dealReference: 'amended' });
    const [stopLevel, limitLevel] = [(level - 0.004).toFixed(5), (level + 0.004).toFixed(5)];
    expect(await amend(dealId, { stopLevel, limitLevel })).toBe(dealReference);
    expect(await confirmOf('amended')).toMatchObject({
      dealStatus: 'ACCEPTED',
      status: 'AMENDED',
      dealId,
      stopLevel: Number(stopLevel),
      limitLevel: Number(limitLevel),
      trailingStop: false,
    });
    expect(await held()).toMatchObject({
      stopLevel: Number(stopLevel),
      limitLevel: Number(limitLevel),
      size: 1,
      level,
    });
    await amend(dealId, {
      stopLevel,
      trailingStop: true,
      trailingStopDistance: '40',
      trailingStopIncrement: 5,
    });
    expect(await held()).toMatchObject({
      stopLevel: Number(stopLevel),
      limitLevel: null,
      trailingStopDistance: 40,
      trailingStep: 5,
      controlledRisk: false,
    });
    expect((await simulator.read(`/positions/${dealId}`)).body.position).toMatchObject({
      trailingStopDistance: 40,
      trailingStep: 5,
    });
    await amend(dealId, { stopLevel, guaranteedStop: true, trailingStop: true }, 1);
    expect(await held()).toMatchObject({
      stopLevel: Number(stopLevel),
      trailingStopDistance: null,
      trailingStep: null,
      controlledRisk: true,
      limitedRiskPremium: 1.2,
    });
    await amend(dealId, {});
    expect(await held()).toMatchObject({
      stopLevel: null,
      limitLevel: null,
      controlledRisk: false,
      limitedRiskPremium: null,
    });
    await closeAll();
  });

  test('of what is not there is refused under a fresh reference', async () => {
    const reference = await amend('DIAAAABNOTHINGX', { stopLevel: 1.1 });
    expect(reference).toMatch(/^[A-Z0-9]{15}$/);
    expect(await confirmOf(reference)).toMatchObject({
      dealStatus: 'REJECTED',
      reason: 'POSITION_NOT_FOUND',
      epic: null,
      status: null,
      affectedDeals: [],
    });
  });

  test.each<[reason: string, body: object]>([
    ['ATTACHED_ORDER_LEVEL_ERROR', { stopLevel: 2 }],
    ['ATTACHED_ORDER_LEVEL_ERROR', { limitLevel: '1.0' }],
    [
      'ATTACHED_ORDER_TRAILING_STOP_ERROR',
      { trailingStop: true, stopLevel: 1.1, trailingStopDistance: 20, trailingStopIncrement: 4 },
    ],
    [
      'ATTACHED_ORDER_TRAILING_STOP_ERROR',
      { trailingStop: true, stopLevel: 1.1, trailingStopDistance: 1, trailingStopIncrement: 5 },
    ],
    [
      'ATTACHED_ORDER_TRAILING_STOP_ERROR',
      { trailingStop: true, stopLevel: 1.1, trailingStopDistance: -50, trailingStopIncrement: 5 },
    ],
  ])('is refused in the confirm with %s: %j', async (reason, body) => {
    const { dealId, dealReference } = await opened({ stopDistance: 30 });
    const before = await held();
    expect(await amend(dealId, body)).toBe(dealReference);
    expect(await confirmOf(dealReference)).toMatchObject({
      dealStatus: 'REJECTED',
      reason,
      status: null,
      level: null,
    });
    expect(await held()).toEqual(before);
    await closeAll();
  });
});

test('whatever a deal’s body holds, the answer is a reference or IG’s error, and the money adds up', async () => {
  const odd = fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 20 },
    fc.constantFrom<unknown>(null, '', 0, -1, 1e300, '1e99', 'true', true, [], {}, '__proto__'),
    fc.string({ maxLength: 8 }),
    fc.double(),
  );
  const changes = fc.record(
    Object.fromEntries(
      [
        'epic',
        'expiry',
        'direction',
        'size',
        'orderType',
        'currencyCode',
        'forceOpen',
        'guaranteedStop',
        'level',
        'quoteId',
        'stopLevel',
        'stopDistance',
        'limitLevel',
        'limitDistance',
        'trailingStop',
        'trailingStopDistance',
        'trailingStopIncrement',
        'dealReference',
        'dealId',
        'timeInForce',
        'type',
        'goodTillDate',
      ].map((name) => [name, odd]),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      changes,
      fc.constantFrom('open', 'close', 'amend', 'order', 'amendOrder'),
      fc.constantFrom('BUY', 'SELL'),
      fc.boolean(),
      async (changed, kind, direction, forceOpen) => {
        const wanted = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
        const [dealId, orderId] = [
          (await positions()).at(-1)?.position['dealId'],
          (await simulator.read('/workingorders', 2)).body.workingOrders.at(-1)?.workingOrderData.dealId,
        ];
        const { status, body } = await {
          open: () => simulator.open({ direction, forceOpen, ...wanted }),
          close: () =>
            simulator.close({ epic, expiry: '-', direction, size: 1, orderType: 'MARKET', ...wanted }),
          amend: () => simulator.send('PUT', `/positions/otc/${dealId ?? 'DIAAAABNOTHINGX'}`, wanted),
          order: () => simulator.send('POST', '/workingorders/otc', { ...restingOrder, ...wanted }),
          amendOrder: () =>
            simulator.send('PUT', `/workingorders/otc/${orderId ?? 'DIAAAABNOTHINGX'}`, {
              level: 1.01,
              ...wanted,
            }),
        }[kind]();
        if (status === 200) expect(body).toEqual({ dealReference: expect.stringMatching(/^[\w-]{1,30}$/) });
        else expect([status < 500, body]).toEqual([true, { errorCode: expect.any(String) }]);
        clock.advance(300);
        if (status === 200)
          expect((await simulator.read(`/confirms/${body.dealReference}`)).status).toBe(200);
      },
    ),
    { numRuns: 250, seed: 11 },
  );
  const all = (await simulator.read('/history/transactions?from=2026-01-01&pageSize=0', 2)).body.transactions;
  const sum = all.reduce(
    (total: number, { profitAndLoss }: any) =>
      total + Math.round(Number(profitAndLoss.replace('£', '')) * 100),
    0,
  );
  expect(sum).toBe(Math.round(Number(simulator.snapshot().accounts['ABC12']!.cash) * 100));
});
