// IG's words about deals, positions, orders and funds ↔ ours, pure. Throws TypeError where a word that matters cannot be read: none is made up.
import type { DealEffect, Direction, OrderType } from '../../../shared/trading.ts';
import type {
  ActivityEvidence,
  AmendOrderRequest,
  AmendRequest,
  CloseRequest,
  ConfirmEvidence,
  FundsEvidence,
  NetRequest,
  OpenRequest,
  OrderEvidence,
  OrderUpdate,
  PlaceOrderRequest,
  PositionEvidence,
  PositionUpdate,
} from '../../modules/trading/ports.ts';
import { jsonNumber } from '../rest/json.ts';
import type {
  AccountBalance,
  Activity,
  Confirm,
  OpenOrder,
  OpenPosition,
  OrderChange,
  PositionChange,
} from './schemas.ts';
import { decimal } from '../../../shared/decimal.ts';
import { decimalText } from '../decimal-text.ts';

/** The fields of an ACCOUNT item that are read; IG streaming reference, ACCOUNT. */
export const accountFields = ['FUNDS', 'PNL', 'MARGIN'] as const;
export type AccountValues = Record<(typeof accountFields)[number], string | null>;
/** The fields of a TRADE item. */
export const tradeFields = ['CONFIRMS', 'OPU', 'WOU'] as const;

function must<T>(value: T | null | undefined, what: string, from: unknown): T {
  if (value === null || value === undefined)
    throw new TypeError(`IG gave no readable ${what}: ${JSON.stringify(from)}`);
  return value;
}
const number = (text: string | null | undefined, what: string) => must(decimalText(text), what, text);
const directionOf = (text: string | null | undefined): Direction | null =>
  text === 'BUY' || text === 'SELL' ? text : null;
const given = (text: string | null | undefined) => text || null;

const orderTypes: Record<string, OrderType> = { LIMIT: 'limit', STOP: 'stop' };
const orderTypeOf = (text: string) => must(orderTypes[text], 'type of an order', text);
/** `yyyy/MM/dd HH:mm:ss`, as IG takes it: UTC. */
const goodTillText = (at: Date) => at.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');

/** Where IG tells whether a stop is guaranteed. */
const guaranteed = (told: boolean | null | undefined) =>
  typeof told === 'boolean' ? { guaranteedStop: told } : {};
interface Trail {
  trailingStopDistance?: string | null | undefined;
  trailingStep?: string | null | undefined;
}
/** Of a trailing stop, in points. Of fields that are not there nothing is said; null says that the stop does not trail. */
function trailing({ trailingStopDistance, trailingStep }: Trail) {
  if (trailingStopDistance === undefined) return {};
  const [distancePoints, incrementPoints] = [decimalText(trailingStopDistance), decimalText(trailingStep)];
  return { trailingStop: distancePoints && incrementPoints ? { distancePoints, incrementPoints } : null };
}

/** Text without a zone that is UTC: `2023-10-30T16:53:56.4`. Null when it is no instant. */
export function utc(text: string | null | undefined): Date | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?$/.test(text)) return null;
  const at = new Date(`${text}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}
/** Account-local text, `2018/05/03 18:01:42:000` or `2018-05-03T18:01:42`, by today's offset: an hour off across a change of the clocks. */
function localTime(text: string | null | undefined, offsetMinutes: number): Date | null {
  const at = utc(
    text
      ?.replaceAll('/', '-')
      .replace(' ', 'T')
      .replace(/:(\d{3})$/, '.$1'),
  );
  return at && new Date(at.getTime() - offsetMinutes * 60_000);
}

const doneBy: Record<string, ConfirmEvidence['action']> = {
  OPEN: 'opened',
  AMENDED: 'amended',
  PARTIALLY_CLOSED: 'partially_closed',
  CLOSED: 'closed',
  DELETED: 'deleted',
};

const effects: Record<string, DealEffect['action']> = {
  OPENED: 'opened',
  FULLY_CLOSED: 'closed',
  PARTIALLY_CLOSED: 'partially_closed',
  AMENDED: 'amended',
  DELETED: 'deleted',
};
/** A confirm, by REST or stream. A dealStatus that is neither word is no verdict: it throws, and the deal stays undecided. */
export function toConfirm(confirm: Confirm): ConfirmEvidence {
  const { dealStatus, status, reason } = confirm;
  if (dealStatus !== 'ACCEPTED' && dealStatus !== 'REJECTED')
    throw new TypeError(`a confirm is neither accepted nor rejected: ${dealStatus}`);
  const accepted = dealStatus === 'ACCEPTED';
  return {
    dealReference: confirm.dealReference,
    dealId: given(confirm.dealId),
    status: accepted ? 'accepted' : 'rejected',
    brokerCode: accepted ? null : (reason ?? 'UNKNOWN'),
    action: accepted ? must(doneBy[status ?? ''], 'status of an accepted confirm', status) : null,
    affected: (confirm.affectedDeals ?? []).flatMap(({ dealId, status: done }) => {
      const action = effects[done];
      return action ? [{ dealId, action }] : [];
    }),
    epic: given(confirm.epic),
    direction: directionOf(confirm.direction),
    size: decimalText(confirm.size),
    level: decimalText(confirm.level),
    stopLevel: decimalText(confirm.stopLevel),
    limitLevel: decimalText(confirm.limitLevel),
    stopDistancePoints: decimalText(confirm.stopDistance),
    limitDistancePoints: decimalText(confirm.limitDistance),
    ...guaranteed(confirm.guaranteedStop),
    ...(typeof confirm.trailingStop === 'boolean' && { trails: confirm.trailingStop }),
    profit: decimalText(confirm.profit),
    profitCurrency: given(confirm.profitCurrency),
    at: must(utc(confirm.date), 'date of a confirm', confirm.date),
  };
}

/** A row of GET /positions v2. */
export function toPosition({ position, market }: OpenPosition, offsetMinutes: number): PositionEvidence {
  const { createdDateUTC, createdDate } = position;
  return {
    dealId: position.dealId,
    dealReference: given(position.dealReference),
    epic: market.epic,
    expiry: given(market.expiry) ?? '-',
    name: given(market.instrumentName?.trim()),
    direction: must(directionOf(position.direction), 'direction', position.direction),
    size: number(position.size, 'size'),
    level: number(position.level, 'level'),
    currency: given(position.currency),
    contractSize: decimalText(position.contractSize),
    stopLevel: decimalText(position.stopLevel),
    limitLevel: decimalText(position.limitLevel),
    ...guaranteed(position.controlledRisk),
    ...trailing(position),
    openedAt: must(
      utc(createdDateUTC) ?? localTime(createdDate, offsetMinutes),
      'time of opening',
      createdDateUTC ?? createdDate,
    ),
  };
}

/** `2025-04-10T10:00` and `2025/04/10 10:00`: the minute as IG's lists have it; with seconds as its stream has it. */
const minuteOf = (text: string | null | undefined) => text && (/^.{16}$/.test(text) ? `${text}:00` : text);

/** A row of GET /workingorders v2. */
export function toOrder({ workingOrderData, marketData }: OpenOrder, offsetMinutes: number): OrderEvidence {
  const { createdDateUTC, createdDate, goodTillDateISO, goodTillDate, ...order } = workingOrderData;
  const goodTill = given(goodTillDateISO) ?? given(goodTillDate);
  return {
    dealId: order.dealId,
    epic: order.epic,
    expiry: given(marketData.expiry) ?? '-',
    name: given(marketData.instrumentName?.trim()),
    direction: must(directionOf(order.direction), 'direction', order.direction),
    size: number(order.orderSize, 'size'),
    type: orderTypeOf(order.orderType),
    level: number(order.orderLevel, 'level'),
    goodTillAt:
      goodTill === null
        ? null
        : must(
            localTime(minuteOf(goodTill), goodTillDateISO ? 0 : offsetMinutes),
            'good till date',
            goodTill,
          ),
    currency: given(order.currencyCode),
    stopDistancePoints: decimalText(order.stopDistance),
    limitDistancePoints: decimalText(order.limitDistance),
    ...guaranteed(order.guaranteedStop),
    placedAt: must(
      utc(createdDateUTC) ?? localTime(createdDate, offsetMinutes),
      'time of placing',
      createdDateUTC ?? createdDate,
    ),
  };
}

const throughApi = new Set(['PUBLIC_WEB_API', 'PUBLIC_FIX_API']);
const activityStatuses: Record<string, ActivityEvidence['status']> = {
  ACCEPTED: 'accepted',
  REJECTED: 'rejected',
};
const activityActions: Record<string, ActivityEvidence['actions'][number]['action']> = {
  POSITION_OPENED: 'opened',
  POSITION_CLOSED: 'closed',
  POSITION_DELETED: 'closed',
  POSITION_PARTIALLY_CLOSED: 'partially_closed',
  STOP_LIMIT_AMENDED: 'amended',
  WORKING_ORDER_DELETED: 'order_deleted',
  ...Object.fromEntries(
    ['LIMIT', 'STOP'].flatMap((type) => [
      [`${type}_ORDER_OPENED`, 'order_placed'],
      [`${type}_ORDER_AMENDED`, 'order_amended'],
      [`${type}_ORDER_FILLED`, 'order_filled'],
      [`${type}_ORDER_DELETED`, 'order_deleted'],
    ]),
  ),
};

/** A row of GET /history/activity v3, detailed. `readAt` stands for a time that cannot be read: the reference matters, not the second. */
export function toActivity(
  { date, epic, dealId, channel, status, details }: Activity,
  offsetMinutes: number,
  readAt: Date,
): ActivityEvidence {
  return {
    dealId,
    dealReference: given(details?.dealReference),
    epic: epic ?? '',
    status: activityStatuses[status ?? ''] ?? 'unknown',
    actions: (details?.actions ?? []).flatMap(({ actionType, affectedDealId }) =>
      affectedDealId ? [{ action: activityActions[actionType] ?? 'other', dealId: affectedDealId }] : [],
    ),
    direction: directionOf(details?.direction),
    size: decimalText(details?.size),
    level: decimalText(details?.level),
    stopLevel: decimalText(details?.stopLevel),
    limitLevel: decimalText(details?.limitLevel),
    stopDistancePoints: decimalText(details?.stopDistance),
    limitDistancePoints: decimalText(details?.limitDistance),
    ...guaranteed(details?.guaranteedStop),
    ...(details && trailing(details)),
    throughApi: throughApi.has(channel ?? ''),
    at: localTime(date, offsetMinutes) ?? readAt,
  };
}

/** Figures in their shortest form: IG's reads say 9970.0 where its stream says 9970, and whoever is told of it first is told the same. */
const figure = (text: string) => decimal.canonical(text);
/** GET /accounts v1. Throws for an account whose balance IG does not tell. */
export function toFunds({ accountId, balance }: AccountBalance, at: Date): FundsEvidence {
  const { balance: cash, deposit, profitLoss } = must(balance, 'balance', accountId);
  return {
    cash: figure(number(cash, 'balance')),
    margin: figure(number(deposit, 'deposit')),
    runningProfit: figure(number(profitLoss, 'profit')),
    at,
  };
}
/** An update of an ACCOUNT item; null while it has no funds yet. */
export function fromAccountItem({ FUNDS, PNL, MARGIN }: AccountValues, at: Date): FundsEvidence | null {
  const [cash, margin, runningProfit] = [FUNDS, MARGIN, PNL].map(decimalText);
  if (!cash || !margin || !runningProfit) return null;
  return { cash: figure(cash), margin: figure(margin), runningProfit: figure(runningProfit), at };
}

const positionStates: Record<string, PositionUpdate['state']> = {
  OPEN: 'open',
  UPDATED: 'updated',
  DELETED: 'deleted',
};

/** An `OPU` of the stream. On `deleted` the level is the closing one. Keyed by dealIdOrigin: a close elsewhere may bear another dealId. */
export const fromPositionChange = (change: PositionChange): PositionUpdate => ({
  dealId: given(change.dealIdOrigin) ?? change.dealId,
  dealReference: given(change.dealReference),
  state: must(positionStates[change.status], 'status of a position', change.status),
  epic: change.epic,
  expiry: given(change.expiry),
  direction: must(directionOf(change.direction), 'direction', change.direction),
  size: number(change.size, 'size'),
  level: number(change.level, 'level'),
  currency: given(change.currency),
  stopLevel: decimalText(change.stopLevel),
  limitLevel: decimalText(change.limitLevel),
  ...guaranteed(change.guaranteedStop),
  ...trailing(change),
  at: must(utc(change.timestamp), 'time of a position', change.timestamp),
});

/** A `WOU` of the stream. Its `goodTillDate` is UTC, to the second. */
export const fromOrderChange = (change: OrderChange): OrderUpdate => ({
  dealId: change.dealId,
  dealReference: given(change.dealReference),
  state: must(positionStates[change.status], 'status of an order', change.status),
  epic: change.epic,
  expiry: given(change.expiry),
  direction: must(directionOf(change.direction), 'direction', change.direction),
  size: number(change.size, 'size'),
  type: orderTypeOf(change.orderType),
  level: number(change.level, 'level'),
  goodTillAt: change.goodTillDate ? localTime(minuteOf(change.goodTillDate), 0) : null,
  currency: given(change.currency),
  stopDistancePoints: decimalText(change.stopDistance),
  limitDistancePoints: decimalText(change.limitDistance),
  ...guaranteed(change.guaranteedStop),
  at: must(utc(change.timestamp), 'time of an order', change.timestamp),
});

const optionalNumber = <K extends string>(key: K, text: string | null) =>
  text === null ? {} : { [key]: jsonNumber(text) };

/** At market; or whole at a level or better, else refused: IG's LIMIT, which does not rest. */
const orderType = (worstLevel: string | null) =>
  worstLevel === null
    ? { orderType: 'MARKET' }
    : { orderType: 'LIMIT', level: jsonNumber(worstLevel), timeInForce: 'FILL_OR_KILL' };
const marketBody = ({
  dealReference,
  epic,
  expiry,
  direction,
  size,
  currency,
  worstLevel,
}: Omit<NetRequest, 'kind'>) => ({
  epic,
  expiry,
  direction,
  size: jsonNumber(size),
  ...orderType(worstLevel),
  currencyCode: currency,
  dealReference,
});
/** The body of POST /positions/otc v2 for one that nets: IG takes no stop and no limit with it. */
export const netBody = (request: NetRequest) => ({
  ...marketBody(request),
  forceOpen: false,
  guaranteedStop: false,
});
/** The body of POST /positions/otc v2 for a position of its own. Absent fields are left out, not null. */
export const openBody = ({
  stopLevel,
  stopDistancePoints,
  limitLevel,
  limitDistancePoints,
  guaranteedStop,
  trailingIncrementPoints,
  ...request
}: OpenRequest) => ({
  ...marketBody(request),
  forceOpen: true,
  guaranteedStop,
  ...optionalNumber('stopLevel', stopLevel),
  ...optionalNumber('stopDistance', stopDistancePoints),
  ...optionalNumber('limitLevel', limitLevel),
  ...optionalNumber('limitDistance', limitDistancePoints),
  ...(trailingIncrementPoints !== null && {
    trailingStop: true,
    trailingStopIncrement: jsonNumber(trailingIncrementPoints),
  }),
});
/**
 * The body of PUT /positions/otc/{dealId} v2. IG does not document whether what is left out stays: both levels are sent every time, and
 * one that is to go as null. So is the stop's type, which IG does not keep (trading-ig#224).
 */
export const amendBody = ({ stopLevel, limitLevel, guaranteedStop, trailingStop }: AmendRequest) => ({
  stopLevel: stopLevel === null ? null : jsonNumber(stopLevel),
  limitLevel: limitLevel === null ? null : jsonNumber(limitLevel),
  guaranteedStop,
  trailingStop: trailingStop !== null,
  ...(trailingStop && {
    trailingStopDistance: jsonNumber(trailingStop.distancePoints),
    trailingStopIncrement: jsonNumber(trailingStop.incrementPoints),
  }),
});
/** The body of DELETE /positions/otc v1. */
export const closeBody = ({ dealId, direction, size, worstLevel = null }: CloseRequest) => ({
  dealId,
  direction,
  size: jsonNumber(size),
  ...orderType(worstLevel),
});

/** What PUT and POST of a working order have in common: all of it, so that nothing stays as it was by not being named. */
const orderTerms = ({
  type,
  level,
  goodTillAt,
  stopDistancePoints,
  limitDistancePoints,
  guaranteedStop,
  stopLevel,
}: PlaceOrderRequest | AmendOrderRequest) => ({
  level: jsonNumber(level),
  type: type === 'limit' ? 'LIMIT' : 'STOP',
  guaranteedStop,
  ...(goodTillAt === null
    ? { timeInForce: 'GOOD_TILL_CANCELLED' }
    : { timeInForce: 'GOOD_TILL_DATE', goodTillDate: goodTillText(goodTillAt) }),
  // A guaranteed stop is a distance when an order is placed, and a level when it is amended.
  ...(stopLevel === null
    ? optionalNumber('stopDistance', stopDistancePoints)
    : optionalNumber('stopLevel', stopLevel)),
  ...optionalNumber('limitDistance', limitDistancePoints),
});
/** The body of POST /workingorders/otc v2. The position it opens is one of its own. */
export const placeOrderBody = (request: PlaceOrderRequest) => ({
  epic: request.epic,
  expiry: request.expiry,
  direction: request.direction,
  size: jsonNumber(request.size),
  currencyCode: request.currency,
  forceOpen: true,
  dealReference: request.dealReference,
  ...orderTerms(request),
});
/** The body of PUT /workingorders/otc/{dealId} v2. */
export const amendOrderBody = (request: AmendOrderRequest) => orderTerms(request);
