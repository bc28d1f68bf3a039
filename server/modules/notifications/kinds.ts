// The table of the kinds of notifications: what can be told, and from what. A new kind is a file and a row here.
import type { z } from 'zod';
import type { Notification, Severity } from '../../../shared/notifications.ts';
import type { Deal, DealStatus } from '../../../shared/trading.ts';
import { accountDegraded } from './kinds/account-degraded.ts';
import { accountEventFailed } from './kinds/account-event-failed.ts';
import { accountRestored } from './kinds/account-restored.ts';
import { alertFired } from './kinds/alert-fired.ts';
import { breakOpened } from './kinds/break-opened.ts';
import { channelTest } from './kinds/channel-test.ts';
import { deadManFired } from './kinds/dead-man-fired.ts';
import { dealAccepted } from './kinds/deal-accepted.ts';
import { dealRejected } from './kinds/deal-rejected.ts';
import { dealUnknown } from './kinds/deal-unknown.ts';
import { dealingHalted } from './kinds/dealing-halted.ts';
import { dealingResumed } from './kinds/dealing-resumed.ts';
import { deliveryFailed } from './kinds/delivery-failed.ts';
import { feedBack } from './kinds/feed-back.ts';
import { feedStale } from './kinds/feed-stale.ts';
import { jobFailed } from './kinds/job-failed.ts';
import { marginCloseOut } from './kinds/margin-close-out.ts';
import { marginWarning } from './kinds/margin-warning.ts';
import { orderExpired } from './kinds/order-expired.ts';
import { orderFilled } from './kinds/order-filled.ts';
import type { NotificationKind } from './kinds/kind.ts';
import { riskBreached } from './kinds/risk-breached.ts';
import { sagaIncomplete } from './kinds/saga-incomplete.ts';
import { securityEvent } from './kinds/security-event.ts';
import { signalLost } from './kinds/signal-lost.ts';
import { signalRefused } from './kinds/signal-refused.ts';
import { statementReady } from './kinds/statement-ready.ts';
import { positionClosed } from './kinds/position-closed.ts';

export const kinds = {
  'deal.accepted': dealAccepted,
  'deal.rejected': dealRejected,
  'deal.unknown': dealUnknown,
  'position.closed': positionClosed,
  'margin.warning': marginWarning,
  'margin.close_out': marginCloseOut,
  'order.filled': orderFilled,
  'order.expired': orderExpired,
  'account.degraded': accountDegraded,
  'account.restored': accountRestored,
  'account.event_failed': accountEventFailed,
  'dealing.halted': dealingHalted,
  'dealing.resumed': dealingResumed,
  'dead_man.fired': deadManFired,
  'security.event': securityEvent,
  'job.failed': jobFailed,
  'feed.stale': feedStale,
  'feed.back': feedBack,
  'statement.ready': statementReady,
  'break.opened': breakOpened,
  'risk.breached': riskBreached,
  'saga.incomplete': sagaIncomplete,
  'delivery.failed': deliveryFailed,
  'channel.test': channelTest,
  'alert.fired': alertFired,
  'signal.refused': signalRefused,
  'signal.lost': signalLost,
};

/** Kind → what its notices are made from. */
type KindData = { [K in keyof typeof kinds]: z.output<(typeof kinds)[K]['schema']> };
export type NoticeKind = keyof KindData;
/** What to tell a user, before it is text and has an id: the kind decides what the data is. */
export type Notice<K extends NoticeKind = NoticeKind> = {
  [Each in K]: { kind: Each; data: KindData[Each] };
}[K];

const table: { [K in NoticeKind]: NotificationKind<KindData[K]> } = kinds;
/** A notice in words, and how much they matter. */
export function textsOf<K extends NoticeKind>({
  kind,
  data,
}: Notice<K>): Pick<Notification, 'severity' | 'title' | 'body'> {
  const { severity, title, body } = table[kind];
  return { severity, title: title(data), body: body(data) };
}

const isKnown = (kind: string): kind is NoticeKind => Object.hasOwn(kinds, kind);
/** Of a kind by its name; one of another version counts as worth a look. */
export const severityOf = (kind: string): Severity => (isKnown(kind) ? kinds[kind].severity : 'warning');
/** Kinds that leave by channels as their user chooses. */
export const leavingKinds = (): NoticeKind[] =>
  (Object.keys(kinds) as NoticeKind[]).filter((kind) => !kinds[kind].inAppOnly);
export const isInAppOnly = (kind: string): boolean => isKnown(kind) && kinds[kind].inAppOnly === true;
export const isMailedAlready = (kind: string): boolean =>
  isKnown(kind) && kinds[kind].isMailedAlready === true;

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
