// Alerts as clients see them: what is waited for, how often it is told, and how far that is.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { Resolution } from './candles.ts';
import { MarketState } from './market-data.ts';
import {
  atLeastOneOf,
  DecimalInput,
  DecimalText,
  Environment,
  Epic,
  Feed,
  Hidden,
  Instant,
  NextCursor,
  Page,
  PlainText,
} from './primitives.ts';

/** Alerts of one user that are neither done nor expired. */
export const maxLiveAlerts = 500;
/** Within how many seconds a price may be watched to move. */
export const alertWindows = [60, 300, 900, 3_600, 14_400, 86_400] as const;
export type AlertWindow = (typeof alertWindows)[number];

export const AlertSide = z.enum(['bid', 'offer', 'mid']).meta({
  id: 'AlertSide',
  description: 'The price that is compared; mid is half of bid and offer together.',
});
export type AlertSide = z.infer<typeof AlertSide>;

/** A number above zero, within a request. */
const Positive = DecimalInput.refine((text) => /^\d/.test(text) && /[1-9]/.test(text), 'must be more than 0');
const AtLeastZero = DecimalInput.refine((text) => /^\d/.test(text), 'must be 0 or more');
const AccountId = z.string().max(60);
const market = {
  epic: Epic,
  feed: Feed.optional().describe('whose prices; default: yours'),
  side: AlertSide,
};
const UpOrDown = z.enum(['up', 'down']);

const PriceReaches = z.object({
  kind: z.literal('price'),
  ...market,
  direction: UpOrDown.describe('up: it comes to the level from below; down: from above'),
  level: DecimalInput,
});
const PriceMoves = z.object({
  kind: z.literal('move'),
  ...market,
  direction: z
    .enum(['up', 'down', 'either'])
    .describe('up: above the lowest price of the window; down: below the highest'),
  percent: Positive.describe('of the price it moved from'),
  windowSeconds: z.literal(alertWindows).describe(`one of ${alertWindows.join(', ')}`),
});
const CandleCloses = z.object({
  kind: z.literal('candle_close'),
  ...market,
  resolution: Resolution.exclude(['SECOND']),
  zone: TimeZone.optional().describe('of days, weeks and months; left out, your own'),
  direction: UpOrDown.describe('up: it closes at the level or above; down: at the level or below'),
  level: DecimalInput,
});
const MarginLevelFalls = z.object({
  kind: z.literal('margin_level'),
  accountId: AccountId.optional().describe('may be left out with one account'),
  level: Positive.describe(
    'in per cent: equity as a part of the margin; at it or below. Without margin it is above every level',
  ),
});
const PositionProfit = z.object({
  kind: z.literal('position_profit'),
  accountId: AccountId.optional().describe('may be left out with one account'),
  dealId: z.string().min(1).max(30).describe('of an open position'),
  direction: UpOrDown.describe('up: its running profit comes to the amount from below; down: from above'),
  amount: DecimalInput.describe('in the account’s currency; below 0 a loss'),
});

/** As it is asked for: what is left out is the caller's own. */
export const AlertConditionInput = z
  .discriminatedUnion('kind', [PriceReaches, PriceMoves, CandleCloses, MarginLevelFalls, PositionProfit])
  .meta({ id: 'AlertConditionInput', description: 'What is waited for.' });
export type AlertConditionInput = z.output<typeof AlertConditionInput>;

const settledMarket = { feed: Feed };
const settledAccount = { accountId: AccountId, environment: Environment };
/** As it is kept: whose prices, zone and account are settled. */
export const MarketAlertCondition = z.discriminatedUnion('kind', [
  PriceReaches.extend(settledMarket),
  PriceMoves.extend(settledMarket),
  CandleCloses.extend({ ...settledMarket, zone: TimeZone }),
]);
export type MarketAlertCondition = z.infer<typeof MarketAlertCondition>;
export const AccountAlertCondition = z.discriminatedUnion('kind', [
  MarginLevelFalls.extend(settledAccount),
  PositionProfit.extend(settledAccount),
]);
export type AccountAlertCondition = z.infer<typeof AccountAlertCondition>;
export const AlertCondition = z
  .discriminatedUnion('kind', [...MarketAlertCondition.options, ...AccountAlertCondition.options])
  .meta({ id: 'AlertCondition', description: 'What is waited for, and of whose market or account.' });
export type AlertCondition = z.infer<typeof AlertCondition>;

export const AlertState = z.enum(['armed', 'waiting', 'done', 'expired']).meta({
  id: 'AlertState',
  description:
    'armed: it is told once the condition is met. waiting: the condition is met already, or was told and must end first (by more than `rearmBand`), or no price is known yet. done: told, or its position is closed. expired: past `expiresAt`.',
});
export type AlertState = z.infer<typeof AlertState>;
export const AlertRepeat = z.enum(['once', 'every']);
export type AlertRepeat = z.infer<typeof AlertRepeat>;

export const Alert = z
  .object({
    id: z.string(),
    condition: AlertCondition,
    name: z.string().describe('of the market, account or position'),
    repeat: AlertRepeat,
    rearmBand: DecimalText,
    expiresAt: Instant.nullable(),
    note: z.string().nullable(),
    state: AlertState,
    firedCount: z.number().int().min(0),
    lastFiredAt: Instant.nullable().describe('the instant of the price that it was told for'),
    lastFiredLate: z
      .boolean()
      .describe(
        'the last time it was told late: found in candles, or by the first price after none had been seen for a while',
      ),
    lastValue: DecimalText.nullable().describe('price, per cent or amount that it was told for last'),
    createdAt: Instant,
    updatedAt: Instant.describe('when it was changed last, by its user or by coming to another state'),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;
/** An alert as it was put in force. */
export const SetAlert = Alert.extend({
  marketState: MarketState.nullable().describe(
    'of its market now: on one that is closed nothing happens until it opens; null: of an account, or not known',
  ),
}).meta({ id: 'SetAlert' });
export type SetAlert = z.infer<typeof SetAlert>;

const terms = {
  condition: AlertConditionInput,
  repeat: AlertRepeat.describe('once: it is done after that. every: each time, until it expires'),
  rearmBand: AtLeastZero.describe(
    'of an alert that is told every time: by more than so much the condition must have ended before it counts again; in the unit of level, percent or amount',
  ),
  expiresAt: Instant.nullable().describe('null: never'),
  note: PlainText(200).nullable().describe('is part of what is told'),
};
export const CreateAlert = z.object({
  condition: terms.condition,
  repeat: terms.repeat.default('once'),
  rearmBand: terms.rearmBand.default('0'),
  expiresAt: terms.expiresAt.default(null),
  note: terms.note.default(null),
});
export type CreateAlert = z.output<typeof CreateAlert>;

const AlertId = z.string().max(60);
export const UpdateAlert = z
  .object({
    id: AlertId,
    condition: terms.condition.optional(),
    repeat: terms.repeat.optional(),
    rearmBand: terms.rearmBand.optional(),
    expiresAt: terms.expiresAt.optional(),
    note: terms.note.optional(),
  })
  .refine(...atLeastOneOf(['condition', 'repeat', 'rearmBand', 'expiresAt', 'note']));
export type UpdateAlert = z.output<typeof UpdateAlert>;

export const DeleteAlert = z.object({ id: AlertId });
export const DeletedAlert = z.object({ id: z.string() }).meta({ id: 'DeletedAlert' });
export const ListAlerts = z.object({
  state: AlertState.optional().describe('only those in this state'),
  live: z
    .boolean()
    .optional()
    .describe(
      'true: only those in force, of which there are never more than 500. false: only those that are done or expired, what changed last first',
    ),
  epic: Epic.optional().describe('only those of this market'),
  accountId: AccountId.optional().describe('only those of this account and its positions'),
  ...Page.shape,
});
export type ListAlerts = z.output<typeof ListAlerts>;
/** Newest first; of those that are over, what changed last first. */
export const AlertList = z
  .object({ alerts: z.array(Alert), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'AlertList' });
export type AlertList = z.infer<typeof AlertList>;
