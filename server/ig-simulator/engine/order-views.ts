// Working orders as GET /workingorders shows them. Says nothing of their markets.
import type { Instrument } from '../market/instruments.ts';
import { localDate } from './messages.ts';
import { premiumOf } from './positions.ts';
import type { WorkingOrder } from './types.ts';

const number = (text: string | null) => (text === null ? null : Number(text));
const local = (at: string, offsetMs: number) => new Date(Date.parse(at) + offsetMs).toISOString();
/** Points; null without a guaranteed stop. */
const premium = ({ guaranteedStop, level }: WorkingOrder, instrument: Instrument) => (guaranteedStop ? Number(premiumOf(instrument, level)) : null);

/** `workingOrderData` of version 2; `offsetMs` is what the account's clock is ahead of UTC. */
export function orderV2(order: WorkingOrder, instrument: Instrument, offsetMs = 0) {
  const { dealId, direction, epic, size, level, goodTill, createdAt, guaranteedStop, kind, stopDistance, limitDistance, currency } = order;
  const date = goodTill === null ? null : local(goodTill, offsetMs).slice(0, 16);
  return {
    dealId, direction, epic, orderSize: Number(size), orderLevel: Number(level), timeInForce: goodTill === null ? 'GOOD_TILL_CANCELLED' : 'GOOD_TILL_DATE',
    goodTillDate: date && date.replaceAll('-', '/').replace('T', ' '), goodTillDateISO: goodTill && goodTill.slice(0, 16), createdDate: localDate(createdAt, offsetMs),
    createdDateUTC: createdAt.slice(0, 19), guaranteedStop, orderType: kind, stopDistance: number(stopDistance), limitDistance: number(limitDistance),
    currencyCode: currency, dma: false, limitedRiskPremium: premium(order, instrument),
  };
}
/** `workingOrderData` of version 1. Orders here do not trail. */
export function orderV1(order: WorkingOrder, instrument: Instrument, offsetMs = 0) {
  const { dealId, direction, epic, size, level, goodTill, createdAt, guaranteedStop, kind, stopDistance, limitDistance, currency } = order;
  const [date, time] = goodTill === null ? [] : local(goodTill, offsetMs).split('T');
  return {
    dealId, direction, epic, size: Number(size), level: Number(level), goodTill: date && time ? `${date.slice(2).split('-').reverse().join('/')} ${time.slice(0, 5)}` : 'GTC',
    createdDate: localDate(createdAt, offsetMs), controlledRisk: guaranteedStop, trailingTriggerIncrement: null, trailingTriggerDistance: null, trailingStopDistance: null,
    trailingStopIncrement: null, requestType: `${kind}_ORDER`, contingentStop: number(stopDistance), contingentLimit: number(limitDistance), currencyCode: currency,
    dma: false, limitedRiskPremium: premium(order, instrument),
  };
}
