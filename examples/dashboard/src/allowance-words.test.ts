import { expect, test } from 'vitest';
import type { AllowanceBucket } from '../../../client/index.ts';
import { boundedBuckets, leftOf, spentBy } from './allowance-words.ts';

const bucket = (scope: AllowanceBucket['scope'], limit: number | null): AllowanceBucket => ({
  scope,
  limit,
  left: limit,
  spent: [],
  wholeAt: null,
  refusedAt: null,
});
const answer = (buckets: AllowanceBucket[]) => ({ accountId: 'a', environment: 'demo' as const, buckets });

test('an allowance without a limit is not shown, and none at all where no request has one', () => {
  const [key, trading, streams] = [bucket('key', 18), bucket('trading', null), bucket('stream_items', 40)];
  expect(boundedBuckets(answer([key, trading, streams]))).toEqual([key, streams]);
  expect(boundedBuckets(answer([bucket('key', null), trading, streams]))).toEqual([]);
});
test('what is left and who spent it is said in words', () => {
  expect([leftOf(6, 18), leftOf(0, 8)]).toEqual(['6 of 18 left', 'None of 8 left']);
  expect(
    spentBy([
      { by: 'session', count: 1 },
      { by: 'reconcile', count: 3 },
    ]),
  ).toBe('checking the books 3, logging in 1');
});
