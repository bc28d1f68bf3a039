// The methods of cost basis, each a function of the same trades. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import { matchApart, matchAverage } from './apart.ts';
import { choices } from './choice.ts';
import type { Matched } from './lot.ts';
import { matchSection104 } from './section-104.ts';
import type { LotEvent } from './trade.ts';

/** `events` are those of one instrument, in order. */
type Method = (events: readonly LotEvent[]) => Matched;

const methods: Record<CostMethod, Method> = {
  fifo: (events) => matchApart(events, choices.fifo),
  lifo: (events) => matchApart(events, choices.lifo),
  hifo: (events) => matchApart(events, choices.hifo),
  average: matchAverage,
  specific: (events) => matchApart(events, choices.specific),
  section_104: matchSection104,
};

/** What of one instrument was closed, in the order of closing, and what is open. Whatever the method: units and money are the same in all. */
export const matchLots = (method: CostMethod, events: readonly LotEvent[]): Matched =>
  methods[method](events);
