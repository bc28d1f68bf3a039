// What the stream says of a decision, in IG's field names and the order of the recorded messages. Sends nothing.
import { plain, spellings } from '../numbers.ts';
import { pick } from '../../lib/pick.ts';
import { confirmOf, type Confirm } from './confirm.ts';
import { second } from './texts.ts';
import type { DealDecision, Decision, Position, WorkingOrder } from './decisions.ts';

type UpdateStatus = 'OPEN' | 'UPDATED' | 'DELETED';
const timestampOf = (at: string) => at.slice(0, -1);
function opuOf(position: Position, status: UpdateStatus, level: string, size: string, at: string) {
  return {
    ...pick(position, ['dealReference', 'dealId', 'direction', 'epic']),
    status,
    dealStatus: 'ACCEPTED',
    ...spellings(plain, { level, size }, 'level', 'size'),
    timestamp: timestampOf(at),
    channel: position.channel,
    dealIdOrigin: position.dealId,
    expiry: position.expiry,
    ...spellings(plain, position, 'stopLevel', 'limitLevel'),
    guaranteedStop: position.guaranteed !== undefined,
  };
}
/** An order that was reached but could not be filled goes with dealStatus REJECTED. */
function wouOf(order: WorkingOrder, status: UpdateStatus, at: string, dealStatus = 'ACCEPTED') {
  const { kind, goodTill } = order;
  return {
    ...pick(order, ['dealReference', 'dealId', 'direction', 'epic']),
    status,
    dealStatus,
    ...spellings(plain, order, 'level', 'size'),
    timestamp: timestampOf(at),
    channel: 'PublicRestOTC',
    ...pick(order, ['expiry', 'currency']),
    ...spellings(plain, order, 'stopDistance', 'limitDistance'),
    guaranteedStop: order.guaranteedStop,
    orderType: kind,
    timeInForce: goodTill === null ? 'GOOD_TILL_CANCELLED' : 'GOOD_TILL_DATE',
    goodTillDate: goodTill && second(goodTill),
  };
}
/** What `TRADE:{accountId}` says of a decision: at most one CONFIRMS, due at `confirmAt`, one OPU per position touched, one WOU of an order. */
export interface TradeMessages {
  accountId: string;
  confirmAt: string | null;
  confirms: (Confirm & { channel: string }) | null;
  wou: readonly ReturnType<typeof wouOf>[];
  opu: readonly ReturnType<typeof opuOf>[];
}

/** Stream messages of a decision; null when it has none (cash, preferences). The texts of the stream are their JSON. */
export function messagesOf(decision: Decision): TradeMessages | null {
  if (!('dealReference' in decision)) return null;
  const { accountId, confirmAt } = decision;
  const confirms = confirmAt === null ? null : { ...confirmOf(decision, plain), channel: 'PublicRestOTC' };
  return { accountId, confirmAt, confirms, ...updatesOf(decision) };
}
const orderStatus = { OPENED: 'OPEN', AMENDED: 'UPDATED', DELETED: 'DELETED' } as const;
function updatesOf(decision: DealDecision): Pick<TradeMessages, 'opu' | 'wou'> {
  const { at } = decision;
  if (decision.type === 'rejected') return { opu: [], wou: [] };
  if (decision.type === 'positionAmended')
    return {
      opu: [opuOf(decision.position, 'UPDATED', decision.position.level, decision.position.size, at)],
      wou: [],
    };
  if (decision.type === 'orderChanged')
    return {
      opu: [],
      wou: [wouOf(decision.order, orderStatus[decision.change], at, decision.reason && 'REJECTED')],
    };
  const { closings, opening, level, order } = decision;
  const closed = closings.map(({ position, remaining }) =>
    remaining === '0'
      ? opuOf(position, 'DELETED', level, '0', at)
      : opuOf(position, 'UPDATED', position.level, remaining, at),
  );
  return {
    opu: opening ? [...closed, opuOf(opening, 'OPEN', opening.level, opening.size, at)] : closed,
    wou: order ? [wouOf(order, 'DELETED', at)] : [],
  };
}
