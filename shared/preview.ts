// What a deal would come to if it were asked for now: the request behind it without a key, each rule's verdict, and what it takes, costs and risks.
import { z } from 'zod';
import {
  AmendOrder,
  AmendPosition,
  CancelOrder,
  ClosePosition,
  OpenPosition,
  PlaceOrder,
} from './deal-requests.ts';
import { MarketState } from './market-data.ts';
import { DecimalText, Environment, Epic, Instant } from './primitives.ts';
import { LimitUse } from './risk-limits.ts';
import { DealKindName, DealReason, Direction } from './trading.ts';

type Repeatable = 'idempotencyKey' | 'waitMs';
/** Each member of a union by itself, so that what excludes itself still does. */
type Less<Request, Names extends PropertyKey> = Request extends unknown ? Omit<Request, Names> : never;

type Asked = Record<string, unknown>;
/** What a dealing call asks for, without what makes it safe to repeat; its fields and checks are the call's own. */
function askedBy<Output, Input>(call: z.ZodType<Output, Input>) {
  const { shape, checks = [] } = (call as unknown as z.ZodObject).def;
  const { idempotencyKey: _key, waitMs: _wait, ...asked } = shape;
  const schema = z.strictObject(asked).check(...(checks as unknown as z.core.$ZodCheck<Asked>[]));
  return schema as unknown as z.ZodType<Less<Output, Repeatable>, Less<Input, Repeatable>>;
}
const calls = {
  openPosition: askedBy(OpenPosition),
  closePosition: askedBy(ClosePosition),
  amendPosition: askedBy(AmendPosition),
  placeOrder: askedBy(PlaceOrder),
  amendOrder: askedBy(AmendOrder),
  cancelOrder: askedBy(CancelOrder),
};
type Calls = typeof calls;
export type CallName = keyof Calls;
const names = Object.keys(calls) as CallName[];
/** Of one member of a union that is told apart by which name is there. */
type OneOf<All> = {
  [Name in keyof All]: { [Own in Name]: All[Name] } & { [Other in Exclude<keyof All, Name>]?: undefined };
}[keyof All];

const Named = z
  .strictObject({
    openPosition: calls.openPosition.optional(),
    closePosition: calls.closePosition.optional(),
    amendPosition: calls.amendPosition.optional(),
    placeOrder: calls.placeOrder.optional(),
    amendOrder: calls.amendOrder.optional(),
    cancelOrder: calls.cancelOrder.optional(),
  })
  .refine((input) => names.filter((name) => input[name] !== undefined).length === 1, {
    message: `must hold exactly one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}, with what that call takes but its idempotencyKey and waitMs`,
  });
/** Exactly one of the dealing calls by its name, with its input. */
export const PreviewDeal = Named as unknown as z.ZodType<
  OneOf<{ [Name in CallName]: z.output<Calls[Name]> }>,
  OneOf<{ [Name in CallName]: z.input<Calls[Name]> }>
>;
export type PreviewDeal = z.output<typeof PreviewDeal>;

/** The rules of every deal, in the order in which they are held against it; a kind of deal has those that concern it. */
export const RuleName = z
  .enum([
    'dealing_state',
    'availability',
    'in_flight',
    'change',
    'stop_present',
    'position_size',
    'market_state',
    'price',
    'size',
    'good_till',
    'order_level',
    'fill',
    'stop_type',
    'stop',
    'limit',
    'fineness',
    'netting',
    'max_size',
    'max_orders',
    'max_daily_loss',
    'max_exposure',
    'funds',
  ])
  .meta({
    id: 'RuleName',
    description:
      'dealing_state: the account’s switches. availability: whether the broker takes deals on it. in_flight: another change of the same thing. change: that it changes anything. stop_present: a stop of which more is asked. position_size: no more than is open. market_state: the market takes it now. price: one that may be acted on. size: minimum and step. good_till: the date lies ahead. order_level: side and distance of a working order. fill: it is filled now, or at its level. stop_type: the market takes such a stop. stop, limit: side and distance. fineness: levels no finer than the market. netting: it turns no position over. max_size, max_orders, max_daily_loss, max_exposure: the limits. funds: the margin is there.',
  });
export type RuleName = z.infer<typeof RuleName>;

export const UnknownBecause = z
  .enum([
    'no_price',
    'stale_price',
    'no_rate',
    'no_margin_factor',
    'guaranteed_stop',
    'when_filled',
    'no_figures',
    'no_exposure',
    'not_told',
  ])
  .meta({
    id: 'UnknownBecause',
    description:
      'no_price: the market has none. stale_price: it has one on which nothing acts. no_rate: no price leads from the market’s currency to the account’s. no_margin_factor: the broker tells none for this market. guaranteed_stop: the broker takes what can be lost and a premium, and tells neither beforehand. when_filled: the broker takes none for an order that rests; it is looked at when the order is filled. no_figures: the broker told none of the account that are new enough. no_exposure: something that is open has no worth here. not_told: the broker does not tell it.',
  });
export type UnknownBecause = z.infer<typeof UnknownBecause>;

export const RuleVerdict = z
  .object({
    rule: RuleName,
    verdict: z
      .enum(['kept', 'broken', 'unknown'])
      .describe(
        'unknown: it could not be judged. With a `reason` the deal is denied for that; without one the broker’s own check holds',
      ),
    reason: DealReason.nullable(),
    because: UnknownBecause.nullable().describe('why it is unknown; null: it is known'),
  })
  .meta({ id: 'RuleVerdict' });
export type RuleVerdict = z.infer<typeof RuleVerdict>;

const money = (words: string) => DecimalText.nullable().describe(`${words}, in the account’s currency`);
const points = (words: string) => DecimalText.nullable().describe(words);
const Figure = z.enum([
  'level',
  'marginRequired',
  'marginAvailable',
  'spreadCost',
  'valueOfPoint',
  'guaranteedStopPremium',
  'exposureAdded',
  'lossAtStop',
  'profitAtLimit',
  'distances',
]);
export type Figure = z.infer<typeof Figure>;

export const PreviewedLimit = LimitUse.extend({
  usedAfter: LimitUse.shape.used.describe('once this deal is sent; what it frees counts once it is decided'),
  leftAfter: LimitUse.shape.left.describe('likewise, at least 0'),
}).meta({ id: 'PreviewedLimit' });
export type PreviewedLimit = z.infer<typeof PreviewedLimit>;

export const DealPreview = z
  .object({
    accountId: z.string(),
    environment: Environment,
    currency: z.string().describe('of the account'),
    kind: DealKindName,
    wouldBe: z.enum(['sent', 'denied']).describe('what becomes of the same request if nothing changes'),
    reason: DealReason.nullable().describe('what it would be denied for; null: it would be sent'),
    rules: z.array(RuleVerdict).describe('all that are held against it, in that order'),
    epic: Epic,
    direction: Direction,
    size: DecimalText,
    price: z
      .object({
        bid: DecimalText.nullable(),
        offer: DecimalText.nullable(),
        marketState: MarketState,
        at: Instant,
        receivedAt: Instant,
        stale: z.boolean(),
      })
      .nullable()
      .describe('by which it was judged; null: there is none'),
    level: DecimalText.nullable().describe(
      'at which it would be filled by that price; null: it is not filled',
    ),
    margin: z.object({
      required: money('set aside for it; null where none is or it is not known'),
      available: money('what may be dealt with'),
      availableAfter: money('available less required'),
    }),
    spreadCost: money('what is lost at once by closing what it opens'),
    valueOfPoint: money('what one point is worth at this size, not rounded to money'),
    guaranteedStopPremium: z
      .object({
        value: DecimalText,
        unit: z.enum(['points', 'percentage']),
        amount: money('the same for this size'),
      })
      .nullable()
      .describe('charged by the broker when a guaranteed stop is hit; null: it has none, or it is not told'),
    exposureAdded: money('what it adds to the exposure if it is filled'),
    lossAtStop: money('lost when it is closed at its stop, without a premium; below 0 it is a gain'),
    profitAtLimit: money('gained when it is closed at its limit; below 0 it is a loss'),
    distances: z
      .object({
        fromLevel: DecimalText.describe('from which they are measured'),
        stopPoints: points('of its stop; null: it has none'),
        limitPoints: points('of its limit; null: it has none'),
        minimumPoints: DecimalText.describe('the nearest that a stop or limit may be'),
        minimumGuaranteedStopPoints: DecimalText.describe('the nearest that a guaranteed stop may be'),
        maximumPoints: DecimalText.describe('the furthest that either may be'),
      })
      .nullable()
      .describe('null for what bears no stop and no limit, or without a price'),
    limits: z.array(PreviewedLimit).describe('each limit that is set on the account, as in trading.getRisk'),
    unknown: z
      .array(z.object({ figure: Figure, because: UnknownBecause }))
      .describe('why a figure is null that this deal has'),
    at: Instant.describe('as of when it was judged'),
  })
  .meta({ id: 'DealPreview' });
export type DealPreview = z.infer<typeof DealPreview>;
