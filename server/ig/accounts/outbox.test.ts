import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { AccountMessage, type AccountEvent } from '../../modules/trading/ports.ts';
import { reconnectedEvent, toMessage } from './events.ts';
import { createOutbox } from './outbox.ts';
import { defaultGatewayLimits } from '../limits.ts';

const event = (n: number): AccountEvent => ({
  eventId: `event-${n}`,
  accountId: 'acct_1',
  kind: 'funds',
  data: { cash: String(n), margin: '0', runningProfit: '0', at: new Date(0) },
});
const turns = async (clock?: ManualClock, ms = 0, times = 40) => {
  for (let i = 0; i < times; i++) {
    await new Promise(setImmediate);
    clock?.advance(ms);
  }
};

/** A bus with room for one message until somebody consumes: what comes after it is refused. */
function arrange({ limits = {} } = {}) {
  const clock = createManualClock();
  const bus = createMemoryBus({
    logger: silentLogger,
    clock,
    limits: { ...defaultLimits, memoryBacklog: 1 },
  });
  const heard: AccountEvent[][] = [];
  let held = true;
  let gaps = 0;
  const outbox = createOutbox({
    bus,
    clock,
    logger: silentLogger,
    limits: { ...defaultGatewayLimits, maxEventsPerMessage: 1, ...limits },
    epoch: () => (held ? 3 : undefined),
    onGap: () => reconnectedEvent('acct_1', { holder: 'g', n: ++gaps }, clock.now()),
  });
  return {
    clock,
    bus,
    outbox,
    heard,
    names: () => heard.flat().map(({ kind, eventId }) => (kind === 'reconnected' ? 'reconnected' : eventId)),
    consume: () =>
      bus.consume('account', async (message) => void heard.push(AccountMessage.parse(message).events)),
    set held(value: boolean) {
      held = value;
    },
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await bus.close();
    },
  };
}

test('what the bus refuses for a while arrives later, once and in order', async () => {
  await using rig = arrange();
  for (let n = 1; n <= 5; n++) rig.outbox.add(event(n));
  await turns(rig.clock, 1_000, 5);
  expect(rig.outbox.waiting()).toBe(4);
  await rig.consume();
  await turns(rig.clock, 1_000);
  expect(rig.names()).toEqual(['event-1', 'event-2', 'event-3', 'event-4', 'event-5']);
  expect(rig.outbox.waiting()).toBe(0);
});

test('when the bus refuses for long, one order to read everything takes the place of what waits, and is tried for ever', async () => {
  await using rig = arrange();
  for (let n = 1; n <= 5; n++) rig.outbox.add(event(n));
  await turns(rig.clock, 6_000, 100);
  expect(rig.outbox.waiting()).toBe(1);
  await rig.consume();
  await turns(rig.clock, 6_000);
  expect(rig.names()).toEqual(['event-1', 'reconnected']);
  rig.outbox.add(event(6));
  await turns(rig.clock, 1_000);
  expect(rig.names().at(-1)).toBe('event-6');
});

test('an order to read everything that the bus refuses for long is offered every few seconds at most, told as overdue, and never lost', async () => {
  await using rig = arrange();
  const send = vi.spyOn(rig.bus, 'send');
  for (let n = 1; n <= 5; n++) rig.outbox.add(event(n));
  await turns(rig.clock, 1_000, 10);
  expect(rig.outbox.overdue()).toBe(false);
  await turns(rig.clock, 1_000, 110);
  expect([rig.outbox.waiting(), rig.outbox.overdue()]).toEqual([1, true]);
  const offered = send.mock.calls.length;
  await turns(rig.clock, 1_000, 600);
  expect(send.mock.calls.length - offered).toBeLessThan(160); // the longest pause is 5 s, some shorter by chance
  await rig.consume();
  await turns(rig.clock, 6_000);
  expect(rig.names()).toEqual(['event-1', 'reconnected']);
  expect(rig.outbox.overdue()).toBe(false);
});

test('more than fit are replaced by the order to read everything', async () => {
  await using rig = arrange({ limits: { maxWaitingEvents: 3 } });
  for (let n = 1; n <= 6; n++) rig.outbox.add(event(n));
  expect(rig.outbox.waiting()).toBeLessThanOrEqual(3);
  await rig.consume();
  await turns(rig.clock, 1_000);
  expect(rig.names()).toContain('reconnected');
  expect(rig.names().at(-1)).toBe('event-6');
});

test('nothing is sent while the lease is not sure, and what waits is sent when it is again', async () => {
  await using rig = arrange();
  await rig.consume();
  rig.held = false;
  rig.outbox.add(event(1));
  await turns(rig.clock, 300, 5);
  expect(rig.outbox.waiting()).toBe(1);
  // Of one account, and so behind whatever was sent before it.
  await rig.bus.send('account', toMessage([event(100)], 3));
  await turns();
  expect(rig.names()).toEqual(['event-100']);
  rig.held = true;
  await turns(rig.clock, 5_000);
  expect(rig.names()).toEqual(['event-100', 'event-1']);
  rig.held = false;
  rig.outbox.add(event(2));
  rig.outbox.clear();
  rig.held = true;
  rig.outbox.add(event(3));
  await turns(rig.clock, 5_000);
  expect(rig.names()).toEqual(['event-100', 'event-1', 'event-3']);
});

test('what is told at once goes in one message, in its order; more than a message holds follows in the next', async () => {
  await using rig = arrange({ limits: { maxEventsPerMessage: 3 } });
  await rig.consume();
  for (let n = 1; n <= 4; n++) rig.outbox.add(event(n));
  await turns(rig.clock, 1_000);
  rig.outbox.add(event(5));
  await turns(rig.clock, 1_000);
  expect(rig.heard.map((events) => events.map(({ eventId }) => eventId))).toEqual([
    ['event-1', 'event-2', 'event-3'],
    ['event-4'],
    ['event-5'],
  ]);
});
