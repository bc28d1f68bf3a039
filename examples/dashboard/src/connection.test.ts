import { expect, test } from 'vitest';
import { advance, type Connection } from './connection.tsx';

const start: Connection = { state: 'idle', since: 0 };
const live = advance(advance(start, 'connecting', true, 1), 'open', true, 2);

test('a first connection is connecting, then live from the moment it opened', () => {
  expect(advance(start, 'connecting', true, 1)).toEqual({ state: 'connecting', since: 1 });
  expect(live).toEqual({ state: 'live', since: 2 });
  expect(advance(live, 'open', true, 9)).toBe(live);
});
test('a lost connection counts from its loss, whichever way it is lost, until it is live again', () => {
  const lost = advance(live, 'connecting', true, 10);
  expect(lost).toEqual({ state: 'reconnecting', since: 10 });
  const offline = advance(lost, 'connecting', false, 20);
  expect(offline).toEqual({ state: 'offline', since: 10 });
  expect(advance(offline, 'connecting', true, 30)).toEqual({ state: 'reconnecting', since: 10 });
  expect(advance(lost, 'open', true, 40)).toEqual({ state: 'live', since: 40 });
});
test('an open socket is live though the browser believes it is offline (a server on this machine)', () => {
  expect(advance(live, 'open', false, 5)).toBe(live);
});
