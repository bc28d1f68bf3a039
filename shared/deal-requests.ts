// What may be asked of a broker: the request behind each kind of deal, with what excludes itself impossible to write in TypeScript.
import { z } from 'zod';
import { control, IdempotencyKey } from './idempotency.ts';
import { atLeastOneOf, Epic, Instant } from './primitives.ts';
import { AccountId, Direction, Note, OrderType, PositiveDecimal, Tag, TrailingStop } from './trading.ts';

export const WaitMs = z.number().int().min(0).max(10_000).default(2_000).register(control);

const CurrencyCode = z.string().regex(/^[A-Z]{3}$/, 'must be a currency code such as GBP');
type Given<Names extends string> = { [Name in Names]?: unknown };
/** Of two that exclude each other: the check, and what to change. */
const notBoth = <One extends string, Two extends string>(one: One, two: Two) =>
  [
    (order: Given<One | Two>) => order[one] == null || order[two] == null,
    { path: [one] as string[], message: `cannot stand beside ${two}: write one of the two` },
  ] as const;
/** Of a change: how to take something away. */
const orNull = ', and null for what is to go';
const guaranteedHasStop = [
  (order: Given<'guaranteedStop' | 'stopLevel' | 'stopDistancePoints'>) =>
    !order.guaranteedStop || (order.stopLevel ?? order.stopDistancePoints) !== undefined,
  {
    path: ['guaranteedStop'] as string[],
    message: 'needs a stop: write stopLevel or stopDistancePoints beside it',
  },
] as const;
const toleranceHasLevel = [
  (order: Given<'level' | 'tolerancePoints'>) =>
    order.tolerancePoints === undefined || order.level !== undefined,
  {
    path: ['tolerancePoints'] as string[],
    message: 'needs the level it is a tolerance of: write level beside it',
  },
] as const;
/** Of a deal at market that is not to be filled at any price. */
const LimitedBy = {
  level: PositiveDecimal.optional().describe(
    'the level at which it is to be filled, whole, or better; where the market is worse it is refused; left out: at market',
  ),
  tolerancePoints: PositiveDecimal.optional().describe('how much worse than `level` it may be, in points'),
};
const GuaranteedStop = z
  .literal(true)
  .optional()
  .describe('the stop is filled at its level whatever the price does; the broker charges a premium');

/** Names that a request does not bear: the type of what excludes them. */
type Without<Names extends string> = { [Name in Names]?: undefined };
/** A stop is one of: at a level or a distance (guaranteed or not), or one that trails. */
type OneStop =
  | ({ stopLevel?: string | undefined; guaranteedStop?: true | undefined } & Without<
      'stopDistancePoints' | 'trailingStop'
    >)
  | ({ stopDistancePoints?: string | undefined; guaranteedStop?: true | undefined } & Without<
      'stopLevel' | 'trailingStop'
    >)
  | ({ trailingStop?: TrailingStop | undefined } & Without<
      'stopLevel' | 'stopDistancePoints' | 'guaranteedStop'
    >);
type OneLimit =
  | ({ limitLevel?: string | undefined } & Without<'limitDistancePoints'>)
  | ({ limitDistancePoints?: string | undefined } & Without<'limitLevel'>);
/** A tolerance is one of a level. */
type Limited = { level: string; tolerancePoints?: string | undefined } | Without<'level' | 'tolerancePoints'>;
type NewStop =
  | { trailingStop?: null | undefined; stopLevel?: string | undefined; guaranteedStop?: boolean | undefined }
  | { trailingStop?: null | undefined; stopLevel: null; guaranteedStop?: false | undefined }
  | ({ trailingStop: TrailingStop; guaranteedStop?: false | undefined } & Without<'stopLevel'>);
/** One that nets what is open bears no stop and no limit: there may be no new position to bear them. */
type Netted = { forceOpen: false } & Without<
  | 'stopLevel'
  | 'stopDistancePoints'
  | 'guaranteedStop'
  | 'trailingStop'
  | 'limitLevel'
  | 'limitDistancePoints'
>;
type OnItsOwn = { forceOpen?: true | undefined } & OneStop & OneLimit;
const attached = [
  'stopLevel',
  'stopDistancePoints',
  'guaranteedStop',
  'trailingStop',
  'limitLevel',
  'limitDistancePoints',
] as const;
const nettedBearsNone = attached.map(
  (name) =>
    [
      (order: Given<'forceOpen' | (typeof attached)[number]>) =>
        order.forceOpen !== false || order[name] === undefined,
      {
        path: [name] as string[],
        message: 'cannot stand beside forceOpen: false: leave it out, or leave out forceOpen',
      },
    ] as const,
);
/** Tells the compiler what the checks of a schema leave: contradictions do not compile, and what does not compile is answered in words. */
const narrowed =
  <Left>() =>
  <Schema extends z.ZodType>(schema: Schema) =>
    schema as unknown as z.ZodType<z.output<Schema> & Left, z.input<Schema> & Left>;

export const OpenPosition = narrowed<(OnItsOwn | Netted) & Limited>()(
  nettedBearsNone.reduce(
    (schema, check) => schema.refine(...check),
    z
      .strictObject({
        accountId: AccountId.optional(),
        epic: Epic,
        direction: Direction,
        size: PositiveDecimal,
        stopLevel: PositiveDecimal.optional(),
        stopDistancePoints: PositiveDecimal.optional(),
        guaranteedStop: GuaranteedStop,
        trailingStop: TrailingStop.optional(),
        limitLevel: PositiveDecimal.optional(),
        limitDistancePoints: PositiveDecimal.optional(),
        ...LimitedBy,
        forceOpen: z
          .boolean()
          .optional()
          .describe(
            'false: it closes or reduces what is open the other way in this market, oldest first as far as is known, and opens a position only where there is none; left out or true: always a position of its own',
          ),
        currency: CurrencyCode.optional(),
        tag: Tag.optional(),
        note: Note.optional(),
        idempotencyKey: IdempotencyKey,
        waitMs: WaitMs,
      })
      .refine(...notBoth('stopDistancePoints', 'stopLevel'))
      .refine(...notBoth('limitDistancePoints', 'limitLevel'))
      .refine(...notBoth('trailingStop', 'stopLevel'))
      .refine(...notBoth('trailingStop', 'stopDistancePoints'))
      .refine(...notBoth('trailingStop', 'guaranteedStop'))
      .refine(...guaranteedHasStop)
      .refine(...toleranceHasLevel),
  ),
);
export type OpenPosition = z.infer<typeof OpenPosition>;
/** One that nets what is open. */
export type NetPosition = Extract<OpenPosition, { forceOpen: false }>;
export const ClosePosition = narrowed<Limited>()(
  z
    .strictObject({
      accountId: AccountId.optional(),
      dealId: z.string().min(1).max(30),
      size: PositiveDecimal.optional().describe('a part; left out: the whole position'),
      ...LimitedBy,
      idempotencyKey: IdempotencyKey,
      waitMs: WaitMs,
    })
    .refine(...toleranceHasLevel),
);
export type ClosePosition = z.infer<typeof ClosePosition>;
/**
 * The stop and the limit a position is to have: what is left out stays, null takes it away. A stop that trails ends to trail with a
 * `stopLevel` or a guarantee, and one that is guaranteed is so no more with a `trailingStop`.
 */
export const AmendPosition = narrowed<NewStop>()(
  z
    .strictObject({
      accountId: AccountId.optional(),
      dealId: z.string().min(1).max(30),
      stopLevel: PositiveDecimal.nullable().optional().describe('a level; null takes the stop away'),
      limitLevel: PositiveDecimal.nullable().optional().describe('a level; null takes the limit away'),
      guaranteedStop: z
        .boolean()
        .optional()
        .describe('whether the stop is guaranteed: it trails no more then; left out: as it is'),
      trailingStop: TrailingStop.nullable()
        .optional()
        .describe(
          'lets the stop follow the price, from so far behind the price of now; null: it stays where it is',
        ),
      idempotencyKey: IdempotencyKey,
      waitMs: WaitMs,
    })
    .refine(...atLeastOneOf(['stopLevel', 'limitLevel', 'guaranteedStop', 'trailingStop'], orNull))
    .refine(({ guaranteedStop, trailingStop }) => !guaranteedStop || !trailingStop, {
      path: ['trailingStop'],
      message: 'cannot stand beside guaranteedStop: write one of the two',
    })
    .refine(({ stopLevel, trailingStop }) => stopLevel === undefined || !trailingStop, {
      path: ['trailingStop'],
      message:
        'cannot stand beside stopLevel: write one of the two; it starts so far behind the price of now',
    })
    .refine(({ stopLevel, guaranteedStop }) => stopLevel !== null || !guaranteedStop, {
      path: ['guaranteedStop'],
      message: 'cannot stand beside stopLevel: null, which takes the stop away: write a level',
    }),
);
export type AmendPosition = z.infer<typeof AmendPosition>;
const OrderTerms = {
  level: PositiveDecimal.describe('at which it is filled'),
  goodTillAt: Instant.describe('until when it rests, to the second; left out: until it is cancelled'),
  stopDistancePoints: PositiveDecimal.describe('of the position’s stop, in points from the order’s level'),
  limitDistancePoints: PositiveDecimal.describe('of the position’s limit, in points from the order’s level'),
};
export const PlaceOrder = narrowed<OneStop & OneLimit>()(
  z
    .strictObject({
      accountId: AccountId.optional(),
      epic: Epic,
      direction: Direction,
      size: PositiveDecimal,
      type: OrderType,
      level: OrderTerms.level,
      goodTillAt: OrderTerms.goodTillAt.optional(),
      stopLevel: PositiveDecimal.optional().describe('of the position’s stop'),
      stopDistancePoints: OrderTerms.stopDistancePoints.optional(),
      limitLevel: PositiveDecimal.optional().describe('of the position’s limit'),
      limitDistancePoints: OrderTerms.limitDistancePoints.optional(),
      guaranteedStop: GuaranteedStop,
      currency: CurrencyCode.optional(),
      tag: Tag.optional(),
      note: Note.optional(),
      idempotencyKey: IdempotencyKey,
      waitMs: WaitMs,
    })
    .refine(...notBoth('stopDistancePoints', 'stopLevel'))
    .refine(...notBoth('limitDistancePoints', 'limitLevel'))
    .refine(...guaranteedHasStop),
);
export type PlaceOrder = z.infer<typeof PlaceOrder>;
/** What a working order is to be: what is left out stays, null takes it away. Size and direction cannot be changed. */
export const AmendOrder = z
  .strictObject({
    accountId: AccountId.optional(),
    dealId: z.string().min(1).max(30),
    level: OrderTerms.level.optional(),
    goodTillAt: OrderTerms.goodTillAt.nullable().optional(),
    stopDistancePoints: OrderTerms.stopDistancePoints.nullable().optional(),
    limitDistancePoints: OrderTerms.limitDistancePoints.nullable().optional(),
    guaranteedStop: z
      .boolean()
      .optional()
      .describe('whether the position’s stop is guaranteed; left out: as it is'),
    idempotencyKey: IdempotencyKey,
    waitMs: WaitMs,
  })
  .refine(
    ...atLeastOneOf(
      ['level', 'goodTillAt', 'stopDistancePoints', 'limitDistancePoints', 'guaranteedStop'],
      orNull,
    ),
  )
  .refine(({ stopDistancePoints, guaranteedStop }) => stopDistancePoints !== null || !guaranteedStop, {
    path: ['stopDistancePoints'],
    message: 'is null, which takes the stop away: leave out guaranteedStop, or write a distance',
  });
export type AmendOrder = z.infer<typeof AmendOrder>;
export const CancelOrder = z.strictObject({
  accountId: AccountId.optional(),
  dealId: z.string().min(1).max(30),
  idempotencyKey: IdempotencyKey,
  waitMs: WaitMs,
});
export type CancelOrder = z.infer<typeof CancelOrder>;
/** The request behind each kind of deal. */
export interface RequestOf {
  open: OpenPosition;
  net: OpenPosition;
  close: ClosePosition;
  amend: AmendPosition;
  place_order: PlaceOrder;
  amend_order: AmendOrder;
  cancel_order: CancelOrder;
}
