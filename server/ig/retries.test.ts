// What is tried again for as long as it fails: ever more rarely up to a longest pause, never two alike, and told while it lasts.
import { expect, test } from 'vitest';
import type { Database } from '../db/client.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import * as build from '../testing/build.ts';
import { createManualClock, type ManualClock } from '../testing/manual-clock.ts';
import { createAccountRunner } from './accounts/runner.ts';
import type { AccountClients } from './accounts/clients.ts';
import { createLeaseRows } from './lease-rows.ts';
import { createLease } from './lease.ts';
import type { LeasedStreams } from './leased-stream.ts';
import { defaultGatewayLimits as limits } from './limits.ts';
import { createFeedRunner } from './prices/runner.ts';
import { createStaleWatch } from './prices/stale-watch.ts';
import { IgError } from './rest/errors.ts';
import { createIgSession } from './rest/session.ts';
import type { Outcome, SessionStore } from './rest/session-store.ts';
import type { SdkSubscription, StreamSdk } from './stream/sdk.ts';
import { createStreamSession } from './stream/session.ts';

const hourMs = 3_600_000;
const turns = async (count = 8) => {
  for (let n = 0; n < count; n++) await Promise.resolve();
};
const pass = async (clock: ManualClock, ms: number, stepMs = 1_000) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await turns();
  }
};
const tokens = { endpoint: 'http://ls', accountId: 'A1', cst: 'cst', securityToken: 'xst' };
const bus = (clock: ManualClock) => createMemoryBus({ logger, clock, limits: defaultLimits });

/** A stream that is held and always up: each restart is a new connection, on which `answer` decides about each subscription. */
function alwaysUp(answer: (item: string, listener: Listener) => void) {
  const seen = { restarts: 0 };
  const streams: LeasedStreams = {
    occurrence: () => ({ holder: 'test', n: 1 }),
    create({ onHeld, onUp, onDown }) {
      const connect = () => {
        const listeners = new Map<SdkSubscription, { item: string; listener: Listener }>();
        onUp({
          accountId: 'A1',
          sdk: {
            createClient: () => expect.unreachable(),
            createSubscription(_mode, [item]) {
              const subscription: SdkSubscription = {
                addListener: (listener) => void listeners.set(subscription, { item: item!, listener }),
                setDataAdapter: () => undefined,
                setRequestedSnapshot: () => undefined,
                setRequestedMaxFrequency: () => undefined,
              };
              return subscription;
            },
          },
          client: {
            ...({} as ReturnType<StreamSdk['createClient']>),
            subscribe(subscription) {
              const { item, listener } = listeners.get(subscription)!;
              answer(item, listener);
            },
            unsubscribe: () => undefined,
          },
        });
      };
      return {
        start() {
          onHeld(1);
          connect();
        },
        epoch: () => 1,
        restart(why) {
          seen.restarts++;
          onDown(why);
          connect();
        },
        close: () => undefined,
        release: async () => undefined,
      };
    },
  };
  return { streams, seen };
}
type Listener = Parameters<SdkSubscription['addListener']>[0];

test('an account whose items IG refuses is connected anew ever more rarely, though one of its items is taken each time', async () => {
  const clock = createManualClock();
  const { streams, seen } = alwaysUp((item, listener) => {
    if (item.startsWith('TRADE')) listener.onSubscription!();
    else listener.onSubscriptionError!(21, 'Invalid group');
  });
  const runner = createAccountRunner({
    account: build.account(),
    clients: { of: async () => Promise.reject(new Error('nobody is asked')) } as unknown as AccountClients,
    streams,
    bus: bus(clock),
    clock,
    logger,
    limits,
    reportHealth: async () => undefined,
  });
  runner.start();
  await pass(clock, hourMs);
  expect(seen.restarts).toBeGreaterThan(10);
  expect(seen.restarts).toBeLessThan(25); // 720, were each 5 s after the last
  expect(runner.status()).toMatchObject({
    state: 'down',
    reason: expect.stringContaining('does not stream'),
  });
  await runner.stop('the test ends');
});

test('a feed that is open and says nothing on every connection is replaced ever more rarely', async () => {
  const clock = createManualClock();
  const { streams, seen } = alwaysUp(() => undefined);
  const runner = createFeedRunner({
    feed: 'simulated',
    fetchTokens: async () => tokens,
    readSnapshots: async () => [],
    taps: [],
    streams,
    bus: bus(clock),
    clock,
    logger,
    limits: { ...limits, interestLapseMs: 10 * hourMs },
  });
  runner.start();
  runner.onInterest({ source: 'api_1', feed: 'simulated', epics: [build.eurusd] });
  await pass(clock, 15_000);
  expect(seen.restarts).toBe(1); // found within 15 s
  await pass(clock, hourMs);
  expect(seen.restarts).toBeGreaterThan(10);
  expect(seen.restarts).toBeLessThan(25); // 257, were each 14 s after the last
  await runner.stop();
});

test('silent markets whose prices cannot be read are asked about ever more rarely, and at the usual pace once they can', async () => {
  const clock = createManualClock();
  let [asked, broken] = [0, true];
  const watch = createStaleWatch({
    async readSnapshots() {
      asked++;
      if (broken) throw new Error('away');
      return [];
    },
    lastOpen: () => ({ bid: '1', offer: '2' }),
    onStale: () => undefined,
    resubscribe: () => undefined,
    clock,
    logger,
    limits,
  });
  watch.heard(build.eurusd, true);
  const within = async (ms: number) => {
    const before = asked;
    for (let passed = 0; passed < ms; passed += 1_000) {
      watch.look();
      await pass(clock, 1_000);
    }
    return asked - before;
  };
  expect(await within(hourMs)).toBeLessThan(25); // 240, were each 15 s after the last
  broken = false;
  await within(2 * limits.bridgeMaxMs);
  expect(await within(60_000)).toBeGreaterThanOrEqual(3);
});

test('who waits for a lease while PostgreSQL is away asks it ever more rarely', async () => {
  const clock = createManualClock();
  let asked = 0;
  const away = { db: { execute: async () => (asked++, Promise.reject(new Error('away'))) } };
  const rows = createLeaseRows({
    database: away as unknown as Database,
    holder: 'one',
    clock,
    logger,
    limits,
  });
  const lease = createLease({
    rows,
    name: 'simulated',
    clock,
    limits,
    onHeld: () => expect.unreachable(),
    onLost: () => expect.unreachable(),
  });
  lease.start();
  await pass(clock, 60_000, 100);
  expect(asked).toBeGreaterThan(10);
  expect(asked).toBeLessThan(20); // 60, were each a second after the last
  await lease.stop();
});

test('a streaming client that IG refuses for what it is tries ever more rarely', async () => {
  const clock = createManualClock();
  let connects = 0;
  const sdk: StreamSdk = {
    createSubscription: () => expect.unreachable(),
    createClient() {
      let onServerError: ((code: number, message: string) => void) | undefined;
      return {
        connectionDetails: { setUser: () => undefined, setPassword: () => undefined },
        connectionOptions: {
          setForcedTransport: () => undefined,
          setSessionRecoveryTimeout: () => undefined,
        },
        addListener: (listener) => void ({ onServerError } = listener),
        connect() {
          connects++;
          onServerError!(65, 'Unsupported protocol version');
        },
        disconnect: () => undefined,
        subscribe: () => undefined,
        unsubscribe: () => undefined,
      };
    },
  };
  const stream = createStreamSession({
    fetchTokens: async () => tokens,
    loadSdk: async () => sdk,
    clock,
    logger,
    onUp: () => expect.unreachable(),
    onDown: () => undefined,
  });
  stream.start();
  await pass(clock, 6 * hourMs, 5_000);
  expect(connects).toBeGreaterThan(20);
  expect(connects).toBeLessThan(60); // 360, were each a minute after the last
  stream.close();
});

test('logins that a broker in maintenance left unanswered at once are not tried again at once', async () => {
  const clock = createManualClock();
  const waits = await Promise.all(
    Array.from({ length: 20 }, async () => {
      let waitMs = 0;
      const row = { outcome: null as Outcome | null, until: null as Date | null, attemptedAt: null };
      const store = {
        read: async () => row,
        locked: (work: (tx: unknown, held: typeof row) => unknown) => work(undefined, row),
        saveAttempt: async () => undefined,
        save: async (_outcome: Outcome, until: Date) =>
          void (waitMs = until.getTime() - clock.now().getTime()),
      } as unknown as SessionStore;
      const login = {
        feed: 'demo',
        environment: 'demo' as const,
        baseUrl: 'http://broker',
        identifier: 'jane',
        password: 'secret',
        apiKey: 'key',
      };
      const unanswered = new IgError({
        environment: 'demo',
        method: 'POST',
        path: '/session',
        status: 503,
        errorCode: 'unreadable',
      });
      const http = () => Promise.reject(unanswered);
      await createIgSession({ login, http, store, clock, logger })
        .current()
        .catch(() => undefined);
      return waitMs;
    }),
  );
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(8_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(12_000);
  expect(new Set(waits).size).toBeGreaterThan(5);
});
