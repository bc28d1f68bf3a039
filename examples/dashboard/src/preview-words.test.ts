import { expect, test } from 'vitest';
import type { DealPreview } from '../../../client/index.ts';
import { previewWords } from './preview-words.ts';

const preview = (over: Partial<DealPreview>) =>
  ({
    wouldBe: 'sent',
    reason: null,
    rules: [],
    spreadCost: '1.2',
    guaranteedStopPremium: null,
    currency: 'GBP',
    ...over,
  }) as DealPreview;

test.each<[string, Partial<DealPreview>, string]>([
  ['one that goes', {}, 'FTrader would send it now. The spread costs 1.20 GBP.'],
  ['one of which the spread is not known', { spreadCost: null }, 'FTrader would send it now.'],
  [
    'one that is denied',
    {
      wouldBe: 'denied',
      reason: { code: 'size_below_minimum', size: '0.5', minimum: '1' },
    },
    'FTrader would not send it: the size 0.5 is below the minimum of 1.',
  ],
  [
    'one that only the broker can judge',
    { rules: [{ rule: 'funds', verdict: 'unknown', reason: null, because: 'guaranteed_stop' }] },
    'FTrader would send it, and the broker would decide: it does not tell beforehand what a guaranteed stop takes. The spread costs 1.20 GBP.',
  ],
  [
    'one with a guaranteed stop',
    { guaranteedStopPremium: { value: '1.2', unit: 'points', amount: '9.6' } },
    'FTrader would send it now. The spread costs 1.20 GBP. A hit of the stop costs 9.60 GBP more.',
  ],
  [
    'one of which the premium is known in points alone',
    { spreadCost: null, guaranteedStopPremium: { value: '1.2', unit: 'points', amount: null } },
    'FTrader would send it now. A hit of the stop costs 1.2 points more.',
  ],
  [
    'an order, whose margin is looked at when it is filled',
    { rules: [{ rule: 'funds', verdict: 'unknown', reason: null, because: 'when_filled' }] },
    'FTrader would send it now. The spread costs 1.20 GBP.',
  ],
])('%s', (_what, over, words) => {
  expect(previewWords(preview(over))).toBe(words);
});
