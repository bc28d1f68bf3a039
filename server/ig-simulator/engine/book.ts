// The positions and orders of one market: how a decision changes them, and the quotes that trigger none of them. Decides nothing.
import type { Closing, Dealt, OrderChanged, Position, PositionAmended, WorkingOrder } from './decisions.ts';
import type { Book } from './types.ts';

type BookDecision = Dealt | PositionAmended | OrderChanged;
function indexOf(items: readonly { dealId: string }[], dealId: string): number {
  const i = items.findIndex((item) => item.dealId === dealId);
  if (i < 0) throw new RangeError(`no position or order ${dealId}`);
  return i;
}
/** An account's or a market's positions after a decision. Throws RangeError for one that it does not have. */
export function positionsAfter(positions: readonly Position[], decision: BookDecision): readonly Position[] {
  if (decision.type === 'dealt') return dealtPositions(positions, decision.closings, decision.opening);
  return decision.type === 'positionAmended'
    ? positions.with(indexOf(positions, decision.position.dealId), decision.position)
    : positions;
}
/** The same of its orders. */
export function ordersAfter(
  orders: readonly WorkingOrder[],
  decision: BookDecision,
): readonly WorkingOrder[] {
  if (decision.type === 'positionAmended' || decision.order === undefined) return orders;
  const { order } = decision;
  if (decision.type === 'orderChanged' && decision.change === 'OPENED') return [...orders, order];
  const i = indexOf(orders, order.dealId);
  return decision.type === 'orderChanged' && decision.change === 'AMENDED'
    ? orders.with(i, order)
    : orders.toSpliced(i, 1);
}
/** `positions` after a deal took `closings` from them and added `opening`. */
export function dealtPositions(
  positions: readonly Position[],
  closings: readonly Closing[],
  opening: Position | null,
): readonly Position[] {
  let after = positions;
  for (const { position, remaining } of closings) {
    const i = indexOf(after, position.dealId);
    after = remaining === '0' ? after.toSpliced(i, 1) : after.with(i, { ...after[i]!, size: remaining });
  }
  return opening ? [...after, opening] : after;
}

type Band = Book['quiet'];
const wide: Band = { bidAbove: -Infinity, bidBelow: Infinity, offerAbove: -Infinity, offerBelow: Infinity };
/** What is triggered once the bid (or offer) is at `low` or below, or at `high` or above. */
const within = (band: Band, side: 'bid' | 'offer', low: number, high: number): Band =>
  side === 'bid'
    ? { ...band, bidAbove: Math.max(band.bidAbove, low), bidBelow: Math.min(band.bidBelow, high) }
    : { ...band, offerAbove: Math.max(band.offerAbove, low), offerBelow: Math.min(band.offerBelow, high) };
/**
 * The band without what would trigger `position`. Floats suffice: conversion from text never turns an order round,
 * so a quote strictly inside is inside exactly, and one on the edge is compared as text.
 */
function aroundPosition(band: Band, { direction, stopLevel, limitLevel, trailing }: Position): Band {
  if (stopLevel === null && limitLevel === null) return band;
  const at = (level: string | null | undefined, otherwise: number) =>
    level == null ? otherwise : Number(level);
  return direction === 'BUY'
    ? within(
        band,
        'bid',
        at(stopLevel, -Infinity),
        Math.min(at(limitLevel, Infinity), at(trailing?.movesAt, Infinity)),
      )
    : within(
        band,
        'offer',
        Math.max(at(limitLevel, -Infinity), at(trailing?.movesAt, -Infinity)),
        at(stopLevel, Infinity),
      );
}
/** A BUY is filled at the offer, a SELL at the bid; a LIMIT waits for a better price, a STOP for a worse one. */
function aroundOrder(band: Band, { direction, kind, level }: WorkingOrder): Band {
  const [side, below] =
    direction === 'BUY' ? (['offer', kind === 'LIMIT'] as const) : (['bid', kind === 'STOP'] as const);
  return below ? within(band, side, Number(level), Infinity) : within(band, side, -Infinity, Number(level));
}
/** A band of quotes within which none of them is triggered. */
export const bandOf = (positions: readonly Position[], orders: readonly WorkingOrder[]) =>
  orders.reduce(aroundOrder, positions.reduce(aroundPosition, wide));
/** A market's book after a decision; undefined once nothing is in it. */
export function bookAfter(
  book: Book = { positions: [], orders: [], quiet: wide },
  decision: BookDecision,
): Book | undefined {
  const positions = positionsAfter(book.positions, decision);
  const orders = ordersAfter(book.orders, decision);
  if (positions.length === 0 && orders.length === 0) return undefined;
  const onlyOpened =
    decision.type === 'dealt' &&
    decision.closings.length === 0 &&
    decision.order === undefined &&
    decision.opening !== null;
  return {
    positions,
    orders,
    quiet: onlyOpened ? aroundPosition(book.quiet, decision.opening!) : bandOf(positions, orders),
  };
}
