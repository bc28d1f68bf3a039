// Positions and working orders as GET /positions and GET /workingorders show them. Says nothing of their markets.
import type { Instrument } from '../market/instrument.ts';
import { double, spellings } from '../numbers.ts';
import { pick } from '../../lib/pick.ts';
import { premiumOf } from './positions.ts';
import { longDate, second, shortDate } from './texts.ts';
import type { Position, WorkingOrder } from './decisions.ts';

/** What both versions say alike; the premium in points, null without a guaranteed stop. */
const common = (order: WorkingOrder, instrument: Instrument) => ({
  ...pick(order, ['dealId', 'direction', 'epic']),
  createdDate: longDate(order.createdAt),
  currencyCode: order.currency,
  dma: false,
  limitedRiskPremium: order.guaranteedStop ? double(premiumOf(instrument, order.level)) : null,
});
/** `workingOrderData` of version 2. */
export const orderV2 = (order: WorkingOrder, instrument: Instrument) => ({
  ...common(order, instrument),
  orderSize: double(order.size),
  orderLevel: double(order.level),
  timeInForce: order.goodTill === null ? 'GOOD_TILL_CANCELLED' : 'GOOD_TILL_DATE',
  goodTillDate: order.goodTill && longDate(order.goodTill).slice(0, 16),
  goodTillDateISO: order.goodTill && order.goodTill.slice(0, 16),
  createdDateUTC: second(order.createdAt),
  guaranteedStop: order.guaranteedStop,
  orderType: order.kind,
  ...spellings(double, order, 'stopDistance', 'limitDistance'),
});
/** `workingOrderData` of version 1. Orders here do not trail. */
export const orderV1 = (order: WorkingOrder, instrument: Instrument) => ({
  ...common(order, instrument),
  ...spellings(double, order, 'size', 'level'),
  goodTill: order.goodTill === null ? 'GTC' : `${shortDate(order.goodTill)} ${order.goodTill.slice(11, 16)}`,
  controlledRisk: order.guaranteedStop,
  trailingTriggerIncrement: null,
  trailingTriggerDistance: null,
  trailingStopDistance: null,
  trailingStopIncrement: null,
  requestType: `${order.kind}_ORDER`,
  contingentStop: double(order.stopDistance),
  contingentLimit: double(order.limitDistance),
});

/** The `position` part of GET /positions v2. */
export const positionOf = (position: Position, instrument: Instrument) => ({
  ...pick(position, ['dealId', 'dealReference', 'direction', 'currency']),
  ...spellings(double, position, 'size', 'level', 'limitLevel', 'stopLevel'),
  contractSize: double(instrument.contractSize ?? 1),
  createdDate: longDate(position.openedAt),
  createdDateUTC: second(position.openedAt),
  controlledRisk: position.guaranteed !== undefined,
  trailingStep: double(position.trailing?.step),
  trailingStopDistance: double(position.trailing?.distance),
  limitedRiskPremium: double(position.guaranteed?.premium),
});
