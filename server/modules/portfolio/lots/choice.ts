// Which lot a closing trade takes next, by each method that keeps lots apart. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Lot } from './lot.ts';
import type { Trade } from './trade.ts';

export interface Choice {
  /** Puts a lot that was opened among the others. */
  place(lots: Lot[], lot: Lot): void;
  /** Whom to take from, and how much at most, until the trade is closed; a lot with nothing left is gone from `lots` by the next. */
  picks(lots: readonly Lot[], trade: Trade): Generator<{ lot: Lot; most?: string }>;
}

const asOpened = (lots: Lot[], lot: Lot) => void lots.push(lot);
function* first(lots: readonly Lot[]) {
  while (lots.length > 0) yield { lot: lots[0]! };
}
function* last(lots: readonly Lot[]) {
  while (lots.length > 0) yield { lot: lots.at(-1)! };
}
/** The lots that the trade names, then the oldest of those it does not name. */
function* named(lots: readonly Lot[], { lots: wanted = [] }: Trade) {
  for (const { transactionId, quantity } of wanted) {
    const lot = lots.find(({ openedBy }) => openedBy === transactionId);
    if (lot) yield { lot, most: quantity };
  }
  yield* first(lots);
}

/** Whether HIFO takes `a` before `b`, `a` being the older one: the dearest first, of a short position what was sold for the least. */
function isTakenBefore(a: Lot, b: Lot): boolean {
  // Value per unit, multiplied out: a division would round.
  const order = decimal.compare(decimal.multiply(a.value, b.quantity), decimal.multiply(b.value, a.quantity));
  return a.side === 'long' ? order >= 0 : order <= 0;
}
function byPrice(lots: Lot[], lot: Lot): void {
  let [low, high] = [0, lots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isTakenBefore(lots[middle]!, lot)) low = middle + 1;
    else high = middle;
  }
  lots.splice(low, 0, lot);
}

export const choices = {
  fifo: { place: asOpened, picks: first },
  lifo: { place: asOpened, picks: last },
  hifo: { place: byPrice, picks: first },
  specific: { place: asOpened, picks: named },
} as const satisfies Record<string, Choice>;
