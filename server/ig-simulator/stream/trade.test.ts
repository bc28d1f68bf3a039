// What both Lightstreamer SDKs hear of deals, on a clock of the test's.
import { describe, expect, test } from 'vitest';
import { connect, sdks, until, watch, world, type Sdk } from '../../testing/stream-sdk.ts';
import { closingOrder, restingOrder } from '../../testing/test-simulator.ts';

const accountNames = ['FUNDS', 'PNL', 'EQUITY', 'MARGIN', 'AVAILABLE_TO_DEAL', 'USED_MARGIN'];

async function dealer(sdk: Sdk) {
  const { clock, simulator, password, address } = await world();
  const { client } = connect(sdk, address, { password });
  const trades = watch(sdk, client, ['TRADE:ABC12'], ['CONFIRMS', 'OPU', 'WOU'], {
    mode: 'DISTINCT',
    adapter: null,
  }).updates;
  const accounts = watch(sdk, client, ['ACCOUNT:ABC12'], accountNames, { adapter: null }).updates;
  await until(() => expect([accounts.length, simulator.stats().items]).toEqual([1, 2]));
  /** Trade messages in the order heard; each update fills one field. */
  const messages = () =>
    trades.map(({ values }) => {
      expect(values.filter((value) => value !== null)).toHaveLength(1);
      const i = values.findIndex((value) => value !== null);
      return { field: ['CONFIRMS', 'OPU', 'WOU'][i]!, ...JSON.parse(values[i]!) };
    });
  /** Deals, lets the messages come, and returns those of this deal. */
  async function heardOf(deal: Promise<{ body: { dealReference: string } }>, count = 2) {
    const before = trades.length;
    const {
      body: { dealReference },
    } = await deal;
    clock.advance(300);
    await until(() => expect(trades.length).toBe(before + count));
    return { dealReference, heard: messages().slice(before) };
  }
  /** Lets the market move until `count` messages more have come, a quarter of a minute at a time. */
  async function heardNext(count: number) {
    const before = trades.length;
    for (let i = 0; i < 2_000 && trades.length < before + count; i++) {
      clock.advance(15_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(trades.length).toBeGreaterThanOrEqual(before + count));
    return messages().slice(before);
  }
  return { clock, simulator, trades, accounts, messages, heardOf, heardNext };
}

describe.each(sdks)('SDK %s', (_version, sdk) => {
  test('an open, a part and the rest of a close come as one CONFIRMS and one OPU each', async () => {
    const { simulator, heardOf } = await dealer(sdk);
    const by = (heard: any[], field: string) => heard.find((message) => message.field === field);
    const open = await heardOf(simulator.open({ size: 3, stopDistance: 50 }));
    const confirm = by(open.heard, 'CONFIRMS');
    const { dealId, level, stopLevel } = confirm;
    expect(confirm).toMatchObject({
      dealReference: open.dealReference,
      dealStatus: 'ACCEPTED',
      status: 'OPEN',
      channel: 'PublicRestOTC',
      affectedDeals: [{ dealId, status: 'OPENED' }],
    });
    expect(by(open.heard, 'OPU')).toMatchObject({
      dealReference: open.dealReference,
      dealId,
      dealIdOrigin: dealId,
      status: 'OPEN',
      level,
      stopLevel,
      size: 3,
      direction: 'BUY',
    });
    const { field: _, channel: __, ...asRead } = confirm;
    expect((await simulator.read(`/confirms/${open.dealReference}`)).body).toEqual(asRead);

    const part = await heardOf(simulator.close(closingOrder(dealId)));
    expect(part.dealReference).not.toBe(open.dealReference);
    expect(by(part.heard, 'CONFIRMS')).toMatchObject({
      dealReference: part.dealReference,
      dealId,
      status: 'PARTIALLY_CLOSED',
      direction: 'SELL',
    });
    expect(by(part.heard, 'OPU')).toMatchObject({
      dealReference: open.dealReference,
      dealId,
      status: 'UPDATED',
      size: 2,
      level,
      direction: 'BUY',
    });
    const rest = await heardOf(simulator.close({ ...closingOrder(dealId), size: 2 }));
    expect(by(rest.heard, 'CONFIRMS')).toMatchObject({ dealId, status: 'CLOSED', profitCurrency: 'GBP' });
    expect(by(rest.heard, 'OPU')).toMatchObject({
      dealReference: open.dealReference,
      dealId,
      status: 'DELETED',
      size: 0,
    });
    const refused = await heardOf(simulator.open({ size: 0.1 }), 1);
    expect(refused.heard).toMatchObject([
      { field: 'CONFIRMS', dealStatus: 'REJECTED', reason: 'MINIMUM_ORDER_SIZE_ERROR', status: null },
    ]);
  });

  test('CONFIRMS and OPU come in either order; OPUs of an account never overtake each other', async () => {
    const { clock, simulator, heardOf, messages, trades } = await dealer(sdk);
    const orders = new Set<string>();
    for (let i = 0; i < 12; i++)
      orders.add((await heardOf(simulator.open())).heard.map(({ field }) => field).join());
    expect(orders).toEqual(new Set(['CONFIRMS,OPU', 'OPU,CONFIRMS']));
    const before = trades.length;
    const opened = await Promise.all(Array.from({ length: 8 }, () => simulator.open()));
    clock.advance(300);
    await until(() => expect(trades.length).toBe(before + 16));
    const { positions } = (await simulator.read('/positions', 2)).body;
    const booked = positions.slice(-8).map(({ position }: any) => position.dealId);
    expect(
      messages()
        .slice(before)
        .filter(({ field }) => field === 'OPU')
        .map(({ dealId }) => dealId),
    ).toEqual(booked);
    expect(
      new Set(
        messages()
          .slice(before)
          .map(({ dealReference }) => dealReference),
      ),
    ).toEqual(new Set(opened.map(({ body }) => body.dealReference)));
  });

  test('a limit or stop that is hit is an OPU without a confirm, though nobody watches the price', async () => {
    const { clock, simulator, heardOf, messages, trades } = await dealer(sdk);
    const { heard } = await heardOf(simulator.open({ stopDistance: 2, limitDistance: 2 }));
    for (let i = 0; i < 100 && simulator.snapshot().accounts['ABC12']!.positions.length > 0; i++) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(trades.length).toBe(3));
    expect(messages()[2]).toMatchObject({
      field: 'OPU',
      status: 'DELETED',
      size: 0,
      dealReference: heard[0].dealReference,
    });
    const { activities } = (await simulator.read('/history/activity?from=2026-01-05&detailed=true', 3)).body;
    expect(activities[0]).toMatchObject({
      channel: 'SYSTEM',
      details: { actions: [{ actionType: 'POSITION_CLOSED' }] },
    });
  });

  test('an order comes, changes and goes as one CONFIRMS and one WOU each, all under its own id and reference', async () => {
    const { simulator, heardOf } = await dealer(sdk);
    const place = (body: object = {}) =>
      simulator.send('POST', '/workingorders/otc', { ...restingOrder, dealReference: 'resting', ...body });
    const opened = await heardOf(
      place({
        size: 2,
        stopDistance: 50,
        timeInForce: 'GOOD_TILL_DATE',
        goodTillDate: '2026/01/06 10:00:00',
      }),
    );
    const [confirm, wou] = ['CONFIRMS', 'WOU'].map((field) =>
      opened.heard.find((message) => message.field === field),
    );
    const { dealId } = confirm;
    expect(confirm).toMatchObject({
      dealStatus: 'ACCEPTED',
      status: 'OPEN',
      dealReference: 'resting',
      affectedDeals: [{ dealId, status: 'OPENED' }],
      stopDistance: 50,
      stopLevel: null,
    });
    const order = {
      field: 'WOU',
      dealReference: 'resting',
      dealId,
      direction: 'BUY',
      epic: restingOrder.epic,
      dealStatus: 'ACCEPTED',
      size: 2,
      timestamp: expect.stringMatching(/^2026-01-05T09:/),
      channel: 'PublicRestOTC',
      expiry: '-',
      currency: 'USD',
      limitDistance: null,
      guaranteedStop: false,
      orderType: 'LIMIT',
    };
    expect(wou).toEqual({
      ...order,
      status: 'OPEN',
      level: 1,
      stopDistance: 50,
      timeInForce: 'GOOD_TILL_DATE',
      goodTillDate: '2026-01-06T10:00:00',
    });
    const amended = await heardOf(
      simulator.send('PUT', `/workingorders/otc/${dealId}`, {
        level: 1.01,
        timeInForce: 'GOOD_TILL_CANCELLED',
      }),
    );
    const after = {
      ...order,
      level: 1.01,
      stopDistance: null,
      timeInForce: 'GOOD_TILL_CANCELLED',
      goodTillDate: null,
    };
    expect(amended.heard).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'CONFIRMS', status: 'AMENDED', dealReference: 'resting', dealId }),
        { ...after, status: 'UPDATED' },
      ]),
    );
    const deleted = await heardOf(simulator.send('DELETE', `/workingorders/otc/${dealId}`));
    expect(deleted.heard).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'CONFIRMS', status: 'DELETED', dealReference: 'resting', dealId }),
        { ...after, status: 'DELETED' },
      ]),
    );
    const refused = await heardOf(place({ level: 1.5, dealReference: 'high' }), 1);
    expect(refused.heard).toMatchObject([
      { field: 'CONFIRMS', dealStatus: 'REJECTED', reason: 'ATTACHED_ORDER_LEVEL_ERROR' },
    ]);
  });

  test('an order that is reached is WOU DELETED and then OPU OPEN of the same id, reference and instant; one whose date comes is WOU DELETED; neither has a confirm', async () => {
    const { simulator, heardOf, heardNext } = await dealer(sdk);
    const {
      heard: [first],
    } = await heardOf(
      simulator.send('POST', '/workingorders/otc', {
        ...restingOrder,
        timeInForce: 'GOOD_TILL_DATE',
        goodTillDate: '2026/01/05 09:10:00',
      }),
    );
    expect(await heardNext(1)).toMatchObject([
      {
        field: 'WOU',
        status: 'DELETED',
        dealStatus: 'ACCEPTED',
        dealId: first.dealId,
        dealReference: first.dealReference,
        timestamp: '2026-01-05T09:10:00.000',
      },
    ]);
    const { offer } = (await simulator.read(`/markets/${restingOrder.epic}`, 3)).body.snapshot;
    const { dealReference, heard } = await heardOf(
      simulator.send('POST', '/workingorders/otc', {
        ...restingOrder,
        level: (offer - 0.0003).toFixed(5),
        stopDistance: 300,
      }),
    );
    const same = { dealId: heard[0].dealId, dealReference, dealStatus: 'ACCEPTED' };
    const [wou, opu, ...more] = await heardNext(2);
    expect([wou, opu]).toMatchObject([
      { field: 'WOU', status: 'DELETED', channel: 'PublicRestOTC', ...same },
      {
        field: 'OPU',
        status: 'OPEN',
        channel: 'OSAutoStopFill',
        timestamp: wou.timestamp,
        dealIdOrigin: same.dealId,
        ...same,
      },
    ]);
    expect([more, opu.level <= wou.level, opu.level - opu.stopLevel]).toEqual([
      [],
      true,
      expect.closeTo(0.03, 8),
    ]);
  });

  test('an amend is CONFIRMS and OPU UPDATED; a trailing stop that moves is an OPU UPDATED per look, always further, and no confirm', async () => {
    const { simulator, heardOf, heardNext } = await dealer(sdk);
    const {
      heard: [{ dealId, level }],
      dealReference,
    } = await heardOf(simulator.open());
    const stopLevel = Number((level - 0.003).toFixed(5));
    const { heard } = await heardOf(
      simulator.send('PUT', `/positions/otc/${dealId}`, {
        stopLevel,
        trailingStop: true,
        trailingStopDistance: 2,
        trailingStopIncrement: 5,
      }),
    );
    expect(heard).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          field: 'CONFIRMS',
          status: 'AMENDED',
          trailingStop: true,
          stopLevel,
          dealReference,
          affectedDeals: [{ dealId, status: 'AMENDED' }],
        }),
        expect.objectContaining({
          field: 'OPU',
          status: 'UPDATED',
          stopLevel,
          dealReference,
          dealId,
          size: 1,
          level,
        }),
      ]),
    );
    const steps: any[] = [];
    while (steps.at(-1)?.status !== 'DELETED') steps.push(...(await heardNext(1)));
    expect(new Set(steps.map(({ field, dealReference: named }) => `${field} ${named}`))).toEqual(
      new Set([`OPU ${dealReference}`]),
    );
    const moved = steps.slice(0, -1);
    expect(moved.length).toBeGreaterThan(0);
    let before = stopLevel;
    for (const step of moved) {
      expect([
        step.status,
        step.size,
        step.level,
        step.stopLevel > before,
        Math.round((step.stopLevel - stopLevel) * 100_000) % 50,
      ]).toEqual(['UPDATED', 1, level, true, 0]);
      before = step.stopLevel;
    }
    expect(steps.at(-1)).toMatchObject({ size: 0, stopLevel: before });
  });

  test('ACCOUNT moves at once with a deal, with prices at most once a second, and its figures agree', async () => {
    const { clock, simulator, accounts, heardOf } = await dealer(sdk);
    const agree = () => {
      for (const { values } of accounts) {
        const [funds, pnl, equity, margin, available, used] = values.map(Number) as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        expect([equity, available, used]).toEqual([
          expect.closeTo(funds + pnl, 2),
          expect.closeTo(equity - margin, 2),
          margin,
        ]);
      }
    };
    expect(accounts[0]!.values).toEqual(['10000.00', '0.00', '10000.00', '0.00', '10000.00', '0.00']);
    clock.advance(60_000); // nothing is held: no price counts
    const { heard } = await heardOf(simulator.open({ size: 10 }));
    await until(() => expect(Number(accounts[1]!.values[3])).toBeGreaterThan(2_000));
    const before = accounts.length;
    for (let i = 0; i < 100; i++) clock.advance(100);
    await until(() => expect(accounts.length).toBeGreaterThan(before + 4));
    await heardOf(simulator.close({ ...closingOrder(heard[0].dealId), size: 10 }));
    await until(() => expect(accounts.at(-1)!.values[3]).toBe('0.00'));
    expect(accounts.length).toBeLessThanOrEqual(before + 11);
    agree();
    expect(Number(accounts.at(-1)!.values[0])).toBe(Number(simulator.snapshot().accounts['ABC12']!.cash));
    const after = accounts.length;
    clock.advance(60_000);
    await heardOf(simulator.open({ size: 0.1 }), 1);
    expect(accounts.length).toBe(after);
  });
});

test('while muted nothing is heard, and what was missed is not repeated', async () => {
  const { clock, simulator, heardOf, trades } = await dealer(sdks[1]![1]);
  simulator.setFaults([{ name: 'mute' }]);
  await simulator.open();
  clock.advance(300);
  simulator.setFaults([]);
  const { dealReference, heard } = await heardOf(simulator.open());
  expect(new Set(heard.map((message) => message.dealReference))).toEqual(new Set([dealReference]));
  expect(trades).toHaveLength(2);
});
