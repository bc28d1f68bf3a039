import { expect, test } from 'vitest';
import type { Tick } from '../../../client/index.ts';
import * as build from '../../../server/testing/build.ts';
import { next, sparklineLength } from './prices.ts';

const tick = (seq: number, bid: string | null, over: Partial<Tick> = {}): Tick =>
  build.tick({ seq, bid, offer: bid && `${bid}6`, ...over });

test('the first quote has not moved; later ones say which way each side went', () => {
  const first = next(undefined, tick(1, '1.16'));
  expect([first.bidMove, first.offerMove, first.mids.length]).toEqual([0, 0, 1]);
  const up = next(first, tick(2, '1.17'));
  expect([up.bidMove, up.offerMove]).toEqual([1, 1]);
  expect(next(up, tick(3, '1.15')).bidMove).toBe(-1);
});
test('an older tick changes nothing, and the same one turned stale adds no point', () => {
  const quote = next(next(undefined, tick(4, '1.1')), tick(5, '1.2'));
  expect(next(quote, tick(4, '9.9'))).toBe(quote);
  const stale = next(quote, tick(5, '1.2', { stale: true }));
  expect(stale.tick.stale).toBe(true);
  expect(stale.mids).toEqual(quote.mids);
});
test('another feed starts afresh, though its numbers are lower', () => {
  const quote = next(next(undefined, tick(900, '1.1')), tick(901, '1.2'));
  expect(next(quote, tick(1, '7.0', { feed: 'demo' }))).toMatchObject({
    bidMove: 0,
    tick: { feed: 'demo' },
    mids: [expect.any(Number)],
  });
});
test('a quote without prices leaves the line as it was, and the line is bounded', () => {
  let quote = next(undefined, tick(1, '1.1'));
  expect(next(quote, tick(2, null)).mids).toEqual(quote.mids);
  for (let seq = 2; seq < 3 * sparklineLength; seq++) quote = next(quote, tick(seq, String(seq)));
  expect(quote.mids).toHaveLength(sparklineLength);
});
