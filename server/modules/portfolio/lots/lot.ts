// A lot is what an opening trade left open; a match is a quantity that was opened and closed. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { afterSplit, isZero, known } from '../ledger/amount.ts';
import { add, amountsOf, shareOf, subtract, type Amounts, type Split, type Trade } from './trade.ts';

export type Side = 'long' | 'short';
/** Money that came to a lot, or to what is left of a trade, or was taken from it. */
export interface Move {
  /** What came with a trade; what a match took, for that trade, of all that was there before; or another's whole history. */
  what:
    | { is: 'came'; by: Dated; amounts: Amounts }
    | { is: 'taken'; by: Dated; amounts: Amounts; part: string; of: string }
    | { is: 'joined'; amounts: Amounts; history: History };
  before: History;
}
/** The newest move, which knows those before it: they sum to the money that is there, exactly. */
export type History = Move | null;
interface WithHistory {
  history: History;
}
type Dated = Pick<Trade, 'id' | 'at' | 'on'>;
/** What a leg is: `part ÷ of` of the money that the history sums to. */
export interface Taken extends Amounts {
  from: { history: History; amounts: Amounts; part: string; of: string };
}
export interface Lot extends Amounts, WithHistory {
  /** The trade that opened it; the first one, of a pool. */
  openedBy: string;
  openedAt: Date;
  openedOn: string;
  side: Side;
  /** Units still open, above zero. */
  quantity: string;
}
/** One end of a match: the units that came, or those that went. */
export interface Leg extends Taken {
  /** Whose money came to it beside its part: of lots with less than the last place of a unit. */
  also: readonly Lot[];
  transactionId: string;
  at: Date;
  on: string;
}
/** Why a disposal was matched with that acquisition, of UK section 104. */
export type MatchRule = 'same_day' | 'thirty_days' | 'pool' | 'later_acquisition';
export interface Match {
  side: Side;
  /** In units of the day on which it was closed. */
  quantity: string;
  acquired: Leg;
  disposed: Leg;
  rule: MatchRule | null;
}
export interface Matched {
  matches: Match[];
  /** What is open in the end. */
  lots: Lot[];
}

/** Takes units out of what has `quantity` left, with their share of its money, for the trade `by`. `units` is at most that. */
export function take<Left extends Amounts & WithHistory & { quantity: string }>(
  left: Left,
  units: string,
  by: Dated,
): Taken {
  const { quantity: of, history } = left;
  const amounts = amountsOf(left);
  const taken = shareOf(amounts, units, of);
  Object.assign(left, subtract(left, taken), {
    quantity: decimal.subtract(of, units),
    history: moved({ is: 'taken', by, amounts: taken, part: units, of }, history),
  });
  return { ...taken, from: { history, amounts, part: units, of } };
}
const moved = (what: Move['what'], before: History): History => ({ what, before });
/** Of a trade of which nothing is taken yet. */
export const historyOf = ({ id, at, on, ...trade }: Trade): History =>
  moved({ is: 'came', by: { id, at, on }, amounts: amountsOf(trade) }, null);
export const joined = (all: History, one: Amounts & WithHistory): History =>
  moved({ is: 'joined', amounts: amountsOf(one), history: one.history }, all);

/** Adds what came to a pool. */
export const pool = (into: Lot, from: Amounts & WithHistory, units: string): void =>
  void Object.assign(into, add(into, from), {
    quantity: decimal.add(into.quantity, units),
    history: joined(into.history, from),
  });

export const lotOf = (trade: Trade, side: Side, quantity: string, amounts: Amounts & WithHistory): Lot => ({
  history: amounts.history,
  openedBy: trade.id,
  openedAt: trade.at,
  openedOn: trade.on,
  side,
  quantity,
  ...amountsOf(amounts),
});
export const legOf = ({ id, at, on }: Dated, taken: Taken): Leg => ({
  transactionId: id,
  at,
  on,
  ...taken,
  also: [],
});
/** The trade that opened a lot. */
export const openingOf = ({ openedBy, openedAt, openedOn }: Lot): Dated => ({
  id: openedBy,
  at: openedAt,
  on: openedOn,
});

/** Which end of a match opened it, and which closed it. */
export const endsOf = ({ side, acquired, disposed }: Match): { opened: Leg; closed: Leg } =>
  side === 'long' ? { opened: acquired, closed: disposed } : { opened: disposed, closed: acquired };

/** What was made by a match before and after what dealing cost; in the base currency null where a rate is missing. */
export function gainOf({ acquired, disposed }: Match) {
  const costs = decimal.add(acquired.costs, disposed.costs);
  const costsBase = known(decimal.add, acquired.costsBase, disposed.costsBase);
  const gross = decimal.subtract(disposed.value, acquired.value);
  const grossBase = known(decimal.subtract, disposed.valueBase, acquired.valueBase);
  return {
    gross,
    costs,
    net: decimal.subtract(gross, costs),
    grossBase,
    costsBase,
    netBase: known(decimal.subtract, grossBase, costsBase),
  };
}

/**
 * Gives all lots their new units: rounded as a whole, so that together they are what the position has after the split. A lot whose units
 * round to none leaves its money to the one beside it.
 */
export function splitLots(lots: Lot[], split: Split): void {
  let [before, after] = ['0', '0'];
  for (const lot of lots) {
    before = decimal.add(before, lot.quantity);
    const upToHere = afterSplit(before, split);
    lot.quantity = decimal.subtract(upToHere, after);
    after = upToHere;
  }
  for (let index = lots.length - 1; index >= 0 && lots.length > 1; index--) {
    if (!isZero(lots[index]!.quantity)) continue;
    const [empty] = lots.splice(index, 1);
    pool(lots[Math.min(index, lots.length - 1)]!, empty!, '0');
  }
}

/** Units after all events, below zero for a short position. */
export function positionAfter(lots: readonly Lot[]): string {
  return lots.reduce(
    (units, { side, quantity }) =>
      side === 'long' ? decimal.add(units, quantity) : decimal.subtract(units, quantity),
    '0',
  );
}
