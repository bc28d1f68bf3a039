// A working order in a trader's words. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Direction } from '../../../client/index.ts';
import { levelText, spreadPoints } from './format.ts';
import type { ShownOrder } from './order-book.ts';

const endWords: Partial<Record<ShownOrder['state'], string>> = {
  filled: 'was filled',
  cancelled: 'was cancelled',
  expired: 'expired, nothing was dealt',
  gone: 'is not at the broker any more; FTrader is asking why',
};

/** `The limit order to buy 1 EUR/USD at 1.21 was filled.` */
export const orderEnded = ({ type, direction, size, name, level, state }: ShownOrder): string =>
  `The ${type} order to ${direction === 'BUY' ? 'buy' : 'sell'} ${levelText(size)} ${name} at ${levelText(level)} ${endWords[state] ?? 'rests'}.`;

/** Points from the price it deals at (a BUY the offer, a SELL the bid) to its level, without a sign. */
export function pointsAway(
  { direction, level }: { direction: Direction; level: string },
  price: { bid: string | null; offer: string | null } | undefined,
  scalingFactor: string | undefined,
): string {
  const now = (direction === 'BUY' ? price?.offer : price?.bid) ?? null;
  if (now === null) return spreadPoints(null, null, scalingFactor);
  const [less, more] = [now, level].toSorted(decimal.compare);
  return levelText(spreadPoints(less!, more!, scalingFactor));
}
