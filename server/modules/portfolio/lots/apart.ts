// Matching by the methods that go through the trades once: FIFO, LIFO, HIFO, specific lots, and the average of one pool. Pure.
import { isNegative, isPositive, isZero, lesser, magnitude } from '../ledger/amount.ts';
import type { Choice } from './choice.ts';
import {
  historyOf,
  legOf,
  lotOf,
  openingOf,
  pool,
  splitLots,
  take,
  type History,
  type Lot,
  type Match,
  type Matched,
  type Side,
} from './lot.ts';
import { amountsOf, type Amounts, type LotEvent, type Trade } from './trade.ts';

/** A trade, and what of it is not matched yet. */
interface Left extends Amounts {
  trade: Trade;
  quantity: string;
  history: History;
}
const sideOf = ({ quantity }: Trade): Side => (isNegative(quantity) ? 'short' : 'long');

/** Closes what the trade is against, opens what is left of it: a trade through zero does both, closing first. `open` is left as it is. */
export function matchApart(events: readonly LotEvent[], choice: Choice, open: readonly Lot[]): Matched {
  const matches: Match[] = [];
  const lots = open.map((lot) => ({ ...lot }));
  for (const event of events) {
    if (event.is === 'split') {
      splitLots(lots, event);
      continue;
    }
    const left = {
      trade: event,
      quantity: magnitude(event.quantity),
      history: historyOf(event),
      ...amountsOf(event),
    };
    if (lots.length > 0 && lots[0]!.side !== sideOf(event)) close(lots, left, choice, matches);
    if (!isZero(left.quantity)) choice.place(lots, lotOf(event, sideOf(event), left.quantity, left));
  }
  return { matches, lots };
}

function close(lots: Lot[], left: Left, choice: Choice, matches: Match[]): void {
  for (const { lot, most = lot.quantity } of choice.picks(lots, left.trade)) {
    if (isZero(left.quantity)) return;
    matches.push(matchOf(lot, left, lesser(lesser(most, lot.quantity), left.quantity)));
    if (isPositive(lot.quantity)) continue;
    const place = lot === lots.at(-1) ? lots.length - 1 : lots.indexOf(lot);
    if (place === 0) lots.shift();
    else lots.splice(place, 1);
  }
}

function matchOf(lot: Lot, left: Left, units: string): Match {
  const { side } = lot;
  const opening = openingOf(lot);
  const opened = legOf(opening, take(lot, units, left.trade));
  const closed = legOf(left.trade, take(left, units, opening));
  const [acquired, disposed] = side === 'long' ? [opened, closed] : [closed, opened];
  return { side, quantity: units, acquired, disposed, rule: null };
}

/** One pool a side: whatever is closed takes its share of all that was paid. */
export function matchAverage(events: readonly LotEvent[], open: readonly Lot[]): Matched {
  const one: Choice = {
    place(lots, lot) {
      const [before] = lots;
      if (before) pool(before, lot, lot.quantity);
      else lots.push(lot);
    },
    *picks(lots) {
      if (lots[0]) yield { lot: lots[0] };
    },
  };
  return matchApart(events, one, open);
}
