// Conversion rates from the simulator's own currency pairs, at mid. Knows the epics' form, no account and no deal.
import { decimal } from '../../../shared/decimal.ts';
import type { Market } from './types.ts';

const places = 12;

/** `Market.rate` from quotes of `CS.D.<pair>.CFD.IP`: the pair, its inverse, or both by way of the dollar. */
export function createRates(quote: Market['quote']): Market['rate'] {
  const mid = (pair: string) => {
    const found = quote(`CS.D.${pair}.CFD.IP`);
    return found && decimal.divide(decimal.add(found.bid, found.offer), '2', places, 'half-even');
  };
  function direct(from: string, to: string): string | undefined {
    if (from === to) return '1';
    const inverse = mid(to + from);
    return mid(from + to) ?? (inverse && decimal.divide('1', inverse, places, 'half-even'));
  }
  return (from, to) => {
    const straight = direct(from, to);
    if (straight !== undefined) return straight;
    const [first, second] = [direct(from, 'USD'), direct('USD', to)];
    return first !== undefined && second !== undefined ? decimal.round(decimal.multiply(first, second), places, 'half-even') : undefined;
  };
}
