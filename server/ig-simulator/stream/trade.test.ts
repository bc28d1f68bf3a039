// What both Lightstreamer SDKs hear of deals, on a clock of the test's.
import sdk8 from 'lightstreamer-client-node';
import sdk9 from 'lightstreamer-client-node-9';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { closingOrder, testSimulator } from '../../testing/test-simulator.ts';

type Sdk = typeof sdk9;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const accountNames = ['FUNDS', 'PNL', 'EQUITY', 'MARGIN', 'AVAILABLE_TO_DEAL', 'USED_MARGIN'];

async function world({ LightstreamerClient, Subscription }: Sdk) {
  const clock = createManualClock();
  const simulator = await testSimulator({ clock });
  cleanups.push(() => simulator.stop());
  const tokens = await simulator.logIn();
  const client = new LightstreamerClient(simulator.baseUrl.replace('/gateway/deal', ''), undefined as unknown as string);
  client.connectionDetails.setUser('ABC12');
  client.connectionDetails.setPassword(`CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`);
  cleanups.push(() => client.disconnect());
  const updates: Record<string, (string | null)[][]> = {};
  for (const [mode, item, fields] of [['DISTINCT', 'TRADE:ABC12', ['CONFIRMS', 'OPU', 'WOU']], ['MERGE', 'ACCOUNT:ABC12', accountNames]] as const) {
    const subscription = new Subscription(mode, [item], [...fields]);
    subscription.setRequestedSnapshot('yes');
    const heard: (string | null)[][] = (updates[mode] = []);
    subscription.addListener({ onItemUpdate: (update: { getValue(name: string): string | null }) => void heard.push(fields.map((field) => update.getValue(field))) } as never);
    client.subscribe(subscription);
  }
  client.connect();
  const trade = updates['DISTINCT']!;
  const account = updates['MERGE']!;
  await until(() => expect([account.length, simulator.stats().items]).toEqual([1, 2]));
  /** Trade messages in the order heard; each update fills one field. */
  const messages = () => trade.map((values) => {
    expect(values.filter((value) => value !== null)).toHaveLength(1);
    return { field: values[0] === null ? 'OPU' : 'CONFIRMS', ...JSON.parse((values[0] ?? values[1])!) };
  });
  /** Deals, lets the messages come, and returns those of this deal. */
  async function heardOf(deal: Promise<{ body: { dealReference: string } }>, count = 2) {
    const before = trade.length;
    const { body: { dealReference } } = await deal;
    clock.advance(300);
    await until(() => expect(trade.length).toBe(before + count));
    return { dealReference, heard: messages().slice(before) };
  }
  return { clock, simulator, trade, account, messages, heardOf };
}

describe.each<[string, Sdk]>([['8.0.5', sdk8 as unknown as Sdk], ['9.2.2', sdk9]])('SDK %s', (_version, sdk) => {
  test('an open, a part and the rest of a close come as one CONFIRMS and one OPU each', async () => {
    const { simulator, heardOf } = await world(sdk);
    const by = (heard: any[], field: string) => heard.find((message) => message.field === field);
    const open = await heardOf(simulator.open({ size: 3, stopDistance: 50 }));
    const confirm = by(open.heard, 'CONFIRMS');
    const { dealId, level, stopLevel } = confirm;
    expect(confirm).toMatchObject({ dealReference: open.dealReference, dealStatus: 'ACCEPTED', status: 'OPEN', channel: 'PublicRestOTC', affectedDeals: [{ dealId, status: 'OPENED' }] });
    expect(by(open.heard, 'OPU')).toMatchObject({ dealReference: open.dealReference, dealId, dealIdOrigin: dealId, status: 'OPEN', level, stopLevel, size: 3, direction: 'BUY' });
    const { field: _, channel: __, ...asRead } = confirm;
    expect((await simulator.read(`/confirms/${open.dealReference}`)).body).toEqual(asRead);

    const part = await heardOf(simulator.close(closingOrder(dealId)));
    expect(part.dealReference).not.toBe(open.dealReference);
    expect(by(part.heard, 'CONFIRMS')).toMatchObject({ dealReference: part.dealReference, dealId, status: 'PARTIALLY_CLOSED', direction: 'SELL' });
    expect(by(part.heard, 'OPU')).toMatchObject({ dealReference: open.dealReference, dealId, status: 'UPDATED', size: 2, level, direction: 'BUY' });
    const rest = await heardOf(simulator.close({ ...closingOrder(dealId), size: 2 }));
    expect(by(rest.heard, 'CONFIRMS')).toMatchObject({ dealId, status: 'CLOSED', profitCurrency: 'GBP' });
    expect(by(rest.heard, 'OPU')).toMatchObject({ dealReference: open.dealReference, dealId, status: 'DELETED', size: 0 });
    const refused = await heardOf(simulator.open({ size: 0.1 }), 1);
    expect(refused.heard).toMatchObject([{ field: 'CONFIRMS', dealStatus: 'REJECTED', reason: 'MINIMUM_ORDER_SIZE_ERROR', status: null }]);
  });

  test('CONFIRMS and OPU come in either order; OPUs of an account never overtake each other', async () => {
    const { clock, simulator, heardOf, messages, trade } = await world(sdk);
    const orders = new Set<string>();
    for (let i = 0; i < 12; i++) orders.add((await heardOf(simulator.open())).heard.map(({ field }) => field).join());
    expect(orders).toEqual(new Set(['CONFIRMS,OPU', 'OPU,CONFIRMS']));
    const before = trade.length;
    const opened = await Promise.all(Array.from({ length: 8 }, () => simulator.open()));
    clock.advance(300);
    await until(() => expect(trade.length).toBe(before + 16));
    const { positions } = (await simulator.read('/positions', 2)).body;
    const booked = positions.slice(-8).map(({ position }: any) => position.dealId);
    expect(messages().slice(before).filter(({ field }) => field === 'OPU').map(({ dealId }) => dealId)).toEqual(booked);
    expect(new Set(messages().slice(before).map(({ dealReference }) => dealReference))).toEqual(new Set(opened.map(({ body }) => body.dealReference)));
  });

  test('a limit or stop that is hit is an OPU without a confirm, though nobody watches the price', async () => {
    const { clock, simulator, heardOf, messages, trade } = await world(sdk);
    const { heard } = await heardOf(simulator.open({ stopDistance: 2, limitDistance: 2 }));
    for (let i = 0; i < 100 && simulator.snapshot().accounts['ABC12']!.positions.length > 0; i++) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(trade.length).toBe(3));
    expect(messages()[2]).toMatchObject({ field: 'OPU', status: 'DELETED', size: 0, dealReference: heard[0].dealReference });
    const { activities } = (await simulator.read('/history/activity?from=2026-01-05&detailed=true', 3)).body;
    expect(activities[0]).toMatchObject({ channel: 'SYSTEM', details: { actions: [{ actionType: 'POSITION_CLOSED' }] } });
  });

  test('ACCOUNT moves at once with a deal, with prices at most once a second, and its figures agree', async () => {
    const { clock, simulator, account, heardOf } = await world(sdk);
    const agree = () => {
      for (const values of account) {
        const [funds, pnl, equity, margin, available, used] = values.map(Number) as [number, number, number, number, number, number];
        expect([equity, available, used]).toEqual([expect.closeTo(funds + pnl, 2), expect.closeTo(equity - margin, 2), margin]);
      }
    };
    expect(account[0]).toEqual(['10000.00', '0.00', '10000.00', '0.00', '10000.00', '0.00']);
    clock.advance(60_000); // nothing is held: no price counts
    const { heard } = await heardOf(simulator.open({ size: 10 }));
    await until(() => expect(Number(account[1]![3])).toBeGreaterThan(2_000));
    const before = account.length;
    for (let i = 0; i < 100; i++) clock.advance(100);
    await until(() => expect(account.length).toBeGreaterThan(before + 4));
    await heardOf(simulator.close({ ...closingOrder(heard[0].dealId), size: 10 }));
    await until(() => expect(account.at(-1)![3]).toBe('0.00'));
    expect(account.length).toBeLessThanOrEqual(before + 11);
    agree();
    expect(Number(account.at(-1)![0])).toBe(Number(simulator.snapshot().accounts['ABC12']!.cash));
    const after = account.length;
    clock.advance(60_000);
    await heardOf(simulator.open({ size: 0.1 }), 1);
    expect(account.length).toBe(after);
  });
});

test('while muted nothing is heard, and what was missed is not repeated', async () => {
  const { clock, simulator, heardOf, trade } = await world(sdk9);
  simulator.setFaults([{ name: 'mute' }]);
  await simulator.open();
  clock.advance(300);
  simulator.setFaults([]);
  const { dealReference, heard } = await heardOf(simulator.open());
  expect(new Set(heard.map((message) => message.dealReference))).toEqual(new Set([dealReference]));
  expect(trade).toHaveLength(2);
});
