// The words that notices of several kinds share: a deal by its name, where it was filled, what it brought. Pure.
import { z } from 'zod';
import { dealWords } from '../../../shared/deal-words.ts';
import { DecimalText, Instant } from '../../../shared/primitives.ts';
import { Deal, DealStatus, WorkingOrder } from '../../../shared/trading.ts';

/** A deal that has just come to its status. */
export const DealNews = z.object({
  deal: Deal,
  name: z.string().describe('the market’s'),
  before: DealStatus.optional().describe('the status it had'),
});
export type DealNews = z.infer<typeof DealNews>;

/** An account's money; `level`: equity as a part of the margin, in per cent. */
export const MarginNews = z.object({
  level: DecimalText,
  equity: DecimalText,
  margin: DecimalText,
  currency: z.string(),
});
/** A feed of which nothing comes, or came. */
export const FeedNews = z.object({ feed: z.string(), since: Instant });

/** `buy 1 EUR/USD` */
export const asked = ({ deal: { kind, direction, size }, name }: DealNews): string =>
  `${dealWords[kind].asked[direction]} ${size} ${name}`;
/** `Bought 1 EUR/USD at 1.21306` */
export const done = ({ deal: { kind, direction, size, level }, name }: DealNews): string =>
  `${dealWords[kind].done[direction]} ${size} ${name}${filledAt(level)}`;

/** A working order that rests no more. */
export const OrderNews = WorkingOrder.pick({ name: true, direction: true, size: true, level: true });
/** `buy 1 EUR/USD at 1.21306` */
export const orderWords = ({ name, direction, size, level }: z.infer<typeof OrderNews>): string =>
  `${dealWords.open.asked[direction]} ${size} ${name} at ${level}`;

/** ` at 1.21306`, or nothing where the level is not known. */
export const filledAt = (level: string | null): string => (level === null ? '' : ` at ${level}`);

/** `Loss 3 USD.`; null where the profit is not known. */
export function result(profit: string | null, currency: string | null): string | null {
  if (profit === null) return null;
  const amount = `${profit.replace(/^-/, '')}${currency === null ? '' : ` ${currency}`}`;
  return !/[1-9]/.test(profit)
    ? 'No profit, no loss.'
    : profit.startsWith('-')
      ? `Loss ${amount}.`
      : `Profit ${amount}.`;
}

/** Those of the sentences that there are. */
export const sentences = (...all: (string | null)[]): string => all.filter((each) => each !== null).join(' ');
