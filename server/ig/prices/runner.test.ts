import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silentLogger as logger } from '../../lib/logger.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import type { LeasedStreams } from '../leased-stream.ts';
import { defaultGatewayLimits as limits } from '../limits.ts';
import type { SdkSubscription, SdkUpdate } from '../stream/sdk.ts';
import type { StreamConnection } from '../stream/session.ts';
import { createFeedRunner } from './runner.ts';

const epic = 'CS.D.EURUSD.CFD.IP';

test('an update counts once for the pace of its market: one of gaps of 2 s and 6 s is asked about after 30 s of silence', async () => {
  const clock = createManualClock();
  let use: Parameters<LeasedStreams['create']>[0] | undefined;
  let update: ((update: SdkUpdate) => void) | undefined;
  const asked: number[] = [];
  const runner = createFeedRunner({
    feed: 'simulated',
    fetchTokens: () => Promise.reject(new Error('the stream is made up')),
    readSnapshots: async () => (asked.push(clock.monotonicMs()), []),
    taps: [],
    streams: {
      occurrence: () => ({ holder: 'test', n: 1 }),
      create: (given) => {
        use = given;
        const nothing = () => undefined;
        const release = async () => undefined;
        return { start: () => given.onHeld(1), epoch: () => 1, restart: nothing, close: nothing, release };
      },
    },
    bus: createMemoryBus({ logger, clock, limits: defaultLimits }),
    clock,
    logger,
    limits,
  });
  runner.start();
  const watch = () => runner.onInterest({ source: 'test', feed: 'simulated', epics: [epic] });
  watch();
  use!.onUp({
    accountId: 'A1',
    client: { subscribe: () => undefined, unsubscribe: () => undefined },
    sdk: {
      createSubscription: (): SdkSubscription => ({
        addListener: ({ onItemUpdate }) => void (update = onItemUpdate),
        setDataAdapter: () => undefined,
        setRequestedSnapshot: () => undefined,
        setRequestedMaxFrequency: () => undefined,
      }),
    },
  } as unknown as StreamConnection);
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      watch();
      clock.advance(1_000);
      await setImmediate();
    }
  };
  for (let n = 0; n < 30; n++) {
    const values: Record<string, string> = { BIDPRICE1: `1.1${n}`, ASKPRICE1: '1.2', DLG_FLAG: 'DEAL' };
    update!({ getItemName: () => epic, getValue: (field) => values[field] ?? null, isSnapshot: () => false });
    if (n < 29) await pass(n % 2 === 0 ? 2 : 6);
  }
  const silentFrom = clock.monotonicMs();
  while (asked.length === 0) await pass(1);
  expect(asked[0]! - silentFrom).toBe(30_000);
  await runner.stop();
});
