// What may be asked of the dealing engine. Types only.
import type { AccountType, Credentials, Direction, OrderKind } from './words.ts';

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
