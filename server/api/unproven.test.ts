// Silent sockets: how many places they get, how long they keep them, and that those who are signed in always have some.
import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { priceRig } from '../testing/price-rig.ts';
import { tryUpgrade } from '../testing/sockets.ts';
import { createUnproven } from './unproven.ts';

function door(limits: { maxUnproven: number; maxUnprovenPerNetwork: number }) {
  const clock = createManualClock();
  const pushed: string[] = [];
  const unproven = createUnproven<string>({
    pushOut: (each) => void pushed.push(each),
    clock,
    limits: { ...limits, pressedWithinMs: 1_000 },
  });
  return {
    clock,
    pushed,
    ...unproven,
    /** Asks for a place, and takes it where there is one. */
    ask(each: string, address: string) {
      const refusal = unproven.makeRoom(address);
      if (!refusal) unproven.add(each, address);
      return refusal && [refusal.code, refusal.options.retryAfterMs];
    },
  };
}

test('one network gets its share, IPv6 by its first 64 bits: beyond, it is told when to come again; other networks have theirs', () => {
  const { ask, clock } = door({ maxUnproven: 100, maxUnprovenPerNetwork: 2 });
  expect(ask('a', '2001:db8:1:2::1')).toBeUndefined();
  clock.advance(300);
  expect(ask('b', '2001:db8:1:2:ffff::1')).toBeUndefined();
  expect(ask('c', '2001:db8:1:2:3:4:5:6')).toEqual(['request.limited', 700]);
  expect(ask('d', '2001:db8:1:3::1')).toBeUndefined();
  for (const each of ['e', 'f']) expect(ask(each, '192.0.2.7')).toBeUndefined();
  expect(ask('g', '::ffff:192.0.2.7')).toEqual(['request.limited', 1_000]);
});

test('under pressure one that has been silent for a second makes room, the longest waiting first, and each only once', () => {
  const { ask, clock, pushed } = door({ maxUnproven: 3, maxUnprovenPerNetwork: 2 });
  ask('a', '192.0.2.1');
  ask('b', '192.0.2.2');
  clock.advance(900);
  ask('c', '192.0.2.2');
  expect(ask('d', '192.0.2.3')).toEqual(['server.unavailable', 100]);
  clock.advance(100);
  expect(ask('d', '192.0.2.2')).toBeUndefined(); // its own network's
  expect(pushed).toEqual(['b']);
  expect(ask('e', '192.0.2.3')).toBeUndefined(); // of all
  expect(pushed).toEqual(['b', 'a']);
  expect(ask('f', '192.0.2.4')).toEqual(['server.unavailable', 900]);
});

test('who has proved itself or has left takes no place, however often that is said', () => {
  const { ask, remove } = door({ maxUnproven: 1, maxUnprovenPerNetwork: 1 });
  for (let n = 0; n < 5; n++) {
    expect(ask(`${n}`, '192.0.2.1')).toBeUndefined();
    remove(`${n}`);
    remove(`${n}`);
  }
});

test('sockets without a word never take the places of those who are signed in, and a newcomer among them is served', async () => {
  const clock = createManualClock();
  const wsLimits = { maxSockets: 6, unprovenShare: 0.5, maxUnprovenPerNetwork: 2 };
  await using rig = await priceRig({ clock, wsLimits });
  const silent = [];
  for (const ip of ['192.0.2.1', '192.0.2.1', '2001:db8:1:2::1'])
    silent.push(await rig.raw(null, undefined, ip));
  const refused = (ip: string) => tryUpgrade(rig.port, '/trpc', { 'x-forwarded-for': ip });
  expect(await refused('192.0.2.1')).toMatchObject({
    status: 429,
    retryAfter: '1',
    body: { code: 'request.limited', retryable: true, retryAfterMs: 1_000 },
  });
  expect(await refused('192.0.2.9')).toMatchObject({ status: 503, body: { code: 'server.unavailable' } });
  const answered = async (ip: string) => {
    const client = await rig.raw('session_one', undefined, ip);
    client.send({ id: 1, method: 'query', params: { path: 'echo', input: { json: { text: ip } } } });
    expect(await client.message((message) => message.id === 1)).toMatchObject({
      result: { data: { json: ip } },
    });
  };
  clock.advance(1_000);
  await answered('198.51.100.1'); // has taken the place of the one that was silent for longest, and given it back
  expect(await silent[0]!.closed).toEqual({ code: 4408, reason: 'auth.required' });
  expect(silent[0]!.messages).toMatchObject([{ error: { json: { data: { code: 'auth.required' } } } }]);
  for (const ip of ['198.51.100.2', '198.51.100.3', '198.51.100.4']) await answered(ip);
  expect(rig.sockets.stats()).toMatchObject({ sockets: 6, refused: 2, closed: { 4408: 1 } });
});
