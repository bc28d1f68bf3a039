// Closing and cancelling everything at once, in words: how far it is, what became of each position and order, what is left. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { SagaKind, SagaLeft, SagaLeg, SagaOutcome } from '../../../client/index.ts';
import { dealOutcome, verb } from './deal-words.ts';
import { levelText } from './format.ts';

export const sagaWords: Record<
  SagaKind,
  { text: string; does: string; going: string; nothing: string; whole: string }
> = {
  close_all: {
    text: 'Close all',
    does: 'close all positions',
    going: 'Closing all positions',
    nothing: 'No position was open',
    whole: 'All positions are closed',
  },
  cancel_all: {
    text: 'Cancel all',
    does: 'cancel all working orders',
    going: 'Cancelling all working orders',
    nothing: 'No order rested',
    whole: 'All working orders are cancelled',
  },
  flatten: {
    text: 'Flatten',
    does: 'cancel all working orders and close all positions',
    going: 'Cancelling all orders and closing all positions',
    nothing: 'Nothing was open or resting',
    whole: 'All orders are cancelled and all positions closed',
  },
};

/** How far it is, or how it ended: `Closing all positions: 1 of 3 done.` */
export function sagaSentence({ kind, status, legs, left }: SagaOutcome): string {
  const { going, nothing, whole } = sagaWords[kind];
  const settled = legs.filter(({ outcome }) => outcome !== 'waiting').length;
  const refused = legs.filter(({ outcome }) => outcome === 'refused').length;
  if (status === 'running')
    return legs.length === 0 ? `${going}…` : `${going}: ${settled} of ${legs.length} decided.`;
  if (status === 'incomplete')
    return `${going} has ended, and ${left.length} ${left.length === 1 ? 'is' : 'are'} left.`;
  if (legs.length === 0) return `${nothing}.`;
  return `${whole}${refused === 0 ? '' : `; ${refused} of ${legs.length} deals were refused on the way`}.`;
}

const legNoun: Record<SagaLeg['kind'], string> = { close: 'position', cancel_order: 'order' };

/** What became of one position or order; `nameOf` tells a market's name by its epic. */
export function legSentence(
  { kind, dealId, outcome, deal }: SagaLeg,
  nameOf: (epic: string) => string,
): string {
  if (deal && outcome !== 'gone') return dealOutcome(deal, nameOf(deal.epic));
  if (outcome === 'waiting') return `The ${legNoun[kind]} ${dealId} is next.`;
  return `The ${legNoun[kind]} ${dealId} was not there any more.`;
}

/** What is left of it: `Buy 1 EUR/USD, position DIAAA1`. */
export const leftWords = (
  { kind, dealId, epic, direction, size }: SagaLeft,
  nameOf: (epic: string) => string,
): string => `${verb(direction)} ${levelText(decimal.canonical(size))} ${nameOf(epic)}, ${kind} ${dealId}`;

const rank: Record<SagaLeg['outcome'], number> = { refused: 0, waiting: 1, gone: 2, done: 3 };
/** The legs that are shown: what needs an eye first, each in its order. */
export const shownLegs = (legs: readonly SagaLeg[], atMost: number): readonly SagaLeg[] =>
  legs.toSorted((a, b) => rank[a.outcome] - rank[b.outcome]).slice(0, atMost);
