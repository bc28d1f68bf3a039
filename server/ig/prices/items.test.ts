import { expect, test } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { defaultGatewayLimits as limits } from '../limits.ts';
import type { SdkClient, SdkSubscription } from '../stream/sdk.ts';
import { createPriceItems } from './items.ts';

type Listener = Parameters<SdkSubscription['addListener']>[0];

/** In place of the SDK: what was put on the connection, and a way to answer for the venue. */
function arrange() {
  const clock = createManualClock();
  const on = new Map<string, Listener>();
  const everOn: string[] = [];
  const events: string[] = [];
  const named = new Map<SdkSubscription, { item: string; listener?: Listener }>();
  const connection = {
    accountId: 'A1',
    sdk: {
      createClient: () => expect.unreachable(),
      createSubscription(_mode: string, [item]: string[]) {
        const subscription: SdkSubscription = {
          addListener: (listener) => void (named.get(subscription)!.listener = listener),
          setDataAdapter: () => undefined,
          setRequestedSnapshot: () => undefined,
          setRequestedMaxFrequency: () => undefined,
        };
        named.set(subscription, { item: item! });
        return subscription;
      },
    },
    client: {
      subscribe(subscription: SdkSubscription) {
        const { item, listener } = named.get(subscription)!;
        on.set(item.split(':')[2]!, listener!);
        everOn.push(item);
      },
      unsubscribe: (subscription: SdkSubscription) =>
        void on.delete(named.get(subscription)!.item.split(':')[2]!),
    } as SdkClient,
  };
  const items = createPriceItems({
    clock,
    logger: silentLogger,
    limits,
    onPrice: (epic, { BIDPRICE1 }) => events.push(`${epic} ${BIDPRICE1}`),
    onUpdate: () => undefined,
    onDropped: (epic) => events.push(`dropped ${epic}`),
    onRefused: () => undefined,
  });
  const update = (bid: string) => ({
    getItemName: () => '',
    isSnapshot: () => false,
    getValue: (field: string) => (field === 'BIDPRICE1' ? bid : null),
  });
  return { clock, items, connection, on, everOn, events, update };
}
const epics = (count: number) => Array.from({ length: count }, (_, i) => `CS.D.MARKET${i}.IP`);

test('of sixty watched epics the 38 longest watched are streamed and the rest is reported', () => {
  const { items, connection, on } = arrange();
  items.attach(connection);
  const all = epics(60);
  items.want(all);
  expect([...on.keys()]).toEqual(all.slice(0, 38));
  expect(items.status()).toEqual({ streamed: 38, waiting: all.slice(38), unknown: [] });
  expect(items.missing()).toEqual([
    { code: 'no_room', message: expect.stringContaining('38 markets'), epics: all.slice(38) },
  ]);
  items.want(all.slice(1)); // one leaves: the longest waiting gets its place
  expect([...on.keys()]).toEqual(all.slice(1, 39));
});

test.each([[21], [-1]])('an epic refused with %i gives its place up and is tried again later', (code) => {
  const { items, connection, on, everOn, clock } = arrange();
  items.attach(connection);
  const all = epics(39);
  items.want(all);
  on.get(all[0]!)!.onSubscriptionError!(code, 'Invalid group');
  items.want(all);
  expect(items.status()).toEqual({ streamed: 38, waiting: [], unknown: [all[0]] });
  expect(items.missing()).toMatchObject([
    { code: code === 21 ? 'unknown_epic' : 'refused', epics: [all[0]] },
  ]);
  clock.advance(limits.retryRefusedMs * 0.8 - 1);
  items.want(all);
  expect(everOn).toHaveLength(39);
  clock.advance(limits.retryRefusedMs * 0.4 + 1);
  items.want(all);
  expect(everOn.at(-1)).toBe(`PRICE:A1:${all[0]}`);
});

test('an epic that is refused again and again is tried ever more rarely, and soon again once it was streamed', () => {
  const { items, connection, on, everOn, clock, update } = arrange();
  items.attach(connection);
  const [epic] = epics(1) as [string];
  const triesWithin = (ms: number) => {
    const before = everOn.length;
    for (let passed = 0; passed < ms; passed += 10_000) {
      items.want([epic]);
      on.get(epic)?.onSubscriptionError!(21, 'Invalid group');
      clock.advance(10_000);
    }
    return everOn.length - before;
  };
  expect(triesWithin(3_600_000)).toBeLessThan(10); // sixty, were each a minute after the last
  expect(triesWithin(3_600_000)).toBeLessThanOrEqual(5);
  clock.advance(limits.retryRefusedMaxMs * 1.2);
  items.want([epic]);
  on.get(epic)!.onItemUpdate!(update('1'));
  on.get(epic)!.onSubscriptionError!(21, 'Invalid group');
  clock.advance(limits.retryRefusedMs * 1.2);
  const before = everOn.length;
  items.want([epic]);
  expect(everOn.length).toBe(before + 1);
});

test('what arrives after an unsubscription, or from a connection that is gone, is no tick', () => {
  const { items, connection, on, events, update } = arrange();
  items.attach(connection);
  const [one, two] = epics(2) as [string, string];
  items.want([one, two]);
  const [late, older] = [on.get(one)!, on.get(two)!];
  items.want([two]);
  late.onItemUpdate!(update('1'));
  items.detach();
  older.onItemUpdate!(update('2'));
  items.attach(connection);
  older.onItemUpdate!(update('3'));
  on.get(two)!.onItemUpdate!(update('4'));
  expect(events).toEqual([`dropped ${one}`, `${two} 4`]);
});

test('identical updates are ticks each; only the answer to our own asking is not', () => {
  const { items, connection, on, events, update } = arrange();
  items.attach(connection);
  const [epic] = epics(1) as [string];
  items.want([epic]);
  on.get(epic)!.onItemUpdate!(update('1'));
  on.get(epic)!.onItemUpdate!(update('1'));
  items.resubscribe();
  on.get(epic)!.onItemUpdate!(update('1'));
  on.get(epic)!.onItemUpdate!(update('1'));
  expect(events).toEqual([`${epic} 1`, `${epic} 1`, `${epic} 1`]);
});
