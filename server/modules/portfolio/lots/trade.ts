// What the matching of lots is told: trades and splits of one instrument, and the money of each trade. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { known, share } from '../ledger/amount.ts';

/** Money of a quantity. The base currency's is null where no rate is known; neither is ever below zero. */
export interface Amounts {
  /** Quantity × price, without what dealing cost. */
  value: string;
  /** What dealing cost, taxes included. */
  costs: string;
  valueBase: string | null;
  costsBase: string | null;
}

export interface Trade extends Amounts {
  is: 'trade';
  /** Of its transaction. */
  id: string;
  at: Date;
  /** Its day in the portfolio's time zone. */
  on: string;
  /** Above zero: came. Below: went. It may cross zero. */
  quantity: string;
  /** What it closes of which opening trade, for the method `specific`. */
  lots?: readonly { transactionId: string; quantity: string }[];
}
export interface Split {
  is: 'split';
  at: Date;
  on: string;
  newUnits: string;
  oldUnits: string;
}
/** In order. */
export type LotEvent = Trade | Split;

/** The share of `part` units in the money of `whole` units; what is left is its difference, so that nothing is lost. */
export const shareOf = (amounts: Amounts, part: string, whole: string): Amounts =>
  part === whole ? amountsOf(amounts) : each(amounts, (amount) => share(amount, part, whole));
export const amountsOf = ({ value, costs, valueBase, costsBase }: Amounts): Amounts => ({
  value,
  costs,
  valueBase,
  costsBase,
});
export const add = (a: Amounts, b: Amounts) => both(a, b, decimal.add);
export const subtract = (a: Amounts, b: Amounts) => both(a, b, decimal.subtract);

function each({ value, costs, valueBase, costsBase }: Amounts, of: (amount: string) => string): Amounts {
  const [newValue, newCosts] = [of(value), of(costs)];
  // Of money that is the base currency nothing is computed twice.
  return {
    value: newValue,
    costs: newCosts,
    valueBase: valueBase === value ? newValue : known(of, valueBase),
    costsBase: costsBase === costs ? newCosts : known(of, costsBase),
  };
}
function both(a: Amounts, b: Amounts, of: (a: string, b: string) => string): Amounts {
  const [value, costs] = [of(a.value, b.value), of(a.costs, b.costs)];
  const isSameValue = a.valueBase === a.value && b.valueBase === b.value;
  const areSameCosts = a.costsBase === a.costs && b.costsBase === b.costs;
  return {
    value,
    costs,
    valueBase: isSameValue ? value : known(of, a.valueBase, b.valueBase),
    costsBase: areSameCosts ? costs : known(of, a.costsBase, b.costsBase),
  };
}
