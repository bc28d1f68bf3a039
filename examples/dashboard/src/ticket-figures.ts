// What a deal would take and risk, in the account's currency, by the server's own arithmetic. Pure.
import { decimal } from '../../../shared/decimal.ts';
import { quoteUnitValue, requiredMargin, runningProfit, toMoney } from '../../../shared/worth.ts';
import type { Direction, Market } from '../../../client/index.ts';

export interface TicketFigures {
  /** The deposit the broker asks for; an account's own margin may be more. */
  margin: string | null;
  /** What a move of one point brings or costs. */
  pointValue: string | null;
  /** size × contract size × level. */
  exposure: string | null;
  /** What closing at the stop would cost, below zero; null without one or where its side is the wrong one. */
  lossAtStop: string | null;
}
interface Planned {
  direction: Direction;
  size: string;
  entry: string;
  stop: string | null;
}
/** Digits of a point's value before it becomes money. */
const pointPlaces = 12;

/** `rate`: how much of the account's currency one of the market's is; without it nothing can be told. */
export function ticketFigures(
  { direction, size, entry, stop }: Planned,
  market: Market,
  rate: string | null,
): TicketFigures {
  const unitValue = quoteUnitValue(market);
  const perUnit = decimal.multiply(size, unitValue);
  const margin = requiredMargin(size, entry, market);
  const atStop =
    stop === null
      ? null
      : runningProfit({ direction, size, level: entry }, { bid: stop, offer: stop }, unitValue);
  return {
    margin: margin === null ? null : toMoney(margin, rate),
    pointValue: toMoney(decimal.divide(perUnit, market.scalingFactor, pointPlaces, 'half-up'), rate),
    exposure: toMoney(decimal.multiply(perUnit, entry), rate),
    lossAtStop: atStop === null || decimal.compare(atStop, '0') > 0 ? null : toMoney(atStop, rate),
  };
}
