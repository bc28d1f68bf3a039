// Activity history in IG's shapes, one row per deal, derived from decisions. Paging and filters live with REST.
import type { Instrument } from '../market/instrument.ts';
import { dealNumberOf, shortReference } from './ids.ts';
import { attachedLevels } from './rules.ts';
import { plain } from '../numbers.ts';
import { currencySign, second, shortDate, signedSize } from './texts.ts';
import type { DealDecision, Decision } from './decisions.ts';
import type { Market } from './types.ts';
import { behind, pointsOf } from './value.ts';

/**
 * What a deal did, and to which position or order. IG's list has both WORKING_ORDER_DELETED and those of the kind: here
 * the first is a deletion that was asked for, the others one by date or because the order could not be filled.
 */
function actionsOf(deal: DealDecision): { actionType: string; affectedDealId: string }[] {
  switch (deal.type) {
    case 'rejected':
      return [];
    case 'positionAmended':
      return [{ actionType: 'STOP_LIMIT_AMENDED', affectedDealId: deal.position.dealId }];
    case 'orderChanged': {
      const {
        change,
        cause,
        order: { kind, dealId },
      } = deal;
      return [
        {
          actionType:
            change === 'DELETED' && cause === 'request' ? 'WORKING_ORDER_DELETED' : `${kind}_ORDER_${change}`,
          affectedDealId: dealId,
        },
      ];
    }
    case 'dealt': {
      const { order, closings, opening } = deal;
      return [
        ...(order ? [{ actionType: `${order.kind}_ORDER_FILLED`, affectedDealId: order.dealId }] : []),
        ...closings.map(({ position, remaining }) => ({
          actionType: remaining === '0' ? 'POSITION_CLOSED' : 'POSITION_PARTIALLY_CLOSED',
          affectedDealId: position.dealId,
        })),
        ...(opening ? [{ actionType: 'POSITION_OPENED', affectedDealId: opening.dealId }] : []),
      ];
    }
  }
}
/** The first three are IG's words. */
const phrases: Record<string, string> = {
  POSITION_OPENED: 'Position opened',
  POSITION_CLOSED: 'Position/s closed',
  POSITION_PARTIALLY_CLOSED: 'Position partially closed',
  STOP_LIMIT_AMENDED: 'Stop/limit amended',
};
const phraseOf = (actionType: string) =>
  phrases[actionType] ?? `Order ${actionType.split('_').at(-1)!.toLowerCase()}`;
function descriptionOf(deal: DealDecision): string {
  const reason = 'reason' in deal ? deal.reason : undefined;
  if (deal.type === 'rejected') return `Deal rejected: ${reason}`;
  const sentences = [...Map.groupBy(actionsOf(deal), ({ actionType }) => phraseOf(actionType))].map(
    ([phrase, actions]) =>
      `${phrase}: ${actions.map(({ affectedDealId }) => shortReference(affectedDealId)).join(', ')}`,
  );
  return [...sentences, ...(reason ? [`Order rejected: ${reason}`] : [])].join('; ');
}

function typeOf(deal: DealDecision): 'POSITION' | 'EDIT_STOP_AND_LIMIT' | 'WORKING_ORDER' {
  if (deal.type === 'positionAmended' || (deal.type === 'rejected' && deal.of === 'amend'))
    return 'EDIT_STOP_AND_LIMIT';
  return deal.type === 'orderChanged' ||
    (deal.type === 'rejected' ? deal.of === 'order' : deal.order !== undefined)
    ? 'WORKING_ORDER'
    : 'POSITION';
}

/** Stop and limit as levels and as points, each from the other. */
function attachedTo(deal: DealDecision, instrument: Instrument | undefined) {
  if (deal.type === 'orderChanged') {
    const { stopDistance, limitDistance, level } = deal.order;
    const levels = instrument && attachedLevels(instrument, deal.order, level);
    return { stopLevel: levels?.stopLevel, limitLevel: levels?.limitLevel, stopDistance, limitDistance };
  }
  const position =
    deal.type === 'positionAmended' ? deal.position : deal.type === 'dealt' ? deal.opening : null;
  if (!position) return {};
  const { direction, level, stopLevel, limitLevel } = position;
  return {
    stopLevel,
    limitLevel,
    stopDistance:
      instrument && stopLevel !== null ? pointsOf(instrument, behind(direction, stopLevel, level)) : null,
    limitDistance:
      instrument && limitLevel !== null ? pointsOf(instrument, behind(direction, level, limitLevel)) : null,
  };
}
function figuresOf(deal: DealDecision) {
  if (deal.type === 'rejected') return {};
  if (deal.type === 'orderChanged')
    return { ...deal.order, guaranteed: deal.order.guaranteedStop, trailing: undefined };
  if (deal.type === 'positionAmended') return { ...deal.position, goodTill: null };
  const { opening, closings, level, order } = deal;
  return {
    level,
    currency: (opening ?? closings[0]!.position).currency,
    goodTill: order?.goodTill,
    guaranteed: opening?.guaranteed,
    trailing: opening?.trailing,
  };
}

/** GET /history/activity v3, one row with its details; undefined for decisions that are no activity (cash, funding, preferences). */
export function activityOf(decision: Decision, instrumentOf: Market['instrument']) {
  if (!('dealReference' in decision)) return undefined;
  const { at, epic, expiry, dealId, dealReference, direction, size, cause } = decision;
  const instrument = epic === null ? undefined : instrumentOf(epic);
  const { level, currency, goodTill, guaranteed, trailing } = figuresOf(decision);
  const { stopLevel, stopDistance, limitLevel, limitDistance } = attachedTo(decision, instrument);
  return {
    date: second(at),
    epic,
    period: expiry,
    dealId,
    channel: cause === 'request' ? 'PUBLIC_WEB_API' : 'SYSTEM',
    type: typeOf(decision),
    status: 'reason' in decision && decision.reason !== undefined ? 'REJECTED' : 'ACCEPTED',
    description: descriptionOf(decision),
    details: {
      dealReference,
      actions: actionsOf(decision),
      marketName: instrument?.name ?? null,
      goodTillDate: goodTill == null ? null : second(goodTill),
      currency: currency ?? null,
      size: Number(size),
      direction,
      level: plain(level),
      stopLevel: plain(stopLevel),
      stopDistance: plain(stopDistance),
      guaranteedStop: Boolean(guaranteed),
      trailingStopDistance: plain(trailing?.distance),
      trailingStep: plain(trailing?.step),
      limitLevel: plain(limitLevel),
      limitDistance: plain(limitDistance),
    },
  };
}
export type Activity = NonNullable<ReturnType<typeof activityOf>>;

/** A row of version 1, all text. */
export function oldActivityOf({
  date,
  epic,
  period,
  dealId,
  channel,
  type,
  status,
  description,
  details,
}: Activity) {
  const {
    marketName,
    currency,
    size,
    direction,
    level,
    stopLevel,
    limitLevel,
    guaranteedStop,
    trailingStopDistance,
  } = details;
  const text = (value: string | number | null) => (value === null ? '-' : String(value));
  return {
    epic: text(epic),
    dealId,
    activityHistoryId: String(dealNumberOf(dealId)).padStart(10, '0'),
    date: shortDate(date),
    time: date.slice(11, 16),
    activity: type === 'EDIT_STOP_AND_LIMIT' ? 'S&L' : 'Order',
    marketName: text(marketName),
    period: text(period),
    result: description,
    channel: channel === 'SYSTEM' ? 'System' : 'Web',
    currency: currency === null ? '-' : currencySign(currency),
    size: signedSize(direction, String(size)),
    level: text(level),
    stop: text(stopLevel),
    limit: text(limitLevel),
    stopType:
      stopLevel === null
        ? '-'
        : trailingStopDistance !== null
          ? `T(${trailingStopDistance})`
          : guaranteedStop
            ? 'G'
            : 'N',
    actionStatus: status === 'REJECTED' ? 'REJECT' : 'ACCEPT',
  };
}
