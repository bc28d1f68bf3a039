// IG's answers about an account and its stream messages, after rest/json.ts: numbers are text. Unknown fields are dropped.
import { z } from 'zod';

const number = z.string().nullish();
const text = z.string().nullish();
const flag = z.boolean().nullish();

/** POST /positions/otc v1, v2; also with `_method: DELETE`. */
export const DealSubmitted = z.object({ dealReference: z.string().min(1) });

/** GET /confirms/{dealReference} v1, and `CONFIRMS` of the stream. */
export const Confirm = z.object({
  date: z.string(),
  dealStatus: z.string(),
  status: text,
  reason: text,
  epic: text,
  dealReference: z.string().min(1),
  dealId: text,
  affectedDeals: z.array(z.object({ dealId: z.string(), status: z.string() })).nullish(),
  level: number,
  size: number,
  direction: text,
  stopLevel: number,
  limitLevel: number,
  stopDistance: number,
  limitDistance: number,
  guaranteedStop: flag,
  trailingStop: flag,
  profit: number,
  profitCurrency: text,
});
export type Confirm = z.infer<typeof Confirm>;

/** One of GET /positions v2. Strict in what a position is made of: one that cannot be read must not count as absent. */
export const OpenPosition = z.object({
  position: z.object({
    dealId: z.string().min(1),
    dealReference: text,
    size: z.string(),
    direction: z.string(),
    level: z.string(),
    currency: text,
    contractSize: number,
    createdDate: text,
    createdDateUTC: text,
    stopLevel: number,
    limitLevel: number,
    controlledRisk: flag,
    trailingStopDistance: number,
    trailingStep: number,
  }),
  market: z.object({ epic: z.string().min(1), expiry: text, instrumentName: text }),
});
export type OpenPosition = z.infer<typeof OpenPosition>;
export const PositionsAnswer = z.object({ positions: z.array(OpenPosition) });

/** One of GET /workingorders v2. Strict in what an order is made of, as positions are. */
export const OpenOrder = z.object({
  workingOrderData: z.object({
    dealId: z.string().min(1),
    direction: z.string(),
    epic: z.string().min(1),
    orderSize: z.string(),
    orderLevel: z.string(),
    orderType: z.string(),
    goodTillDate: text,
    goodTillDateISO: text,
    createdDate: text,
    createdDateUTC: text,
    currencyCode: text,
    stopDistance: number,
    limitDistance: number,
    guaranteedStop: flag,
  }),
  marketData: z.object({ expiry: text, instrumentName: text }),
});
export type OpenOrder = z.infer<typeof OpenOrder>;
export const OrdersAnswer = z.object({ workingOrders: z.array(OpenOrder) });

/** One of GET /history/activity v3, `detailed=true`. `date` is the account's local time. */
export const Activity = z.object({
  date: z.string(),
  epic: text,
  dealId: z.string(),
  channel: text,
  status: text,
  description: text,
  details: z
    .object({
      dealReference: text,
      marketName: text,
      currency: text,
      direction: text,
      size: number,
      level: number,
      stopLevel: number,
      limitLevel: number,
      stopDistance: number,
      limitDistance: number,
      guaranteedStop: flag,
      trailingStopDistance: number,
      trailingStep: number,
      actions: z.array(z.object({ actionType: z.string(), affectedDealId: text })).nullish(),
    })
    .nullish(),
});
export type Activity = z.infer<typeof Activity>;
export const ActivityAnswer = z.object({
  activities: z.array(Activity),
  metadata: z.object({ paging: z.object({ next: text }).nullish() }).nullish(),
});

/** One of GET /history/transactions v2: all text. `dateUtc` and `openDateUtc` are UTC, the rest as a person reads it. */
export const Transaction = z.object({
  dateUtc: z.string(),
  openDateUtc: text,
  instrumentName: text,
  period: text,
  profitAndLoss: z.string(),
  transactionType: z.string(),
  reference: z.string(),
  openLevel: text,
  closeLevel: text,
  size: text,
  currency: text,
});
export type Transaction = z.infer<typeof Transaction>;
export const TransactionsAnswer = z.object({
  transactions: z.array(Transaction),
  metadata: z.object({ pageData: z.object({ totalPages: z.coerce.number() }) }),
});

/** One of GET /accounts v1; `balance` is null for an account that is not the active one. */
export const AccountBalance = z.object({
  accountId: z.string(),
  status: text,
  balance: z.object({ balance: z.string(), deposit: z.string(), profitLoss: z.string() }).nullish(),
});
export type AccountBalance = z.infer<typeof AccountBalance>;
export const AccountsAnswer = z.object({ accounts: z.array(AccountBalance) });

/** `OPU` of the stream. `orderType` marks a working order that came under this name. */
export const PositionChange = z.object({
  dealReference: text,
  dealId: z.string().min(1),
  dealIdOrigin: text,
  direction: z.string(),
  epic: z.string(),
  status: z.string(),
  dealStatus: text,
  level: z.string(),
  size: z.string(),
  timestamp: z.string(),
  expiry: text,
  currency: text,
  stopLevel: number,
  limitLevel: number,
  guaranteedStop: flag,
  trailingStopDistance: number,
  trailingStep: number,
});
export type PositionChange = z.infer<typeof PositionChange>;

/** `WOU` of the stream, and what has come as an OPU with an `orderType`. */
export const OrderChange = z.object({
  dealReference: text,
  dealId: z.string().min(1),
  direction: z.string(),
  epic: z.string(),
  status: z.string(),
  level: z.string(),
  size: z.string(),
  timestamp: z.string(),
  expiry: text,
  currency: text,
  orderType: z.string(),
  goodTillDate: text,
  stopDistance: number,
  limitDistance: number,
  guaranteedStop: flag,
});
export type OrderChange = z.infer<typeof OrderChange>;
