// The methods of cost basis, each a function of the same trades. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import { matchApart, matchAverage } from './apart.ts';
import { choices } from './choice.ts';
import type { Lot, Matched } from './lot.ts';
import { matchSection104 } from './section-104.ts';
import type { LotEvent } from './trade.ts';

/** `events` are those of one instrument, in order, after `open` was left open. */
type Method = (events: readonly LotEvent[], open: readonly Lot[]) => Matched;

const methods: Record<CostMethod, Method> = {
  fifo: (events, open) => matchApart(events, choices.fifo, open),
  lifo: (events, open) => matchApart(events, choices.lifo, open),
  hifo: (events, open) => matchApart(events, choices.hifo, open),
  average: matchAverage,
  specific: (events, open) => matchApart(events, choices.specific, open),
  section_104: matchSection104,
};

/** Whether what was closed stays so whatever comes later: it can go on from open lots. By UK rules a later purchase changes it. */
export const goesOn = (method: CostMethod): boolean => method !== 'section_104';

/**
 * What of one instrument was closed, in the order of closing, and what is open. Whatever the method: units and money are the same in all.
 * `open` was open before the events; only a method that `goesOn` takes any.
 */
export function matchLots(
  method: CostMethod,
  events: readonly LotEvent[],
  open: readonly Lot[] = [],
): Matched {
  if (open.length > 0 && !goesOn(method)) throw new Error(`invariant: ${method} cannot go on from lots`);
  return methods[method](events, open);
}
