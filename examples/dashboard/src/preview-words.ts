// What a preview says, for who is about to deal. Pure.
import type { DealPreview, UnknownBecause } from '../../../client/index.ts';
import { reasonText } from './deal-words.ts';
import { money } from './format.ts';

const unknownWords: Partial<Record<UnknownBecause, string>> = {
  no_rate: 'no rate leads to your account’s currency',
  guaranteed_stop: 'it does not tell beforehand what a guaranteed stop takes',
  no_margin_factor: 'the broker does not tell the margin of this market',
  no_figures: 'the broker has not told your account’s figures',
};

/** `FTrader would send it now. The spread costs 1.20 GBP.`, or why it would not. */
export function previewWords({
  wouldBe,
  reason,
  rules,
  spreadCost,
  guaranteedStopPremium,
  currency,
}: DealPreview): string {
  if (wouldBe === 'denied')
    return `FTrader would not send it: ${reason ? reasonText(reason) : 'a rule is broken.'}`;
  const because = rules.find(({ verdict }) => verdict === 'unknown')?.because;
  const left = because && unknownWords[because];
  return [
    left ? `FTrader would send it, and the broker would decide: ${left}.` : 'FTrader would send it now.',
    spreadCost === null ? '' : `The spread costs ${money(spreadCost)} ${currency}.`,
    guaranteedStopPremium === null ? '' : premiumWords(guaranteedStopPremium, currency),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

const premiumWords = (
  { value, unit, amount }: NonNullable<DealPreview['guaranteedStopPremium']>,
  currency: string,
): string =>
  `A hit of the stop costs ${
    amount === null
      ? `${value}${unit === 'points' ? ' points' : ' % of the level'}`
      : `${money(amount)} ${currency}`
  } more.`;
