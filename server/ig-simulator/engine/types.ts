// The words of the dealing engine: what may be asked, what was decided, and what a decision leaves behind. Types only.
import type { Instrument } from '../market/instruments.ts';
import type { Chunks, PersistentMap } from './persistent.ts';

export type Direction = 'BUY' | 'SELL';
export type AccountType = 'CFD' | 'SPREADBET';
/** What a login that was made at run time needs to sign in again after a restart; none for logins of the configuration. */
export interface Credentials { passwordHash: string; apiKey: string; /** Which of the login's accounts this is, from 0. Journals from before there were several do not say. */ place?: number; accountName?: string }

/** Every figure is canonical decimal text; levels are in quote units, distances in points, money in the account's currency. */
export type Command =
  | { type: 'createAccount'; accountId: string; login: string; accountType: AccountType; currency: string; cash: string; credentials?: Credentials }
  /** Money from or to outside; `amount` is negative for a withdrawal. */
  | { type: 'adjustCash'; accountId: string; amount: string; note?: string }
  | OpenPosition
  | ClosePosition
  /** The quote of `epic` changed: attached stops and limits are looked at, but not of positions opened after `quotedAt` (ISO, UTC). */
  | { type: 'tick'; epic: string; quotedAt?: string };

/** IG REST: POST /positions/otc v2, its cross-field rules already checked. */
export interface OpenPosition {
  type: 'openPosition';
  accountId: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  currencyCode: string;
  forceOpen: boolean;
  /** Set: a LIMIT order, filled at once at this level or better, else refused. Absent: MARKET. */
  level?: string;
  stopLevel?: string;
  stopDistance?: string;
  limitLevel?: string;
  limitDistance?: string;
  guaranteedStop?: boolean;
  trailingStop?: boolean;
  /** Made up when absent. */
  dealReference?: string;
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

export interface Quote { bid: string; offer: string; tradeable: boolean }
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
  | 'ATTACHED_ORDER_LEVEL_ERROR' | 'CONFLICTING_ORDER' | 'DUPLICATE_ORDER_ERROR' | 'GENERAL_ERROR' | 'INSTRUMENT_NOT_FOUND'
  | 'INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY' | 'INSUFFICIENT_FUNDS' | 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET' | 'MARKET_CLOSED' | 'MARKET_OFFLINE'
  | 'MINIMUM_ORDER_SIZE_ERROR' | 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION' | 'POSITION_NOT_AVAILABLE_TO_CLOSE'
  | 'REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT' | 'REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT' | 'SIZE_INCREMENT' | 'STOP_OR_LIMIT_NOT_ALLOWED'
  | 'TRAILING_STOP_NOT_ALLOWED';

/** Open exposure. Immutable: a partial close replaces it. */
export interface Position {
  /** Of the deal that opened it, for as long as it lives. */
  dealId: string;
  accountId: string;
  dealReference: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  level: string;
  currency: string;
  stopLevel: string | null;
  limitLevel: string | null;
  openedAt: string;
  /** Who created it, as the stream says on all its updates. */
  channel: 'PublicRestOTC' | 'OSAutoStopFill';
}
/** What a deal takes from one position; `position` is as it was before, `remaining` its size afterwards. */
export interface Closing { position: Position; size: string; remaining: string; /** Account currency, rounded. */ profit: string; /** Position currency into account currency. */ rate: string }

interface Head {
  /** ISO 8601, UTC. */
  at: string;
  accountId: string;
  /** Of this deal: every decision has its own. */
  dealId: string;
}
interface Deal extends Head {
  dealReference: string;
  /** From when the confirm can be read; null when there is none, as for a stop that was hit. */
  confirmAt: string | null;
  cause: 'request' | 'stop' | 'limit';
  /** Null when a close named a position that is not there. */
  epic: string | null;
  expiry: string | null;
  direction: Direction;
  size: string;
}
export interface Rejected extends Deal { type: 'rejected'; reason: Reason }
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
}
/** Final: state is the fold of these, and needs no quote to be folded. */
export type Decision =
  | (Head & { type: 'accountCreated'; login: string; accountType: AccountType; currency: string; cash: string; credentials?: Credentials })
  | (Head & { type: 'cashAdjusted'; amount: string; note: string })
  | Rejected
  | Dealt;

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
  /** This account's latest decisions, oldest first. */
  history: Chunks<Decision>;
  /** Cash from decisions that `history` no longer holds. */
  broughtForward: string;
  /** By dealReference the newest deal with a confirm that `history` holds. */
  references: PersistentMap<Rejected | Dealt>;
}
/** The positions of one epic, in the order they were opened, and a band of quotes within which none of them is triggered. */
export interface Book {
  positions: readonly Position[];
  quiet: { bidAbove: number; bidBelow: number; offerAbove: number; offerBelow: number };
}
export interface State {
  /** Decisions folded so far; the next dealId follows from it. */
  decisions: number;
  accounts: PersistentMap<Account>;
  books: PersistentMap<Book>;
}
