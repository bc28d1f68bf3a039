import superjson from 'superjson';
import { expect, test } from 'vitest';
import type { Tick } from '../../shared/market-data.ts';
import * as build from '../testing/build.ts';
import { ticksText, toTickText } from './wire-text.ts';
import { createWsEncoder } from './encoder.ts';

const tick = (n: number): Tick =>
  build.tick({
    epic: `CS.D."É${n}.IP`,
    seq: 2 ** 32 + n,
    bid: n % 2 ? null : '1.38780',
    offer: '-0.10',
    high: n % 3 ? null : '2',
    netChangePct: n % 5 ? '0.0' : null,
    at: new Date(n),
    receivedAt: new Date(1e12 + n),
    stale: n % 4 === 0,
  });
const stock = (id: number | string, ticks: Tick[]) =>
  JSON.stringify({ id, result: { type: 'data', data: superjson.serialize(ticks) } });

test('the text of 0 to 60 ticks is what tRPC and superjson write, byte for byte, and reads back with dates', () => {
  for (let length = 0; length <= 60; length++) {
    const ticks = Array.from({ length }, (_, n) => tick(n + length));
    const text = `{"id":7,${ticksText('trpc', ticks.map(toTickText))}`;
    expect(text).toBe(stock(7, ticks));
    expect(superjson.deserialize(JSON.parse(text).result.data)).toEqual(ticks);
  }
  expect(`{"id":"a",${toTickText(tick(3)).in('trpc').text}`).toBe(stock('a', [tick(3)]));
});

test('the same ticks on a plain socket are their JSON, with instants as text ending in Z', () => {
  const ticks = [tick(1), tick(2)];
  expect(JSON.parse(`{${ticksText('plain', ticks.map(toTickText))}`)).toEqual({
    data: JSON.parse(JSON.stringify(ticks)),
  });
  expect(toTickText(tick(1)).in('plain').text).toBe(`"data":[${JSON.stringify(tick(1))}]}`);
  expect(ticksText('plain', [])).toBe('"data":[]}');
});

test('the encoder tells a starting subscription how its messages open, once and only in the turn it starts', async () => {
  const encoder = createWsEncoder();
  expect(encoder.takeStarted()).toBeUndefined();
  expect(encoder.encode({ id: 7, result: { type: 'started' } })).toBe('{"id":7,"result":{"type":"started"}}');
  expect(encoder.takeStarted()).toEqual({ form: 'trpc', opening: '{"id":7,' });
  expect(encoder.takeStarted()).toBeUndefined();
  encoder.encode({ id: 'a"b', jsonrpc: '2.0', result: { type: 'started' } });
  expect(encoder.takeStarted()?.opening).toBe('{"id":"a\\"b","jsonrpc":"2.0",');
  encoder.encode({ id: 8, result: { type: 'started' } });
  encoder.encode({ id: 9, result: { type: 'data', data: 1 } });
  expect(encoder.takeStarted()).toBeUndefined();
  encoder.encode({ id: 8, result: { type: 'started' } });
  await null;
  expect(encoder.takeStarted()).toBeUndefined();
  expect(() => encoder.decode(new Uint8Array(1))).toThrow('text frames');
});
