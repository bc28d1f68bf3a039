// Deals, positions and the figures of an account as clients see them.
import { z } from 'zod';
import { HealthState } from './accounts.ts';
import { control, IdempotencyKey } from './idempotency.ts';
import {
  DecimalInput,
  DecimalText,
  Environment,
  Epic,
  Hidden,
  Instant,
  NextCursor,
  Page,
} from './primitives.ts';

/** Of text that is no number DecimalInput says what to write. */
export const PositiveDecimal = DecimalInput.refine(
  (text) => !/^-?[\d.]+$/.test(text) || (!text.startsWith('-') && /[1-9]/.test(text)),
  'must be greater than zero',
);
export const Direction = z.enum(['BUY', 'SELL']).meta({ id: 'Direction' });
export type Direction = z.infer<typeof Direction>;

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
    reason('close_in_flight', { dealId: z.string() }),
    reason('dealing_halted', {}),
    reason('live_dealing_off', {}),
    reason('reduce_only', { missing: z.array(RiskLimitName) }),
    reason('size_limit', { size: DecimalText, limit: DecimalText }),
    reason('daily_loss_limit', { loss: DecimalText, limit: DecimalText }),
    reason('daily_loss_unknown', { limit: DecimalText }),
    reason('account_unavailable', { state: HealthState.extract(['read_only', 'offline']), since: Instant }),
    reason('never_reached_broker', {}),
    reason('broker_refused', { brokerCode: z.string() }),
  ])
  .meta({ id: 'DealReason' });
export type DealReason = z.infer<typeof DealReason>;

/** What may be asked of a broker. Each has its file in server/modules/trading/deals. */
export const DealKindName = z.enum(['open', 'close']);
export type DealKindName = z.infer<typeof DealKindName>;

/** A request to deal and its fate. */
export const Deal = z
  .object({
    id: z.string(),
    accountId: z.string(),
    environment: Environment,
    kind: DealKindName,
    status: DealStatus,
    reason: DealReason.nullable(),
    dealReference: z.string().nullable().describe('ours for an open; the broker’s for a close, once known'),
    dealId: z.string().nullable().describe('the broker’s id of the position'),
    epic: Epic,
    direction: Direction,
    size: DecimalText,
    stopLevel: DecimalText.nullable(),
    limitLevel: DecimalText.nullable(),
    level: DecimalText.nullable().describe('where it was filled'),
    profit: DecimalText.nullable().describe('realised by a close, in profitCurrency'),
    profitCurrency: z.string().nullable(),
    createdAt: Instant,
    statusAt: Instant,
    decidedAt: Instant.nullable(),
  })
  .meta({ id: 'Deal' });
export type Deal = z.infer<typeof Deal>;
export const DealOutcome = Deal.extend({
  replayed: z.boolean().describe('true when this key was used before: nothing was sent'),
}).meta({ id: 'DealOutcome' });
export type DealOutcome = z.infer<typeof DealOutcome>;

export const AccountId = z.string().max(60);
const WaitMs = z.number().int().min(0).max(10_000).default(2_000).register(control);

export const OpenPosition = z
  .strictObject({
    accountId: AccountId.optional(),
    epic: Epic,
    direction: Direction,
    size: PositiveDecimal,
    stopLevel: PositiveDecimal.optional(),
    stopDistancePoints: PositiveDecimal.optional(),
    limitLevel: PositiveDecimal.optional(),
    limitDistancePoints: PositiveDecimal.optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a currency code such as GBP')
      .optional(),
    idempotencyKey: IdempotencyKey,
    waitMs: WaitMs,
  })
  .refine((order) => !(order.stopLevel && order.stopDistancePoints), {
    path: ['stopDistancePoints'],
    message: 'cannot stand beside stopLevel: write one of the two',
  })
  .refine((order) => !(order.limitLevel && order.limitDistancePoints), {
    path: ['limitDistancePoints'],
    message: 'cannot stand beside limitLevel: write one of the two',
  });
export type OpenPosition = z.infer<typeof OpenPosition>;
export const ClosePosition = z.strictObject({
  accountId: AccountId.optional(),
  dealId: z.string().min(1).max(30),
  size: PositiveDecimal.optional().describe('a part; left out: the whole position'),
  idempotencyKey: IdempotencyKey,
  waitMs: WaitMs,
});
export type ClosePosition = z.infer<typeof ClosePosition>;
/** The request behind each kind of deal. */
export interface RequestOf {
  open: OpenPosition;
  close: ClosePosition;
}

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
export const ListDeals = z.object({ accountId: AccountId.optional(), ...Page.shape });
export type ListDeals = z.infer<typeof ListDeals>;
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
