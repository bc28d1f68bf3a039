// What the model's broker tells, in the words of the order path: confirms, its lists, its history. No I/O.
import { effectsOf } from '../../modules/trading/deals/effects.ts';
import type {
  ActivityAction,
  ActivityEvidence,
  ConfirmEvidence,
  OrderEvidence,
  PositionEvidence,
} from '../../modules/trading/ports.ts';
import type { Booking, Thing } from './bookings.ts';

const inConfirm: Partial<Record<ActivityAction, NonNullable<ConfirmEvidence['action']>>> = {
  opened: 'opened',
  closed: 'closed',
  partially_closed: 'partially_closed',
  amended: 'amended',
  order_placed: 'opened',
  order_amended: 'amended',
  order_deleted: 'deleted',
};
/** Of a deal that touched several things: an opening before a part of a close, and that before a close. */
const chiefOf = ({ effects }: Booking) =>
  effects.find(({ action }) => action === 'opened') ??
  effects.find(({ action }) => action === 'partially_closed') ??
  effects[0];
const levelOf = (level: number | null) => (level === null ? null : String(level));
const plain = { stopLevel: null, stopDistancePoints: null, limitDistancePoints: null };

export function confirmOf(booking: Booking, at: Date): ConfirmEvidence {
  const { ask, accepted, reference, effects, ownId } = booking;
  const chief = chiefOf(booking);
  const isChange = ask.kind === 'amend';
  return {
    ...plain,
    dealReference: reference,
    dealId: chief?.dealId ?? ownId,
    status: accepted ? 'accepted' : 'rejected',
    brokerCode: accepted ? null : 'REFUSED',
    action: chief ? (inConfirm[chief.action] ?? null) : null,
    affected: effectsOf(effects.map(({ action, dealId }) => ({ action, dealId }))),
    epic: 'E',
    direction: ask.direction,
    size: String(ask.size),
    level: isChange ? '1' : (levelOf(ask.level) ?? '1'),
    limitLevel: isChange ? levelOf(ask.level) : null,
    profit: null,
    profitCurrency: null,
    at,
  };
}
export const positionOf = (
  { dealId, reference, direction, size, level }: Thing,
  openedAt: Date,
): PositionEvidence => ({
  dealId,
  dealReference: reference,
  epic: 'E',
  expiry: '-',
  name: null,
  direction,
  size: String(size),
  level: '1',
  currency: null,
  contractSize: null,
  stopLevel: null,
  limitLevel: levelOf(level),
  openedAt,
});
export const orderOf = ({ dealId, direction, size, level }: Thing, placedAt: Date): OrderEvidence => ({
  dealId,
  epic: 'E',
  expiry: '-',
  name: null,
  direction,
  size: String(size),
  type: 'limit',
  level: levelOf(level) ?? '1',
  goodTillAt: null,
  currency: null,
  stopDistancePoints: null,
  limitDistancePoints: null,
  placedAt,
});
export function activityOf(booking: Booking, at: Date): ActivityEvidence {
  const { ask, accepted, ownId, reference, effects, throughApi } = booking;
  const isChange = ask.kind === 'amend';
  return {
    ...plain,
    dealId: ownId,
    dealReference: reference,
    epic: 'E',
    status: accepted ? 'accepted' : 'rejected',
    actions: effects.map(({ action, dealId }) => ({ action, dealId })),
    direction: ask.direction,
    size: String(ask.size),
    level: isChange ? '1' : (levelOf(ask.level) ?? '1'),
    limitLevel: isChange ? levelOf(ask.level) : null,
    throughApi,
    at,
  };
}
