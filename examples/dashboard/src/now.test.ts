import { expect, test } from 'vitest';
import type { FTraderClient } from '../../../client/index.ts';
import { createPageClock } from './now.ts';

/** A server whose clock shows `serverAt`, and which takes `tripMs` to answer. */
function arrange() {
  const state = { steadyMs: 5_000, serverAt: Date.parse('2027-03-01T12:00:00Z'), tripMs: 40 };
  const clock = createPageClock(() => state.steadyMs);
  const query = async () => {
    state.steadyMs += state.tripMs;
    return { now: new Date(state.serverAt) };
  };
  const api = { system: { time: { query } } } as unknown as FTraderClient['api'];
  return { state, clock, ask: () => clock.synchronise(api) };
}

test('the page’s time is the server’s from its first answer on, and not known before', async () => {
  const { state, clock, ask } = arrange();
  expect(clock.known()).toBe(false);
  await ask();
  expect(clock.known()).toBe(true);
  expect(clock.now()).toBe(state.serverAt + 20); // written half a trip ago
});
test('an answer that agrees within its trip changes nothing; one that does not is believed', async () => {
  const { state, clock, ask } = arrange();
  await ask();
  const before = clock.now();
  state.serverAt += 40; // as the trip took; this time the answer was written 10 ms later than half way
  state.serverAt += 10;
  await ask();
  expect(clock.now()).toBe(before); // the same until the next redraw
  state.serverAt += 3_600_000; // this device slept
  await ask();
  expect(clock.now()).toBe(state.serverAt + 20);
});
