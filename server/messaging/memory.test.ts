// The bus in memory: the contract, and the bounds that only memory has.
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import {
  busContract,
  contractChannels,
  count,
  createInbox,
  quickRetries,
  tick,
  type Limits,
} from '../testing/bus.contract.ts';
import { createBusWith } from './index.ts';

async function open(limits: Limits = {}) {
  const bus = await createBusWith(contractChannels, {
    logger: silentLogger,
    clock: systemClock,
    limits: { ...quickRetries, ...limits },
  });
  return { bus, peer: bus, [Symbol.asyncDispose]: () => bus.close() };
}

busContract('memory', open);

test('a subscriber keeps exactly its bound, the newest, and the loss is counted', async () => {
  await using pair = await open({ queueLength: { prices: 3, interest: 3, feeds: 3, wakeups: 3 } });
  const inbox = createInbox<number>();
  const subscription = await pair.bus.subscribe('prices', ({ seq }) => inbox.put(seq));
  await subscription.setKeys(['demo.A']);
  for (let seq = 1; seq <= 10; seq++) pair.bus.publish('prices', 'demo.A', tick('A', seq));
  await inbox.until(count(3));
  expect(inbox.items).toEqual([8, 9, 10]);
  expect(pair.bus.stats().overflowed).toBe(7);
});

test('a backlog that nobody consumes is bounded: the sender is told', async () => {
  await using pair = await open({ memoryBacklog: 2 });
  const send = (eventId: string) => pair.bus.send('account', { accountId: 'a', eventId });
  await send('1');
  await send('2');
  await expect(send('3')).rejects.toMatchObject({ name: 'SendFailed', stored: 'no' });
});

test('dead letters in memory are bounded: the oldest go', async () => {
  await using pair = await open({ maxDeliveries: 1, memoryDeadLetters: 2 });
  const seen = createInbox<string>();
  await pair.bus.consume('account', async ({ eventId }) => {
    seen.put(eventId);
    if (eventId !== 'last') throw new Error('broken on purpose');
  });
  for (const eventId of ['1', '2', '3', 'last']) await pair.bus.send('account', { accountId: 'a', eventId });
  await seen.until(count(4));
  const bodies: string[] = [];
  expect(
    await pair.bus.takeDeadLetters('account', async (body) => void bodies.push(JSON.parse(body).eventId)),
  ).toBe(2);
  expect(bodies).toEqual(['2', '3']);
});
