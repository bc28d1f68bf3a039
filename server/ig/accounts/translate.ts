// IG's words about deals, positions and funds ↔ ours, pure. Throws TypeError where a word that matters cannot be read: none is made up.
import type { Direction } from '../../../shared/trading.ts';
import type {
  ActivityEvidence,
  CloseRequest,
  ConfirmEvidence,
  FundsEvidence,
  OpenRequest,
  PositionEvidence,
  PositionUpdate,
} from '../../modules/trading/ports.ts';
import { jsonNumber } from '../rest/json.ts';
import type { AccountBalance, Activity, Confirm, OpenPosition, PositionChange } from './schemas.ts';
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

/** Text without a zone that is UTC: `2023-10-30T16:53:56.4`. Null when it is no instant. */
function utc(text: string | null | undefined): Date | null {
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
    epic: given(confirm.epic),
    direction: directionOf(confirm.direction),
    size: decimalText(confirm.size),
    level: decimalText(confirm.level),
    stopLevel: decimalText(confirm.stopLevel),
    limitLevel: decimalText(confirm.limitLevel),
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
    openedAt: must(
      utc(createdDateUTC) ?? localTime(createdDate, offsetMinutes),
      'time of opening',
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
    throughApi: throughApi.has(channel ?? ''),
    at: localTime(date, offsetMinutes) ?? readAt,
  };
}

/** GET /accounts v1. Throws for an account whose balance IG does not tell. */
export function toFunds({ accountId, balance }: AccountBalance, at: Date): FundsEvidence {
  const { balance: cash, deposit, profitLoss } = must(balance, 'balance', accountId);
  return {
    cash: number(cash, 'balance'),
    margin: number(deposit, 'deposit'),
    runningProfit: number(profitLoss, 'profit'),
    at,
  };
}
/** An update of an ACCOUNT item; null while it has no funds yet. */
export function fromAccountItem({ FUNDS, PNL, MARGIN }: AccountValues, at: Date): FundsEvidence | null {
  const [cash, margin, runningProfit] = [FUNDS, MARGIN, PNL].map(decimalText);
  return cash && margin && runningProfit ? { cash, margin, runningProfit, at } : null;
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
  at: must(utc(change.timestamp), 'time of a position', change.timestamp),
});

const optionalNumber = <K extends string>(key: K, text: string | null) =>
  text === null ? {} : { [key]: jsonNumber(text) };

/** The body of POST /positions/otc v2. `forceOpen` always: a deal of ours never nets one that is open. Absent fields are left out, not null. */
export const openBody = ({
  dealReference,
  epic,
  expiry,
  direction,
  size,
  currency,
  stopLevel,
  stopDistancePoints,
  limitLevel,
  limitDistancePoints,
}: OpenRequest) => ({
  epic,
  expiry,
  direction,
  size: jsonNumber(size),
  orderType: 'MARKET',
  currencyCode: currency,
  forceOpen: true,
  guaranteedStop: false,
  dealReference,
  ...optionalNumber('stopLevel', stopLevel),
  ...optionalNumber('stopDistance', stopDistancePoints),
  ...optionalNumber('limitLevel', limitLevel),
  ...optionalNumber('limitDistance', limitDistancePoints),
});
/** The body of DELETE /positions/otc v1. */
export const closeBody = ({ dealId, direction, size }: CloseRequest) => ({
  dealId,
  direction,
  size: jsonNumber(size),
  orderType: 'MARKET',
});
