// What is typed into a ticket, as it is typed, and what of it may stand together: what excludes itself cannot be chosen. Pure.
import type { Market, OrderType } from '../../../client/index.ts';

export const stopKinds = ['normal', 'guaranteed', 'trailing'] as const;
export type StopKind = (typeof stopKinds)[number];

export type DealAt = 'market' | OrderType;
/** What is typed, as it is typed. */
export interface TicketText {
  at: DealAt;
  size: string;
  level: string;
  /** As a date-time field has it, in the browser's zone: `2026-03-01T18:00`; empty: until it is cancelled. */
  goodTill: string;
  stop: string;
  stopKind: StopKind;
  /** By how many points a trailing stop moves at a time. */
  step: string;
  limit: string;
  /** Of a deal at the market: how bad its fill may be; empty: it is filled at any price. */
  worst: string;
  /** What stop, limit and the worst fill are written as; a stop that trails is in points. */
  as: 'points' | 'level';
  /** Of a deal at the market: closes or reduces what is open the other way, and opens only where there is nothing. */
  against: boolean;
}
/** It has no stop and no limit then: there may be no new position to bear them. */
export const isAgainst = ({ at, against }: TicketText): boolean => at === 'market' && against;
/** Of a market deal with nothing typed yet. */
export const emptyTicket: TicketText = {
  at: 'market',
  size: '',
  level: '',
  goodTill: '',
  stop: '',
  stopKind: 'normal',
  step: '',
  limit: '',
  worst: '',
  as: 'points',
  against: false,
};

/** Those that may be chosen; an order's stop cannot trail. None: there is no stop at all. */
export function stopKindsOf(
  text: TicketText,
  { stopsLimitsAllowed, guaranteedStopsAllowed, dealingRules }: Market,
): StopKind[] {
  if (!stopsLimitsAllowed || isAgainst(text)) return [];
  const offered: Record<StopKind, boolean> = {
    normal: true,
    guaranteed: guaranteedStopsAllowed,
    trailing: text.at === 'market' && dealingRules.trailingStops,
  };
  return stopKinds.filter((kind) => offered[kind]);
}

/** The one it has: of what was chosen for a deal at market an order keeps all but the trailing. */
export const stopKindOf = ({ at, stopKind }: Pick<TicketText, 'at' | 'stopKind'>): StopKind =>
  at !== 'market' && stopKind === 'trailing' ? 'normal' : stopKind;

/** What the stop is written as: one that trails is a distance, whatever the others are. */
export const stopAs = (text: TicketText): TicketText['as'] =>
  stopKindOf(text) === 'trailing' ? 'points' : text.as;

/** What was typed as points is no level, and the reverse: it goes where a change makes the one the other. */
export function changed(text: TicketText, change: Partial<TicketText>): TicketText {
  const next = { ...text, ...change };
  return {
    ...next,
    ...(stopAs(next) !== stopAs(text) && { stop: '' }),
    ...(next.as !== text.as && { limit: '', worst: '' }),
  };
}

type Rule = Market['dealingRules']['minNormalStopOrLimitDistance'];
export const leastText = ({ value, unit }: Rule): string =>
  `at least ${value}${unit === 'percentage' ? ' % of the price' : ' points'}`;
