// The words of the dealing engine: what may be asked, what was decided, and what a decision leaves behind. Types only.
import type { Instrument, MarketStatus } from '../market/instrument.ts';
import type { Chunks, PersistentMap } from './persistent.ts';

export type Direction = 'BUY' | 'SELL';
export type AccountType = 'CFD' | 'SPREADBET';
/** What a login that was made at run time needs to sign in again after a restart; none for logins of the configuration. */
export interface Credentials {
  passwordHash: string;
  apiKey: string;
  /** Which of the login's accounts this is, from 0. Journals from before there were several do not say. */ place?: number;
  accountName?: string;
}

/** Every figure is canonical decimal text; levels are in quote units, distances in points, money in the account's currency. */
export type Command =
  | {
      type: 'createAccount';
      accountId: string;
      login: string;
      accountType: AccountType;
      currency: string;
      cash: string;
      credentials?: Credentials;
    }
  /** Money from or to outside; `amount` is negative for a withdrawal. */
  | { type: 'adjustCash'; accountId: string; amount: string; note?: string }
  | DealCommand
  /** The quote of `epic` changed: stops, limits and working orders are looked at, but nothing that came about after `quotedAt` (ISO, UTC). */
  | { type: 'tick'; epic: string; quotedAt?: string }
  /** Time went on: orders past their date are deleted, and nights that passed are charged. */
  | { type: 'time' }
  /** Closes positions of an account whose equity no longer covers half its margin. */
  | { type: 'checkMargin'; accountId: string }
  /** IG REST: PUT /accounts/preferences. */
  | { type: 'setPreferences'; accountId: string; trailingStopsEnabled: boolean }
  /** A watchlist as it is to be; `epics` null deletes it. Its rules are REST's. */
  | { type: 'setWatchlist'; accountId: string; id: string; name: string; epics: readonly string[] | null };

/** What is attached to an order: a level or a distance in points, at most one of each pair. */
export interface Attached {
  stopLevel?: string;
  stopDistance?: string;
  limitLevel?: string;
  limitDistance?: string;
}
/** What every order to open names. */
interface OrderToOpen extends Attached {
  accountId: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  currencyCode: string;
  guaranteedStop?: boolean;
  /** Made up when absent. */
  dealReference?: string;
}
/** IG REST: POST /positions/otc v2, its cross-field rules already checked. */
export interface OpenPosition extends OrderToOpen {
  type: 'openPosition';
  forceOpen: boolean;
  /** Set: a LIMIT order, filled at once at this level or better, else refused. Absent: MARKET. */
  level?: string;
  trailingStop?: boolean;
  /** Points; goes with `trailingStop`. */
  trailingStopIncrement?: string;
}
/** IG REST: DELETE /positions/otc v1. By `dealId`, or by `epic` first in first out; a smaller size closes partly. */
export interface ClosePosition {
  type: 'closePosition';
  accountId: string;
  dealId?: string;
  epic?: string;
  /** Goes with `epic`. */
  expiry?: string;
  /** Of the closing deal: the opposite of the position's. */
  direction: Direction;
  size: string;
  level?: string;
}

/** IG REST: PUT /positions/otc/{dealId} v2. The body is the whole new state: what is left out is taken off. */
export interface AmendPosition {
  type: 'amendPosition';
  accountId: string;
  dealId: string;
  stopLevel?: string;
  limitLevel?: string;
  guaranteedStop?: boolean;
  trailingStop?: boolean;
  /** Points; both go with `trailingStop`. */
  trailingStopDistance?: string;
  trailingStopIncrement?: string;
}
/** IG REST: POST /workingorders/otc v2, its cross-field rules already checked. */
export interface PlaceOrder extends OrderToOpen {
  type: 'placeOrder';
  level: string;
  kind: OrderKind;
  /** ISO 8601, UTC; absent: good till cancelled. */
  goodTill?: string;
  /** Absent: true, as IG takes it. */
  forceOpen?: boolean;
}
/** IG REST: PUT /workingorders/otc/{dealId} v2. `kind` and `goodTill` stay as they are when left out; attached orders are taken off. */
export interface AmendOrder extends Attached {
  type: 'amendOrder';
  accountId: string;
  dealId: string;
  level: string;
  kind?: OrderKind;
  /** Null: good till cancelled. */
  goodTill?: string | null;
  guaranteedStop?: boolean;
}
/** IG REST: DELETE /workingorders/otc/{dealId}. */
export interface CancelOrder {
  type: 'cancelOrder';
  accountId: string;
  dealId: string;
}
/** A request to deal, which has a confirm. */
export type DealCommand =
  OpenPosition | ClosePosition | AmendPosition | PlaceOrder | AmendOrder | CancelOrder;
/** LIMIT: buy below, sell above the market. STOP: buy above, sell below. */
export type OrderKind = 'LIMIT' | 'STOP';

export interface Quote {
  bid: string;
  offer: string;
  status: MarketStatus;
}
/** Prices as the engine needs them. */
export interface Market {
  /** The latest quote; undefined when there never was one. */
  quote(epic: string): Quote | undefined;
  instrument(epic: string): Instrument | undefined;
  /** How much of currency `to` one unit of `from` is; undefined when unknown. Never asked for equal currencies. */
  rate(from: string, to: string): string | undefined;
}
export interface Context extends Market {
  now: Date;
  random(size: number): Uint8Array;
  /** From a request to the moment its confirm can be read. Default 0. */
  confirmDelayMs?: number;
  /** A fault: a dealReference that was used before opens another position. */
  duplicateCheckOff?: boolean;
}

/** IG's reason codes that this engine gives (IG REST: GET /confirms). */
export type Reason =
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

export interface Account {
  accountId: string;
  login: string;
  accountType: AccountType;
  currency: string;
  createdAt: string;
  credentials?: Credentials;
  cash: string;
  /** In the order they were opened. */
  positions: readonly Position[];
  /** In the order they were placed. */
  orders: readonly WorkingOrder[];
  trailingStopsEnabled: boolean;
  watchlists: readonly Watchlist[];
  /** The last night that was charged or had nothing to charge (ISO, UTC). */
  fundedTo: string;
  /** This account's latest decisions, oldest first. */
  history: Chunks<Decision>;
  /** Cash from decisions that `history` no longer holds. */
  broughtForward: string;
  /** By dealReference the newest deal with a confirm that `history` holds. */
  references: PersistentMap<DealDecision>;
}
export interface Watchlist {
  id: string;
  name: string;
  epics: readonly string[];
}
/** The positions and orders of one epic, in no order that means anything, and a band of quotes within which none of them is triggered. */
export interface Book {
  positions: readonly Position[];
  orders: readonly WorkingOrder[];
  quiet: { bidAbove: number; bidBelow: number; offerAbove: number; offerBelow: number };
}
export interface State {
  /** Decisions folded so far; the next dealId follows from it. */
  decisions: number;
  accounts: PersistentMap<Account>;
  books: PersistentMap<Book>;
}
