// The limits of an account and of single markets in it, what is used of each, and the telling of one that stopped a deal.
import { z } from 'zod';
import { atLeastOneOf, DecimalText, Epic, Instant } from './primitives.ts';
import { AccountId, DealReason, PositiveDecimal } from './trading.ts';

export const LimitName = z
  .enum(['maxSize', 'maxExposure', 'maxDailyLoss', 'maxOrdersPerMinute', 'maxOrdersPerDay'])
  .meta({ id: 'LimitName' });
export type LimitName = z.infer<typeof LimitName>;

/** Markets of one account that may have limits of their own: they stand in the row that every deal locks. */
export const maxEpicLimits = 100;

const OrderCount = z
  .number()
  .int('must be a whole number')
  .min(1, 'must be at least 1: to open nothing at all, set the dealing state to halted or reduce_only')
  .max(1_000_000, 'may be 1000000 at most');
const words = {
  maxSize: 'the largest deal that may be opened, in the size of its market; null: no such limit',
  maxExposure:
    'in the account’s currency: the most that size × contract size × level may come to, over open positions, working orders and deals under way alike, whatever their directions; null: no such limit',
  maxDailyLoss:
    'in the account’s currency: once as much is lost on a day, nothing more is opened on it; null: no such limit',
  maxOrdersPerMinute:
    'how many orders may be sent within any 60 seconds: openings, working orders, and changes that raise the risk; null: no such limit',
  maxOrdersPerDay: 'the same within a day of the user’s time zone; null: no such limit',
};
const told = <Field extends z.ZodType>(field: Field, name: LimitName) =>
  field.nullable().default(null).describe(words[name]);
/** As rows tell them: what was written before a limit was there lacks it. */
const epicLimits = {
  maxSize: told(DecimalText, 'maxSize'),
  maxExposure: told(DecimalText, 'maxExposure'),
  maxOrdersPerMinute: told(z.number().int(), 'maxOrdersPerMinute'),
  maxOrdersPerDay: told(z.number().int(), 'maxOrdersPerDay'),
};
/** The limits of one market in an account. The account's hold beside them: the narrower of both decides. */
export const EpicLimits = z.object({ epic: Epic, ...epicLimits }).meta({ id: 'EpicLimits' });
export type EpicLimits = z.infer<typeof EpicLimits>;
export const RiskLimits = z
  .object({
    ...epicLimits,
    maxDailyLoss: told(DecimalText, 'maxDailyLoss'),
    epics: z.array(EpicLimits).default([]).describe('narrower ones, of single markets'),
  })
  .meta({ id: 'RiskLimits' });
export type RiskLimits = z.infer<typeof RiskLimits>;

const set = <Field extends z.ZodType>(field: Field, name: LimitName) =>
  field.nullable().optional().describe(words[name]);
const setForEpic = {
  maxSize: set(PositiveDecimal, 'maxSize'),
  maxExposure: set(PositiveDecimal, 'maxExposure'),
  maxOrdersPerMinute: set(OrderCount, 'maxOrdersPerMinute'),
  maxOrdersPerDay: set(OrderCount, 'maxOrdersPerDay'),
};
const limitsOfEpic = ['maxSize', 'maxExposure', 'maxOrdersPerMinute', 'maxOrdersPerDay'] as const;
/** A loss is of the account: the broker tells its cash, and of no market what was lost in it. */
const SetEpicLimits = z
  .strictObject(
    { epic: Epic, ...setForEpic },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys' && issue.keys?.includes('maxDailyLoss')
          ? 'is of the account only: write it beside epics'
          : undefined,
    },
  )
  .refine(...atLeastOneOf(limitsOfEpic));
/** What is left out stays as it is; null takes the limit away. */
export const SetRiskLimits = z
  .strictObject({
    accountId: AccountId.optional(),
    ...setForEpic,
    maxDailyLoss: set(PositiveDecimal, 'maxDailyLoss'),
    epics: z
      .array(SetEpicLimits)
      .min(1, 'must name a market, or be left out')
      .max(maxEpicLimits, `may be ${maxEpicLimits} markets at most`)
      .refine((epics) => new Set(epics.map(({ epic }) => epic)).size === epics.length, {
        error: 'has a market twice',
      })
      .optional()
      .describe('of single markets; a market that is not named keeps its limits'),
  })
  .refine(...atLeastOneOf([...limitsOfEpic, 'maxDailyLoss', 'epics']));
export type SetRiskLimits = z.infer<typeof SetRiskLimits>;

/** One limit that is set, and how far it is used. */
export const LimitUse = z
  .object({
    limit: LimitName,
    epic: Epic.nullable().describe('of whose limit; null: of the account'),
    max: DecimalText.describe('the limit itself'),
    used: DecimalText.nullable().describe(
      'null for a size, which is of each deal, and for what is not known now',
    ),
    left: DecimalText.nullable().describe(
      'what may still be used, at least 0; null for what is not known now',
    ),
    wholeAgainAt: Instant.nullable().describe(
      'when nothing of it is used any more if nothing is dealt until then; null: it is whole, or time does not make it so',
    ),
  })
  .meta({ id: 'LimitUse' });
export type LimitUse = z.infer<typeof LimitUse>;

/** A limit stopped a deal: at most once a minute for each limit. */
export const LimitBreach = z.object({
  limit: LimitName,
  epic: Epic.nullable().describe('of whose limit; null: of the account'),
  reason: DealReason.describe('why the deal was denied, with the numbers'),
  deal: z.string().describe('the id of the deal that was denied'),
  market: z.string().describe('the name of its market'),
});
export type LimitBreach = z.infer<typeof LimitBreach>;

/** The limits in the row of an account, as they are told. */
export const limitsOf = ({
  maxSize,
  maxExposure,
  maxDailyLoss,
  maxOrdersPerMinute,
  maxOrdersPerDay,
  epicLimits: epics,
}: Omit<RiskLimits, 'epics'> & { epicLimits: EpicLimits[] }): RiskLimits => ({
  maxSize,
  maxExposure,
  maxDailyLoss,
  maxOrdersPerMinute,
  maxOrdersPerDay,
  epics,
});
