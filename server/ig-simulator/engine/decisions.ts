// What was decided, and what it leaves behind: positions, orders, and the deals that change them. Types only.
import type { AccountType, Credentials, Direction, OrderKind } from './words.ts';

/** IG's reason codes that this engine gives (IG REST: GET /confirms). */
export type Reason =
  | 'ACCOUNT_NOT_ENABLED_TO_TRADING'
  | 'ATTACHED_ORDER_LEVEL_ERROR'
  | 'ATTACHED_ORDER_TRAILING_STOP_ERROR'
  | 'CLOSING_ONLY_TRADES_ACCEPTED_ON_THIS_MARKET'
  | 'CONFLICTING_ORDER'
  | 'DUPLICATE_ORDER_ERROR'
  | 'GENERAL_ERROR'
  | 'GOOD_TILL_DATE_IN_THE_PAST'
  | 'INSTRUMENT_NOT_FOUND'
  | 'INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY'
  | 'INSUFFICIENT_FUNDS'
  | 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET'
  | 'MARKET_CLOSED'
  | 'MARKET_CLOSED_WITH_EDITS'
  | 'MARKET_OFFLINE'
  | 'MARKET_ORDERS_NOT_ALLOWED_ON_INSTRUMENT'
  | 'MINIMUM_ORDER_SIZE_ERROR'
  | 'MOVE_AWAY_ONLY_LIMIT'
  | 'MOVE_AWAY_ONLY_STOP'
  | 'MOVE_AWAY_ONLY_TRIGGER_LEVEL'
  | 'ORDER_NOT_FOUND'
  | 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION'
  | 'POSITION_NOT_AVAILABLE_TO_CLOSE'
  | 'POSITION_NOT_FOUND'
  | 'REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT'
  | 'REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT'
  | 'SIZE_INCREMENT'
  | 'STOP_OR_LIMIT_NOT_ALLOWED'
  | 'TRAILING_STOP_NOT_ALLOWED';
/** What a position and a resting order have alike. Both are immutable: a deal replaces them. */
interface Held {
  /** Of the deal that made it, for as long as it lives; the position that an order becomes keeps it. */
  dealId: string;
  accountId: string;
  dealReference: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  level: string;
  currency: string;
  /** When it was last amended by request. */
  changedAt?: string;
}
/** Open exposure. */
export interface Position extends Held {
  stopLevel: string | null;
  limitLevel: string | null;
  openedAt: string;
  /** Who created it, as the stream says on all its updates. */
  channel: 'PublicRestOTC' | 'OSAutoStopFill';
  /** The stop is guaranteed: it fills at its level, and then costs `premium` points. */
  guaranteed?: { premium: string };
  /** The stop follows the market: `distance` points behind it, in steps of `step` points; the next when the closing price is at `movesAt`. */
  trailing?: { distance: string; step: string; movesAt: string };
}
/** A resting order to open. */
export interface WorkingOrder extends Held {
  kind: OrderKind;
  /** ISO 8601, UTC; null: good till cancelled. */
  goodTill: string | null;
  /** Points from the level it is filled at. */
  stopDistance: string | null;
  limitDistance: string | null;
  guaranteedStop: boolean;
  forceOpen: boolean;
  createdAt: string;
}
/** What a deal takes from one position; `position` is as it was before, `remaining` its size afterwards. */
export interface Closing {
  position: Position;
  size: string;
  remaining: string;
  /** Account currency, rounded. */
  profit: string;
  /** Position currency into account currency. */
  rate: string;
  /** What the guaranteed stop cost, account currency, rounded; absent: nothing. */
  premium?: string;
}
interface Head {
  /** ISO 8601, UTC. */
  at: string;
  accountId: string;
  /** Of this deal: every decision has its own. */
  dealId: string;
}
/** Why a deal came about. `margin`: the account could no longer carry the position. */
export type Cause = 'request' | 'stop' | 'limit' | 'trailing' | 'order' | 'expiry' | 'margin';
interface Deal extends Head {
  dealReference: string;
  /** From when the confirm can be read; null when there is none, as for a stop that was hit. */
  confirmAt: string | null;
  cause: Cause;
  /** Null when a request named a position or order that is not there. */
  epic: string | null;
  expiry: string | null;
  direction: Direction;
  size: string;
}
export interface Rejected extends Deal {
  type: 'rejected';
  reason: Reason;
  /** What was asked for; absent: to open or close a position. */ of?: 'amend' | 'order';
}
/** One fill at one level: it closes positions, opens one, or both (netting that reverses). */
export interface Dealt extends Deal {
  type: 'dealt';
  epic: string;
  expiry: string;
  level: string;
  /** Of the account. */
  currency: string;
  closings: readonly Closing[];
  opening: Position | null;
  /** The working order that this deal filled and took away. */
  order?: WorkingOrder;
}
/** A position's stop and limit are others now; `position` is as it is after. */
export interface PositionAmended extends Deal {
  type: 'positionAmended';
  epic: string;
  expiry: string;
  position: Position;
}
/** A working order came, changed or went without being filled; `order` is as it is after, or was when it went. */
export interface OrderChanged extends Deal {
  type: 'orderChanged';
  change: 'OPENED' | 'AMENDED' | 'DELETED';
  epic: string;
  expiry: string;
  order: WorkingOrder;
  /** Why an order that was reached could not be filled (cause `order`). */
  reason?: Reason;
}
/** Overnight funding of one night. */
export interface Funded extends Head {
  type: 'funded';
  /** ISO, UTC: the end of the trading day. */ night: string;
  charges: readonly FundingCharge[];
}
export interface FundingCharge {
  dealId: string;
  epic: string;
  size: string;
  level: string;
  days: number;
  /** A year, in per cent of exposure; positive: the holder pays. */ ratePct: string;
  /** Account currency, rounded; negative: paid by the account. */ amount: string;
}
/** Final: state is the fold of these, and needs no quote to be folded. */
export type Decision =
  | (Head & {
      type: 'accountCreated';
      login: string;
      accountType: AccountType;
      currency: string;
      cash: string;
      credentials?: Credentials;
    })
  | (Head & { type: 'cashAdjusted'; amount: string; note: string })
  | (Head & { type: 'preferencesSet'; trailingStopsEnabled: boolean })
  | (Head & { type: 'watchlistSet'; id: string; name: string; epics: readonly string[] | null })
  | Funded
  | DealDecision;
/** What a request to deal, or a trigger, ends in. */
export type DealDecision = Rejected | Dealt | PositionAmended | OrderChanged;
