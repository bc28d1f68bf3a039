// Conversion rates from the simulator's own currency pairs, at mid. Knows the epics' form, no account and no deal.
import { decimal } from '../../../shared/decimal.ts';
import type { Market } from './types.ts';

const places = 12;

/** `Market.rate` from quotes of `CS.D.<pair>.CFD.IP`: the pair, its inverse, or both by way of the dollar. */
export function createRates(quote: Market['quote']): Market['rate'] {
  /** By pair what its last quote came to: rates are asked for far more often than they move. */
  const known = new Map<string, { bid: string; offer: string; mid: string; inverse: string }>();
  function pairOf(pair: string) {
    const found = quote(`CS.D.${pair}.CFD.IP`);
    const before = known.get(pair);
    if (!found || (before?.bid === found.bid && before.offer === found.offer)) return found && before;
    const { bid, offer } = found;
    const mid = decimal.divide(decimal.add(bid, offer), '2', places, 'half-even');
    if (mid === '0') return undefined; // a recording may hold anything
    const now = { bid, offer, mid, inverse: decimal.divide('1', mid, places, 'half-even') };
    known.set(pair, now);
    return now;
  }
  const direct = (from: string, to: string) =>
    from === to ? '1' : (pairOf(from + to)?.mid ?? pairOf(to + from)?.inverse);
  return (from, to) => {
    const straight = direct(from, to);
    if (straight !== undefined) return straight;
    const [first, second] = [direct(from, 'USD'), direct('USD', to)];
    return first !== undefined && second !== undefined
      ? decimal.round(decimal.multiply(first, second), places, 'half-even')
      : undefined;
  };
}
