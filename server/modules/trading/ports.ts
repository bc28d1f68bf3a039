// What trading needs from outside, in its own words: a broker to deal with, evidence, accounts, prices, the user's events. No code but schemas.
import { z } from 'zod';
import type { TransactionType } from '../../../shared/history.ts';
import type { Market, Tick } from '../../../shared/market-data.ts';
import { DecimalText } from '../../../shared/primitives.ts';
import { DealEffect, Direction, OrderType } from '../../../shared/trading.ts';
import type { Tx } from '../../db/transaction.ts';
import type { ClientSocket } from '../../trpc/context.ts';
import type { BrokerAccount } from '../accounts/ports.ts';
import type { UserEvents as EventsModule } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import type { PriceInterest, ReadFor } from '../market-data/ports.ts';

export type { BrokerAccount, PriceInterest };

export interface Accounts {
  /** The account asked for, else the only one. Throws accounts.none, accounts.not_found (also for somebody else's), accounts.ambiguous. */
  forUser(userId: string, accountId?: string): Promise<BrokerAccount>;
  /** Every account of this installation. */
  all(): Promise<BrokerAccount[]>;
  /** As it is now, at the price of a look at memory; null for one that is not connected here. */
  find(id: string): Promise<BrokerAccount | null>;
}

/** Of a stop that follows the price, in points. */
export interface Trailing {
  distancePoints: string;
  incrementPoints: string;
}
/** A market order for a position of its own. Levels are in quote units, distances in points. */
export interface OpenRequest {
  kind: 'open';
  dealReference: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  currency: string;
  stopLevel: string | null;
  stopDistancePoints: string | null;
  limitLevel: string | null;
  limitDistancePoints: string | null;
  guaranteedStop: boolean;
  /** The stop, at `stopDistancePoints`, follows the price in such steps; null: it does not. */
  trailingIncrementPoints: string | null;
  /** Filled whole at this level or better, or refused; null: at market. */
  worstLevel: string | null;
}
/** As an opening, without stop and limit: it nets what is open the other way; a position of its own only where nothing is. */
export interface NetRequest extends Pick<
  OpenRequest,
  'dealReference' | 'epic' | 'expiry' | 'direction' | 'size' | 'currency' | 'worstLevel'
> {
  kind: 'net';
}
/** A market order against one position. `direction` is the closing one, the opposite of the position's. */
export interface CloseRequest {
  kind: 'close';
  dealId: string;
  direction: Direction;
  size: string;
  /** As of an opening; left out: at market. */
  worstLevel?: string | null;
}
/** The stop and the limit that a position is to have; null: none. */
export interface AmendRequest {
  kind: 'amend';
  dealId: string;
  stopLevel: string | null;
  limitLevel: string | null;
  guaranteedStop: boolean;
  /** How the stop follows the price from `stopLevel` on; null: it does not. */
  trailingStop: Trailing | null;
}
/** A working order. The position it opens is one of its own, with its stop and limit so many points from the order's level. */
export interface PlaceOrderRequest extends OrderTerms {
  kind: 'place_order';
  dealReference: string;
  epic: string;
  expiry: string;
  direction: Direction;
  size: string;
  currency: string;
}
interface OrderTerms {
  type: OrderType;
  level: string;
  /** To the second; null: until it is cancelled. */
  goodTillAt: Date | null;
  stopDistancePoints: string | null;
  limitDistancePoints: string | null;
  guaranteedStop: boolean;
  /** Where `stopDistancePoints` is: of an amended order with a guaranteed stop the broker asks for it; null where it is not needed. */
  stopLevel: string | null;
}
/** All that a working order is to be; null: none. */
export interface AmendOrderRequest extends OrderTerms {
  kind: 'amend_order';
  dealId: string;
}
export interface CancelOrderRequest {
  kind: 'cancel_order';
  dealId: string;
}
/** What a broker is asked to do, once. */
export type DealingRequest =
  | OpenRequest
  | NetRequest
  | CloseRequest
  | AmendRequest
  | PlaceOrderRequest
  | AmendOrderRequest
  | CancelOrderRequest;
export type DealAnswer =
  /** For a change the reference of what is changed, or one of its own where that was not there any more. */
  | { kind: 'submitted'; dealReference: string }
  /** Proven not booked: the broker said no. */
  | { kind: 'refused'; brokerCode: string }
  /** Proven not booked: no byte left. `halted`: `mayStillSend` said no; `unreachable`: no login, no connection, or it took too long. */
  | { kind: 'not_sent'; reason: 'halted' | 'unreachable'; detail: string }
  /** Nobody knows; `closedAt` is when the connection that carried the request was closed. */
  | { kind: 'unknown'; detail: string; closedAt: Date };

/** Asked once connected, right before the first byte, and again before a repetition; false or a failure: nothing is sent. */
export interface SendOptions {
  mayStillSend?: () => Promise<boolean>;
}

/**
 * Sends a deal once: repeated inside only when the broker proves it refused the first (expired login, throttled). Never throws for
 * the broker's side. A call ends within `maxDealingMs` whatever the broker does, and its connection with it.
 */
export interface Dealing {
  send(account: BrokerAccount, request: DealingRequest, options?: SendOptions): Promise<DealAnswer>;
}
/** Longest time from the first byte of a dealing call to the close of its connection, its login renewals included. */
export const maxDealingMs = 15_000;

const text = z.string().min(1);
const instant = z.coerce.date();
/** Of what type a stop is. Left out: not told. */
const stopType = {
  guaranteedStop: z.boolean().optional(),
  /** Null: it does not trail. */
  trailingStop: z.object({ distancePoints: DecimalText, incrementPoints: DecimalText }).nullable().optional(),
};
/** The broker's verdict on one request. For a close `dealId` is the position's, `direction` the closing one. */
export const ConfirmEvidence = z.object({
  dealReference: text,
  dealId: text.nullable(),
  status: z.enum(['accepted', 'rejected']),
  /** The broker's reason for a refusal. */
  brokerCode: text.nullable(),
  /** What was done: null for a refusal. */
  action: z.enum(['opened', 'closed', 'partially_closed', 'amended', 'deleted']).nullable(),
  /** Every position or order that it changed; empty for a refusal, and in messages of a version before it told them. */
  affected: z.array(DealEffect).default([]),
  /** Null for a refused close of a position that is not there. */
  epic: text.nullable(),
  direction: Direction.nullable(),
  size: DecimalText.nullable(),
  level: DecimalText.nullable(),
  stopLevel: DecimalText.nullable(),
  limitLevel: DecimalText.nullable(),
  /** Of a working order, in points; missing in messages of a version before it knew them. */
  stopDistancePoints: DecimalText.nullable().default(null),
  limitDistancePoints: DecimalText.nullable().default(null),
  guaranteedStop: stopType.guaranteedStop,
  /** Whether the stop trails; a confirm does not tell how. */
  trails: z.boolean().optional(),
  /** Realised by a close. */
  profit: DecimalText.nullable(),
  profitCurrency: text.nullable(),
  at: instant,
});
export type ConfirmEvidence = z.output<typeof ConfirmEvidence>;

/** An open position as the broker lists it. `dealReference` is that of its opening. */
export const PositionEvidence = z.object({
  dealId: text,
  dealReference: text.nullable(),
  epic: text,
  expiry: text,
  name: text.nullable(),
  direction: Direction,
  size: DecimalText,
  level: DecimalText,
  currency: text.nullable(),
  contractSize: DecimalText.nullable(),
  stopLevel: DecimalText.nullable(),
  limitLevel: DecimalText.nullable(),
  ...stopType,
  openedAt: instant,
});
export type PositionEvidence = z.output<typeof PositionEvidence>;

/** A working order as the broker lists it. It lists no reference. */
export const OrderEvidence = z.object({
  dealId: text,
  epic: text,
  expiry: text,
  name: text.nullable(),
  direction: Direction,
  size: DecimalText,
  type: OrderType,
  level: DecimalText,
  /** The broker's list tells it to the minute. */
  goodTillAt: instant.nullable(),
  currency: text.nullable(),
  stopDistancePoints: DecimalText.nullable(),
  limitDistancePoints: DecimalText.nullable(),
  guaranteedStop: stopType.guaranteedStop,
  placedAt: instant,
});
export type OrderEvidence = z.output<typeof OrderEvidence>;

export type ActivityAction =
  | 'opened'
  | 'closed'
  | 'partially_closed'
  | 'amended'
  | 'order_placed'
  | 'order_amended'
  | 'order_filled'
  /** By whom or what is not told for certain: on request, by its date, or because it could not be filled. */
  | 'order_deleted'
  | 'other';
/** One entry of the activity history. */
export interface ActivityEvidence {
  /** The id of this deal: for a close not the position's. */
  dealId: string;
  dealReference: string | null;
  epic: string;
  status: 'accepted' | 'rejected' | 'unknown';
  /** What it did to which positions (their opening ids) and orders. */
  actions: { action: ActivityAction; dealId: string }[];
  /** For a close the closing direction. */
  direction: Direction | null;
  size: string | null;
  level: string | null;
  stopLevel: string | null;
  limitLevel: string | null;
  /** Of a working order, in points. */
  stopDistancePoints: string | null;
  limitDistancePoints: string | null;
  guaranteedStop?: boolean | undefined;
  trailingStop?: Trailing | null | undefined;
  /** False when it came from elsewhere than the broker's API: its web page, a stop, a phone call. */
  throughApi: boolean;
  /** To the second. */
  at: Date;
}

/** An entry of the activity history with all that is kept of it. `id` is a pure function of the entry. */
export interface ActivityRecord {
  id: string;
  at: Date;
  dealId: string;
  dealReference: string | null;
  epic: string | null;
  name: string | null;
  status: ActivityEvidence['status'];
  /** The broker's word for where it came from. */
  channel: string | null;
  throughApi: boolean;
  description: string | null;
  changes: { action: ActivityAction; dealId: string }[];
  direction: Direction | null;
  size: string | null;
  level: string | null;
  stopLevel: string | null;
  limitLevel: string | null;
  currency: string | null;
}
/** A movement of cash. `id` as above; `amount` below zero was taken; `direction` of the position that was closed. */
export interface TransactionRecord {
  id: string;
  at: Date;
  type: TransactionType;
  brokerType: string;
  reference: string;
  name: string;
  amount: string;
  /** As the broker writes it. */
  currency: string | null;
  direction: Direction | null;
  size: string | null;
  openLevel: string | null;
  closeLevel: string | null;
  openedAt: Date | null;
}

/** `cash` without running profit; `margin` in use; in the account's currency. */
export const FundsEvidence = z.object({
  cash: DecimalText,
  margin: DecimalText,
  runningProfit: DecimalText,
  at: instant,
});
export type FundsEvidence = z.output<typeof FundsEvidence>;

/** Reads of what the broker lists, safe to repeat. Each throws broker.* AppErrors; an answer is complete or it is an error. */
export interface Evidence {
  /** Null: the broker has none (not yet, or no more: it keeps one for about a minute). */
  confirm(account: BrokerAccount, dealReference: string): Promise<ConfirmEvidence | null>;
  /** Every open position. */
  positions(account: BrokerAccount): Promise<PositionEvidence[]>;
  /** Every working order. */
  orders(account: BrokerAccount): Promise<OrderEvidence[]>;
  /** Every entry since `since`, all pages, any order. */
  activity(account: BrokerAccount, since: Date): Promise<ActivityEvidence[]>;
  funds(account: BrokerAccount, options?: ReadFor): Promise<FundsEvidence>;
  /** As `activity`, as a user's read: to be kept and shown. */
  history(account: BrokerAccount, since: Date): Promise<ActivityRecord[]>;
  /** Every movement of cash since `since`, any order. */
  transactions(account: BrokerAccount, since: Date): Promise<TransactionRecord[]>;
}

/** A change of a position as the broker streams it; `dealId` is always the opening one. `deleted` means closed, its size is 0. */
const PositionUpdate = PositionEvidence.omit({
  name: true,
  contractSize: true,
  openedAt: true,
  expiry: true,
}).extend({ state: z.enum(['open', 'updated', 'deleted']), expiry: text.nullable(), at: instant });
export type PositionUpdate = z.output<typeof PositionUpdate>;

/** A change of a working order as the broker streams it. `deleted`: filled, cancelled, expired or refused when it was reached. */
const OrderUpdate = OrderEvidence.omit({ name: true, placedAt: true, expiry: true }).extend({
  state: z.enum(['open', 'updated', 'deleted']),
  dealReference: text.nullable(),
  expiry: text.nullable(),
  at: instant,
});
export type OrderUpdate = z.output<typeof OrderUpdate>;

/** What the broker tells about an account, from the gateway to the worker; as JSON on the bus, so instants are RFC 3339 text there. */
const named = { eventId: text, accountId: text };
export const AccountEvent = z.discriminatedUnion('kind', [
  z.object({ ...named, kind: z.literal('confirm'), data: ConfirmEvidence }),
  z.object({ ...named, kind: z.literal('position'), data: PositionUpdate }),
  z.object({ ...named, kind: z.literal('order'), data: OrderUpdate }),
  z.object({ ...named, kind: z.literal('funds'), data: FundsEvidence }),
  /** The stream may have had a gap: read everything. */
  z.object({ ...named, kind: z.literal('reconnected'), data: z.object({ at: instant }) }),
]);
export type AccountEvent = z.output<typeof AccountEvent>;
/**
 * What travels on the bus: events of one account that the broker told at about the same time, in its order. `eventId` is the first
 * one's; `epoch` that of the lease under which they were heard, missing where an older release sent them. One event alone is read as well: so it was sent before, and may still wait in a queue.
 */
export const AccountMessage = z.union([
  z
    .object({ ...named, epoch: z.int().optional(), events: z.array(AccountEvent).min(1) })
    .refine(({ accountId, events }) => events.every((event) => event.accountId === accountId), {
      error: 'events of two accounts in one message',
    }),
  AccountEvent.transform((event) => ({ ...event, epoch: undefined, events: [event] })),
]);

/** A market and its newest price. */
export interface MarketPrice {
  market: Market;
  tick: Tick;
}
/** Prices and rules of an account's own feed. */
export interface PriceFeed {
  /** The newest price that may be acted on, else the newest known, marked stale; null for an epic the feed does not know. Read for a deal. Throws broker.*. */
  quote(feed: string, epic: string): Promise<MarketPrice | null>;
  /** What is here already, without asking anybody. */
  latest(feed: string, epic: string): Tick | undefined;
  /** Details of the known ones among `epics`; their prices may be a minute old. Throws broker.*. */
  markets(feed: string, epics: readonly string[], options?: ReadFor): Promise<Market[]>;
  /** Prices that may be acted on, seconds old at most, of the known ones among `epics`. Throws broker.*. */
  quotes(feed: string, epics: readonly string[]): Promise<Tick[]>;
  /** First the snapshot of all epics, then changes, until the signal aborts. */
  watch(feed: string, epics: readonly string[], signal: AbortSignal): AsyncIterable<Tick[]>;
}

/** Asks for a reconciliation of an account, with the commit of `tx`. */
export type EnqueueReconcile = (tx: Tx, accountId: string) => Promise<void>;

/** Writing a user's events, waking their readers, reading and following them. */
export type UserEvents = Pick<
  EventsModule,
  'append' | 'appendChange' | 'wake' | 'head' | 'read' | 'heads' | 'find'
> &
  EventFollower;

/** What a subscription hands over, and to whom. */
export interface Carried<Message> {
  signal: AbortSignal | undefined;
  /** The WebSocket it runs on, when it does. */
  socket: ClientSocket | undefined;
  /** A message as superjson writes it. */
  toText(message: Message): Promise<string>;
}
/**
 * Messages for a tRPC subscription, each made only when its reader takes it: on a tRPC socket they are written as text while there is
 * room, and nothing is yielded; elsewhere they are yielded.
 */
export type Carry = <Message>(
  messages: AsyncGenerator<Message, void>,
  to: Carried<Message>,
) => AsyncIterable<Message>;
