// Working orders as GET /workingorders shows them. Says nothing of their markets.
import type { Instrument } from '../market/instrument.ts';
import { premiumOf } from './positions.ts';
import { double } from '../numbers.ts';
import { longDate, second, shortDate } from './texts.ts';
import type { WorkingOrder } from './types.ts';

/** Points; null without a guaranteed stop. */
const premium = ({ guaranteedStop, level }: WorkingOrder, instrument: Instrument) =>
  guaranteedStop ? double(premiumOf(instrument, level)) : null;

/** `workingOrderData` of version 2. */
export function orderV2(order: WorkingOrder, instrument: Instrument) {
  const {
    dealId,
    direction,
    epic,
    size,
    level,
    goodTill,
    createdAt,
    guaranteedStop,
    kind,
    stopDistance,
    limitDistance,
    currency,
  } = order;
  return {
    dealId,
    direction,
    epic,
    orderSize: double(size),
    orderLevel: double(level),
    timeInForce: goodTill === null ? 'GOOD_TILL_CANCELLED' : 'GOOD_TILL_DATE',
    goodTillDate: goodTill && longDate(goodTill).slice(0, 16),
    goodTillDateISO: goodTill && goodTill.slice(0, 16),
    createdDate: longDate(createdAt),
    createdDateUTC: second(createdAt),
    guaranteedStop,
    orderType: kind,
    stopDistance: double(stopDistance),
    limitDistance: double(limitDistance),
    currencyCode: currency,
    dma: false,
    limitedRiskPremium: premium(order, instrument),
  };
}
/** `workingOrderData` of version 1. Orders here do not trail. */
export function orderV1(order: WorkingOrder, instrument: Instrument) {
  const {
    dealId,
    direction,
    epic,
    size,
    level,
    goodTill,
    createdAt,
    guaranteedStop,
    kind,
    stopDistance,
    limitDistance,
    currency,
  } = order;
  return {
    dealId,
    direction,
    epic,
    size: double(size),
    level: double(level),
    goodTill: goodTill === null ? 'GTC' : `${shortDate(goodTill)} ${goodTill.slice(11, 16)}`,
    createdDate: longDate(createdAt),
    controlledRisk: guaranteedStop,
    trailingTriggerIncrement: null,
    trailingTriggerDistance: null,
    trailingStopDistance: null,
    trailingStopIncrement: null,
    requestType: `${kind}_ORDER`,
    contingentStop: double(stopDistance),
    contingentLimit: double(limitDistance),
    currencyCode: currency,
    dma: false,
    limitedRiskPremium: premium(order, instrument),
  };
}
