// What the dealing engine knows: quotes, the accounts and books of its state, and what a decision is made in. Types only.
import type { Instrument, MarketStatus } from '../market/instrument.ts';
import type { DealDecision, Decision, Position, WorkingOrder } from './decisions.ts';
import type { Chunks, PersistentMap } from './persistent.ts';
import type { AccountType, Credentials } from './words.ts';

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
  /** A fault: the account is suspended from dealing, and whatever is asked for on it is refused. */
  suspended?: boolean;
}
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
