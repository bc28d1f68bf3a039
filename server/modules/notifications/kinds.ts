// The table of the kinds of notifications: what can be told, and from what. A new kind is a file and a row here.
import type { z } from 'zod';
import type { Deal, DealStatus } from '../../../shared/trading.ts';
import { alertFired } from './kinds/alert-fired.ts';
import { breakOpened } from './kinds/break-opened.ts';
import { dealAccepted } from './kinds/deal-accepted.ts';
import { dealRejected } from './kinds/deal-rejected.ts';
import { dealUnknown } from './kinds/deal-unknown.ts';
import type { NotificationKind } from './kinds/kind.ts';
import { riskBreached } from './kinds/risk-breached.ts';
import { sagaIncomplete } from './kinds/saga-incomplete.ts';
import { positionClosed } from './kinds/position-closed.ts';

export const kinds = {
  'deal.accepted': dealAccepted,
  'deal.rejected': dealRejected,
  'deal.unknown': dealUnknown,
  'position.closed': positionClosed,
  'break.opened': breakOpened,
  'risk.breached': riskBreached,
  'saga.incomplete': sagaIncomplete,
  'alert.fired': alertFired,
};

/** Kind → what its notices are made from. */
type KindData = { [K in keyof typeof kinds]: z.output<(typeof kinds)[K]['schema']> };
export type NoticeKind = keyof KindData;
/** What to tell a user, before it is text and has an id: the kind decides what the data is. */
export type Notice<K extends NoticeKind = NoticeKind> = {
  [Each in K]: { kind: Each; data: KindData[Each] };
}[K];

const table: { [K in NoticeKind]: NotificationKind<KindData[K]> } = kinds;
/** A notice in words. */
export function textsOf<K extends NoticeKind>({ kind, data }: Notice<K>): { title: string; body: string } {
  const { title, body } = table[kind];
  return { title: title(data), body: body(data) };
}

const toldOf = {
  submitting: null,
  submitted: null,
  denied: null,
  unknown: 'deal.unknown',
  accepted: 'deal.accepted',
  rejected: 'deal.rejected',
} as const satisfies Record<DealStatus, NoticeKind | null>;
/** What to tell about a deal that has just come to its status, `before` being the one it had; null when the caller's answer says it all. `name` is the market's. */
export function noticeOfDeal(deal: Deal, name: string, before?: DealStatus): Notice | null {
  const kind = toldOf[deal.status];
  return kind && { kind, data: { deal, name, before } };
}
