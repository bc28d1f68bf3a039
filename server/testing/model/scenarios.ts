// What each kind of deal is tried on in the model: what is there before, what is asked for, and what may happen to it meanwhile. No I/O.
import type { DealKindName } from '../../../shared/trading.ts';
import { amendingEvidence } from '../../modules/trading/deals/amend-position.ts';
import { amendingOrderEvidence, cancellingEvidence } from '../../modules/trading/deals/change-order.ts';
import { closingEvidence } from '../../modules/trading/deals/close-position.ts';
import type { DealEvidence, ReferenceOf } from '../../modules/trading/deals/kind.ts';
import { nettingEvidence } from '../../modules/trading/deals/net-position.ts';
import { openingEvidence } from '../../modules/trading/deals/open-position.ts';
import { placingEvidence } from '../../modules/trading/deals/place-order.ts';
import type { createModelBroker } from './broker.ts';
import type { Ask, Books, Thing } from './bookings.ts';
import type { Timeline } from './timeline.ts';

export interface Scenario {
  evidence: DealEvidence;
  referenceOf: ReferenceOf;
  first: Books;
  /** How many are asked for, one after the other, each under a key of its own. */
  intents: number;
  /** The `n`-th, by what is known of the thing then: its size here. */
  ask(n: number, known: number, pick: Timeline['pick']): Ask;
  /** What may be done without us. */
  meanwhile: ((broker: ReturnType<typeof createModelBroker>) => void)[];
}
/** Of the position, and of the order. */
export const [positionId, orderId] = ['P', 'O'];
export const [wholeSize, asked] = [3, { open: 1, order: 2 }];

const position: Thing = {
  dealId: positionId,
  reference: 'OPENED',
  direction: 'BUY',
  size: wholeSize,
  level: null,
};
const order: Thing = {
  dealId: orderId,
  reference: 'PLACED',
  direction: 'BUY',
  size: asked.order,
  level: 0.9,
};
const of = (thing: Thing) => new Map([[thing.dealId, thing]]);
const none = new Map<string, Thing>();
const nothing: Books = { positions: none, orders: none };
const withPosition: Books = { positions: of(position), orders: none };
const withOrder: Books = { positions: none, orders: of(order) };

const closing = (size: number): Ask => ({
  kind: 'close',
  dealId: positionId,
  direction: 'SELL',
  size,
  level: null,
});
const amending = (level: number): Ask => ({ ...position, kind: 'amend', level });
const changing = (kind: 'amend_order' | 'cancel_order', level: number): Ask => ({ ...order, kind, level });
const opening = (kind: 'open' | 'net' | 'place_order', size: number): Ask => ({
  kind,
  dealId: null,
  direction: kind === 'net' ? 'SELL' : 'BUY',
  size,
  level: kind === 'place_order' ? 0.9 : null,
});
/** By another program a size that ours do not have: with the same one nobody could tell them apart before the broker's reference is known. */
const closedElsewhere: Scenario['meanwhile'] = [
  (broker) => broker.elsewhere(closing(1), false),
  (broker) => broker.elsewhere(closing(0.5), true),
  (broker) => broker.elsewhere(closing(wholeSize), false),
];
/** Levels of its own: what was asked for here and brought by somebody else is there, whoever brought it. */
const changedElsewhere: Scenario['meanwhile'] = [
  (broker) => broker.elsewhere(amending(9), true),
  (broker) => broker.elsewhere(closing(wholeSize), false),
  (broker) => broker.elsewhere(closing(1), false),
];
const orderElsewhere: Scenario['meanwhile'] = [
  (broker) => broker.fill(orderId),
  (broker) => broker.elsewhere(changing('amend_order', 0.5), true),
];

export const scenarios: Record<DealKindName, Scenario> = {
  open: {
    evidence: openingEvidence,
    referenceOf: 'ours',
    first: nothing,
    intents: 1,
    ask: () => opening('open', asked.open),
    meanwhile: [],
  },
  net: {
    evidence: nettingEvidence,
    referenceOf: 'ours',
    first: withPosition,
    intents: 2,
    ask: (_n, _known, pick) => opening('net', pick([1, wholeSize, 2])),
    meanwhile: [],
  },
  close: {
    evidence: closingEvidence,
    referenceOf: 'brokers',
    first: withPosition,
    intents: 2,
    ask: (_n, known, pick) => closing(pick([1, known])),
    meanwhile: closedElsewhere,
  },
  amend: {
    evidence: amendingEvidence,
    referenceOf: 'positions',
    first: withPosition,
    intents: 2,
    ask: (n, _known, pick) => amending(pick([5, 5 + n])),
    meanwhile: changedElsewhere,
  },
  place_order: {
    evidence: placingEvidence,
    referenceOf: 'ours',
    first: nothing,
    intents: 1,
    ask: () => opening('place_order', asked.order),
    meanwhile: [
      (broker) => {
        for (const dealId of broker.books().orders.keys()) broker.fill(dealId);
      },
    ],
  },
  amend_order: {
    evidence: amendingOrderEvidence,
    referenceOf: 'positions',
    first: withOrder,
    intents: 2,
    ask: (n, _known, pick) => changing('amend_order', pick([0.8, 0.8 + n])),
    meanwhile: orderElsewhere,
  },
  cancel_order: {
    evidence: cancellingEvidence,
    referenceOf: 'positions',
    first: withOrder,
    intents: 2,
    ask: () => changing('cancel_order', 0.9),
    meanwhile: orderElsewhere,
  },
};
