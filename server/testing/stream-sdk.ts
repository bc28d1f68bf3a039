// Both Lightstreamer SDKs on a simulator for one test, whose clock is the test's, so that every tick is known.
import sdk8 from 'lightstreamer-client-node';
import sdk9 from 'lightstreamer-client-node-9';
import { afterEach, expect, vi } from 'vitest';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { SimulatorOptions } from '../ig-simulator/index.ts';
import { testSimulator, type TestSimulator } from './test-simulator.ts';
import { instrumentByEpic } from '../ig-simulator/market/instruments.ts';
import { createMarket } from '../ig-simulator/market/seeded-market.ts';

export const eurusd = 'CS.D.EURUSD.CFD.IP';
export const gold = 'CS.D.CFDGOLD.CFDGC.IP';
export const price = (epic: string) => `PRICE:ABC12:${epic}`;
const epicMarket = createMarket(instrumentByEpic.get(eurusd)!, { seed: 'test', realHours: false });

export const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

export async function world(options: Partial<SimulatorOptions> = {}): Promise<{
  simulator: TestSimulator;
  clock: ManualClock;
  password: string;
  address: string;
}> {
  const clock = createManualClock();
  const simulator = await testSimulator({ ...options, clock });
  cleanups.push(() => simulator.stop());
  const tokens = await simulator.logIn();
  return {
    simulator,
    clock,
    password: `CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`,
    address: simulator.baseUrl.replace('/gateway/deal', ''),
  };
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

export type Sdk = typeof sdk9;
export const sdks: [version: string, sdk: Sdk][] = [
  ['8.0.5', sdk8 as unknown as Sdk],
  ['9.2.2', sdk9],
];

export interface Options {
  password: string;
  user?: string;
  adapterSet?: string;
  transport?: string;
  contentLength?: number;
  /** Whatever else is to be set before it connects. */ prepare?(
    client: InstanceType<Sdk['LightstreamerClient']>,
  ): void;
}

/** A client with what it reports, each as something to wait for. */
export function connect(
  { LightstreamerClient }: Sdk,
  address: string,
  { password, user = 'ABC12', adapterSet, transport, contentLength, prepare }: Options,
) {
  const client = new LightstreamerClient(address, adapterSet as string);
  client.connectionDetails.setUser(user);
  client.connectionDetails.setPassword(password);
  client.connectionOptions.setRetryDelay(200);
  client.connectionOptions.setFirstRetryMaxDelay(1);
  if (transport) client.connectionOptions.setForcedTransport(transport);
  if (contentLength) client.connectionOptions.setContentLength(contentLength);
  prepare?.(client);
  const statuses: string[] = [];
  const errors: number[] = [];
  client.addListener({
    onStatusChange: (status: string) => void statuses.push(status),
    onServerError: (code: number) => void errors.push(code),
  } as never);
  client.connect();
  cleanups.push(() => client.disconnect());
  return {
    client,
    statuses,
    errors,
    error: (code: number) => until(() => expect(errors).toContain(code)),
    /** A stream that is STALLED still is what it was before: on a clock of our own nothing arrives for as long as the machine takes. */
    status: (wanted: RegExp) =>
      until(() => {
        const before = statuses.findLast((each) => each !== 'STALLED');
        expect([client.getStatus(), before]).toContainEqual(expect.stringMatching(wanted));
      }),
  };
}

export interface Watch {
  mode?: string;
  adapter?: string | null;
  snapshot?: string;
  frequency?: string;
}
export function watch(
  { Subscription }: Sdk,
  client: InstanceType<Sdk['LightstreamerClient']>,
  items: string[],
  fields: string[],
  { mode = 'MERGE', adapter = 'Pricing', snapshot = 'yes', frequency }: Watch = {},
) {
  const subscription = new Subscription(mode, items, fields);
  if (adapter) subscription.setDataAdapter(adapter);
  subscription.setRequestedSnapshot(snapshot);
  if (frequency !== undefined) subscription.setRequestedMaxFrequency(frequency as unknown as number);
  const updates: { item: string; snapshot: boolean; values: (string | null)[] }[] = [];
  const seen = {
    subscribed: 0,
    unsubscribed: 0,
    ends: 0,
    errors: [] as number[],
    frequencies: [] as string[],
  };
  subscription.addListener({
    onSubscription: () => void seen.subscribed++,
    onUnsubscription: () => void seen.unsubscribed++,
    onRealMaxFrequency: (granted: string | number | null) => void seen.frequencies.push(String(granted)),
    onEndOfSnapshot: () => void seen.ends++,
    onSubscriptionError: (code: number) => void seen.errors.push(code),
    onItemUpdate: (update: {
      getItemName(): string;
      isSnapshot(): boolean;
      getValue(name: string): string | null;
    }) =>
      void updates.push({
        item: update.getItemName(),
        snapshot: update.isSnapshot(),
        values: fields.map((field) => update.getValue(field)),
      }),
  } as never);
  client.subscribe(subscription);
  return {
    subscription,
    updates,
    seen,
    until,
    subscribed: (n = 1) => until(() => expect(seen.subscribed).toBe(n)),
    count: (n: number) => until(() => expect(updates.length).toBeGreaterThanOrEqual(n)),
  };
}

/** Quotes from the one that holds at `fromMs` to `toMs`, as `quote` shows them. */
export const expected = (fromMs: number, toMs: number) =>
  [epicMarket.lastTick(fromMs)!, ...epicMarket.ticks(fromMs + 1, toMs + 1)].map(({ atMs, bid, offer }) => [
    String(atMs),
    (bid / 1e5).toFixed(5),
    (offer / 1e5).toFixed(5),
  ]);
export const quote = ['TIMESTAMP', 'BIDPRICE1', 'ASKPRICE1'];
