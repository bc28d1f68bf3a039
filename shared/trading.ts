// Deals, positions and the figures of an account as clients see them.
import { z } from 'zod';
import { HealthState } from './accounts.ts';
import {
  DecimalInput,
  DecimalText,
  Environment,
  Epic,
  Hidden,
  Instant,
  NextCursor,
  Page,
  PlainText,
} from './primitives.ts';

/** Of text that is no number DecimalInput says what to write. */
export const PositiveDecimal = DecimalInput.refine(
  (text) => !/^-?[\d.]+$/.test(text) || (!text.startsWith('-') && /[1-9]/.test(text)),
  'must be greater than zero',
);
export const Direction = z.enum(['BUY', 'SELL']).meta({ id: 'Direction' });
export type Direction = z.infer<typeof Direction>;

/** A stop that follows the price: how far behind it, and by how much it moves at a time. Points. */
export const TrailingStop = z
  .strictObject({
    distancePoints: PositiveDecimal.describe('how far behind the price it stays'),
    incrementPoints: PositiveDecimal.describe('by how much it moves at a time'),
  })
  .meta({ id: 'TrailingStop', description: 'A stop that follows the price in steps; in points.' });
export type TrailingStop = z.infer<typeof TrailingStop>;
/** What a user calls a deal; kept on what it opens. */
export const Tag = PlainText(40).describe('a short label, kept on the deal and on what it opens');
export const Note = PlainText(500).describe('text of your own, kept on the deal and on what it opens');
/** As rows tell them: what was written before a field was there lacks it. */
const Labels = {
  tag: z.string().nullable().default(null),
  note: z.string().nullable().default(null),
};
const StopTypes = {
  guaranteedStop: z.boolean().default(false).describe('whether the stop is guaranteed'),
  trailingStop: z
    .object({ distancePoints: DecimalText, incrementPoints: DecimalText })
    .nullable()
    .default(null)
    .describe('how the stop follows the price; null: it does not'),
};

/** limit: buy below the market or sell above it. stop: buy above it or sell below it. */
export const OrderType = z.enum(['limit', 'stop']).meta({
  id: 'OrderType',
  description: 'limit: buys below the market or sells above it. stop: buys above it or sells below it.',
});
export type OrderType = z.infer<typeof OrderType>;
/** `gone`: the broker has it no more, and why is being asked. */
export const OrderState = z.enum(['open', 'filled', 'cancelled', 'expired', 'gone']);
export type OrderState = z.infer<typeof OrderState>;

/** Ours while it lasts: `denied` never sent · `submitting` written here · `submitted` IG acknowledged it · `unknown` only evidence decides · `accepted`, `rejected` decided. */
export const DealStatus = z
  .enum(['denied', 'submitting', 'submitted', 'unknown', 'accepted', 'rejected'])
  .meta({
    id: 'DealStatus',
    description:
      'denied: refused by FTrader, never sent. submitting, submitted, unknown: not decided yet. accepted, rejected: decided by the broker.',
  });
export type DealStatus = z.infer<typeof DealStatus>;

/** A bound on what may be opened that a user sets on an account; a live one deals only with all of them. */
export const RiskLimitName = z.enum(['maxSize', 'maxDailyLoss']).meta({ id: 'RiskLimitName' });
export type RiskLimitName = z.infer<typeof RiskLimitName>;

/** One reason: its code, and the numbers that show it. Rows hold no sentence: whoever shows a reason makes it (`reasonSentence`). */
const reason = <Code extends string, Numbers extends z.core.$ZodShape>(code: Code, numbers: Numbers) =>
  z.object({
    code: z.literal(code),
    ...numbers,
    message: z.string().optional().describe('the reason and its numbers as a sentence'),
  });
const OfEpic = Epic.optional().describe('whose limit it is; left out where it is the account’s');
const OrdersReached = {
  orders: z.number().int().describe('those that count, without this one'),
  limit: z.number().int(),
  allowedAgainAt: Instant.describe('when the next is allowed if none is sent until then'),
  epic: OfEpic,
};
/** Why a deal was denied by us or rejected by the broker; the numbers that show it. */
export const DealReason = z
  .discriminatedUnion('code', [
    reason('size_below_minimum', { size: DecimalText, minimum: DecimalText }),
    reason('size_off_step', { size: DecimalText, step: DecimalText }),
    reason('stop_too_fine', { stopLevel: DecimalText, nearest: DecimalText }),
    reason('limit_too_fine', { limitLevel: DecimalText, nearest: DecimalText }),
    reason('stop_distance_too_fine', { distance: DecimalText, nearest: DecimalText }),
    reason('limit_distance_too_fine', { distance: DecimalText, nearest: DecimalText }),
    reason('stop_wrong_side', { stopLevel: DecimalText, level: DecimalText }),
    reason('limit_wrong_side', { limitLevel: DecimalText, level: DecimalText }),
    reason('stop_too_near', { distance: DecimalText, minimum: DecimalText }),
    reason('limit_too_near', { distance: DecimalText, minimum: DecimalText }),
    reason('market_not_tradeable', { marketState: z.string() }),
    reason('price_stale', { at: Instant.nullable() }),
    reason('insufficient_funds', { required: DecimalText, available: DecimalText }),
    reason('size_above_position', { size: DecimalText, position: DecimalText }),
    reason('would_reverse', { size: DecimalText, facing: DecimalText }),
    reason('net_below_minimum', { size: DecimalText, minimum: DecimalText, facing: DecimalText }),
    reason('close_in_flight', { dealId: z.string() }),
    reason('change_in_flight', { dealId: z.string() }),
    reason('unchanged', { dealId: z.string() }),
    reason('order_wrong_side', { orderLevel: DecimalText, level: DecimalText }),
    reason('order_too_near', { distance: DecimalText, minimum: DecimalText }),
    reason('order_too_fine', { orderLevel: DecimalText, nearest: DecimalText }),
    reason('stops_limits_not_allowed', {}),
    reason('market_orders_not_allowed', {}),
    reason('guaranteed_stop_not_allowed', {}),
    reason('guaranteed_stop_too_near', { distance: DecimalText, minimum: DecimalText }),
    reason('stop_missing', { dealId: z.string() }),
    reason('trailing_stop_not_allowed', {}),
    reason('trailing_step_too_small', { increment: DecimalText, minimum: DecimalText }),
    reason('level_not_reached', { worstLevel: DecimalText, level: DecimalText }),
    reason('level_too_fine', { worstLevel: DecimalText, nearest: DecimalText }),
    reason('stop_too_far', { distance: DecimalText, maximum: DecimalText }),
    reason('limit_too_far', { distance: DecimalText, maximum: DecimalText }),
    reason('good_till_past', { goodTillAt: Instant }),
    reason('dealing_halted', {}),
    reason('live_dealing_off', {}),
    reason('reduce_only', { missing: z.array(RiskLimitName) }),
    reason('size_limit', { size: DecimalText, limit: DecimalText, epic: OfEpic }),
    reason('exposure_limit', { exposure: DecimalText, limit: DecimalText, epic: OfEpic }),
    reason('exposure_unknown', { limit: DecimalText, epic: OfEpic }),
    reason('orders_per_minute_limit', OrdersReached),
    reason('orders_per_day_limit', OrdersReached),
    reason('daily_loss_limit', { loss: DecimalText, limit: DecimalText }),
    reason('daily_loss_unknown', { limit: DecimalText }),
    reason('account_unavailable', { state: HealthState.extract(['read_only', 'offline']), since: Instant }),
    reason('never_reached_broker', {}),
    reason('broker_refused', { brokerCode: z.string() }),
  ])
  .meta({ id: 'DealReason' });
export type DealReason = z.infer<typeof DealReason>;

/** What may be asked of a broker. Each has its file in server/modules/trading/deals. */
export const DealKindName = z.enum([
  'open',
  'net',
  'close',
  'amend',
  'place_order',
  'amend_order',
  'cancel_order',
]);
export type DealKindName = z.infer<typeof DealKindName>;

/** What a deal did to a position or an order, by the broker's own words; `dealId` is that one's. */
export const DealEffect = z.object({
  dealId: z.string(),
  action: z.enum(['opened', 'closed', 'partially_closed', 'amended', 'deleted']),
});
export type DealEffect = z.infer<typeof DealEffect>;

/** A request to deal and its fate. */
export const Deal = z
  .object({
    id: z.string(),
    accountId: z.string(),
    environment: Environment,
    kind: DealKindName,
    status: DealStatus,
    reason: DealReason.nullable(),
    dealReference: z
      .string()
      .nullable()
      .describe(
        'ours for what opens or places; the broker’s for a close, once known; for a change that of what is changed',
      ),
    dealId: z.string().nullable().describe('the broker’s id of the position or order'),
    affected: z
      .array(DealEffect)
      .nullable()
      .default(null)
      .describe('every position or order that it changed; null until the broker tells it'),
    epic: Epic,
    direction: Direction,
    size: DecimalText,
    stopLevel: DecimalText.nullable(),
    limitLevel: DecimalText.nullable(),
    orderType: OrderType.nullable().describe('of a working order; null for any other deal'),
    orderLevel: DecimalText.nullable().describe('at which a working order is filled'),
    goodTillAt: Instant.nullable().describe('until when a working order rests; null: until it is cancelled'),
    stopDistancePoints: DecimalText.nullable().describe('as asked for, in points from the level'),
    limitDistancePoints: DecimalText.nullable().describe('as asked for, in points from the level'),
    ...StopTypes,
    worstLevel: DecimalText.nullable()
      .default(null)
      .describe('the worst level at which it might be filled, its tolerance included; null: at market'),
    tolerancePoints: DecimalText.nullable().default(null).describe('as asked for, in points'),
    ...Labels,
    level: DecimalText.nullable().describe('where it was filled'),
    profit: DecimalText.nullable().describe('realised by a close, in profitCurrency'),
    profitCurrency: z.string().nullable(),
    createdAt: Instant,
    statusAt: Instant,
    decidedAt: Instant.nullable(),
    brokerAt: Instant.nullable().describe(
      'when the broker decided, by its own clock; null where it did not tell',
    ),
  })
  .meta({ id: 'Deal' });
export type Deal = z.infer<typeof Deal>;
export const DealOutcome = Deal.extend({
  replayed: z.boolean().describe('true when this key was used before: nothing was sent'),
}).meta({ id: 'DealOutcome' });
export type DealOutcome = z.infer<typeof DealOutcome>;

export const AccountId = z.string().max(60);

/** A working order that rests at the broker. */
export const WorkingOrder = z
  .object({
    accountId: z.string(),
    environment: Environment,
    dealId: z.string(),
    dealReference: z.string().nullable(),
    epic: Epic,
    name: z.string(),
    direction: Direction,
    size: DecimalText,
    type: OrderType,
    level: DecimalText,
    goodTillAt: Instant.nullable().describe('null: until it is cancelled'),
    currency: z.string(),
    stopDistancePoints: DecimalText.nullable(),
    limitDistancePoints: DecimalText.nullable(),
    guaranteedStop: StopTypes.guaranteedStop,
    ...Labels,
    source: z.enum(['ftrader', 'external']).describe('external: placed elsewhere'),
    state: OrderState,
    placedAt: Instant,
    closedAt: Instant.nullable().describe('when it was filled, cancelled or expired'),
  })
  .meta({ id: 'WorkingOrder' });
export type WorkingOrder = z.infer<typeof WorkingOrder>;

export const Position = z
  .object({
    accountId: z.string(),
    environment: Environment,
    dealId: z.string(),
    dealReference: z.string().nullable(),
    epic: Epic,
    name: z.string(),
    direction: Direction,
    size: DecimalText,
    level: DecimalText,
    currency: z.string(),
    stopLevel: DecimalText.nullable(),
    limitLevel: DecimalText.nullable(),
    ...StopTypes,
    ...Labels,
    source: z.enum(['ftrader', 'external']).describe('external: opened elsewhere'),
    openedAt: Instant,
    bid: DecimalText.nullable(),
    offer: DecimalText.nullable(),
    priceStale: z.boolean(),
    runningProfit: DecimalText.nullable().describe(
      'in the account’s currency; null while a price is missing',
    ),
  })
  .meta({ id: 'Position' });
export type Position = z.infer<typeof Position>;

const AsOf = Instant.describe(
  'what the broker told until then is in it: the moment of the answer while the account is up, else since when it is not',
);
export const AccountSummary = z
  .object({
    accountId: z.string(),
    environment: Environment,
    currency: z.string(),
    cash: DecimalText,
    runningProfit: DecimalText,
    equity: DecimalText.describe('cash + running profit'),
    margin: DecimalText.describe('deposit required by open positions'),
    available: DecimalText.describe('equity − margin'),
    at: Instant,
    asOf: AsOf,
    stale: z.boolean(),
  })
  .meta({ id: 'AccountSummary' });
export type AccountSummary = z.infer<typeof AccountSummary>;
/** One account and its open positions, oldest first, at the prices of one moment. */
export const Valuation = z
  .object({ summary: AccountSummary, positions: z.array(Position) })
  .meta({ id: 'Valuation' });
export type Valuation = z.infer<typeof Valuation>;
/** What has changed since the message before. Where more has changed than one message takes, the rest follows: `pending` says how many. */
export const ValuationChange = z
  .object({
    summary: AccountSummary,
    changed: z.array(Position).describe('those that are new or not as they were told last, each whole'),
    closed: z.array(z.string()).describe('the `dealId` of those that are not open any more'),
    pending: z.number().int().min(0).describe('positions that have changed as well and are told next'),
  })
  .meta({ id: 'ValuationChange' });
export type ValuationChange = z.infer<typeof ValuationChange>;
/** What `trading.onValuation` yields: a whole valuation first, again after each reconnect, then changes. `foldValuation` makes one of both. */
export type ValuationMessage = Valuation | ValuationChange;

export const OfAccount = z.object({ accountId: AccountId.optional() });
export const GetDeal = z.object({ id: z.string().max(60) });
export const DealList = z
  .object({ deals: z.array(Deal), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'DealList' });
export type DealList = z.infer<typeof DealList>;
export const ListPositions = z.object({ accountId: AccountId.optional(), ...Page.shape });
export type ListPositions = z.infer<typeof ListPositions>;
export const PositionList = z
  .object({ positions: z.array(Position), asOf: AsOf, nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'PositionList' });
export type PositionList = z.infer<typeof PositionList>;
export const ListOrders = z.object({ accountId: AccountId.optional(), ...Page.shape });
export type ListOrders = z.infer<typeof ListOrders>;
export const OrderList = z
  .object({ orders: z.array(WorkingOrder), asOf: AsOf, nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'OrderList' });
export type OrderList = z.infer<typeof OrderList>;
/** `dealId` is the broker's id of the position or order. */
export const OneOfAccount = z.object({ accountId: AccountId.optional(), dealId: z.string().min(1).max(30) });
export type OneOfAccount = z.infer<typeof OneOfAccount>;
