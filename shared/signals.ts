// Signals: how an alert service that can only send a JSON body has something dealt, and within which bounds.
import { z } from 'zod';
import { control } from './idempotency.ts';
import { DealPreview } from './preview.ts';
import { atLeastOneOf, DecimalText, Environment, Epic, Instant, PlainText } from './primitives.ts';
import { secret } from './secret.ts';
import { TargetOutcome } from './targets.ts';
import { AccountId, DealOutcome, PositiveDecimal } from './trading.ts';

/** Signals that a user has at most. */
export const maxSignals = 20;

export const SignalScope = z.enum(['trade:open', 'trade:close']).meta({
  id: 'SignalScope',
  description: 'trade:open: it may open positions. trade:close: it may close what is open in a market.',
});
export type SignalScope = z.infer<typeof SignalScope>;
export const SignalState = z.enum(['active', 'paused']);

const once = (values: readonly string[]) => new Set(values).size === values.length;
const eachOnce = 'has a value twice: write each once';
const ids = z.string().min(1).max(60);
const Terms = {
  name: PlainText(80),
  scopes: z.array(SignalScope).min(1).max(2).refine(once, eachOnce),
  epics: z.array(Epic).min(1).max(50).refine(once, eachOnce).describe('the markets it may deal in'),
  maxSize: PositiveDecimal.describe('the largest size that one signal may open'),
  perMinute: z.number().int().min(1).max(60).describe('signals in any 60 seconds; repeats do not count'),
  perDay: z.number().int().min(1).max(2_000).describe('signals in any 24 hours; repeats do not count'),
  windowSeconds: z
    .number()
    .int()
    .min(5)
    .max(3_600)
    .describe('how far the time in a signal may be from the time here'),
  dryRun: z.boolean().describe('true: it is answered with what would be dealt, and nothing is'),
};
export const CreateSignal = z.object({
  ...Terms,
  accountId: AccountId.optional(),
  perMinute: Terms.perMinute.default(6),
  perDay: Terms.perDay.default(100),
  windowSeconds: Terms.windowSeconds.default(60),
  dryRun: Terms.dryRun.default(false),
});
export type CreateSignal = z.output<typeof CreateSignal>;
export const UpdateSignal = z
  .object({
    id: ids,
    name: Terms.name.optional(),
    scopes: Terms.scopes.optional(),
    epics: Terms.epics.optional(),
    maxSize: Terms.maxSize.optional(),
    perMinute: Terms.perMinute.optional(),
    perDay: Terms.perDay.optional(),
    windowSeconds: Terms.windowSeconds.optional(),
    dryRun: Terms.dryRun.optional(),
    state: SignalState.optional().describe('`paused`: it is refused until it is `active` again'),
  })
  .refine(
    ...atLeastOneOf([
      'name',
      'scopes',
      'epics',
      'maxSize',
      'perMinute',
      'perDay',
      'windowSeconds',
      'dryRun',
      'state',
    ]),
  );
export type UpdateSignal = z.output<typeof UpdateSignal>;
export const SignalAsked = z.object({ id: ids });

export const Signal = z
  .object({
    id: z.string().describe('the last part of the address to send to: POST /api/signals/{id}'),
    accountId: z.string(),
    environment: Environment,
    name: z.string(),
    scopes: z.array(SignalScope),
    epics: z.array(Epic),
    maxSize: DecimalText,
    perMinute: z.number().int(),
    perDay: z.number().int(),
    windowSeconds: z.number().int(),
    dryRun: z.boolean(),
    state: SignalState,
    createdAt: Instant,
    updatedAt: Instant,
    lastTakenAt: Instant.nullable().describe('when one was last let through; null: never'),
    lastRefusedAt: Instant.nullable(),
    lastRefusal: z.string().nullable().describe('why the last one was refused'),
  })
  .meta({ id: 'Signal' });
export type Signal = z.infer<typeof Signal>;
export const SignalList = z.object({ signals: z.array(Signal) }).meta({ id: 'SignalList' });
export const CreatedSignal = Signal.extend({
  secret: secret(z.string().describe('what each signal bears in its body; it is shown this once')),
}).meta({ id: 'CreatedSignal' });
export type CreatedSignal = z.infer<typeof CreatedSignal>;

const text = z.string().max(100);
const said = {
  action: text
    .optional()
    .describe('required: `open` opens a position, `close` brings the net size in the market to nothing'),
  epic: text.optional().describe('required: one of the markets of the signal'),
  at: text
    .optional()
    .describe(
      'required: when it was sent, as RFC 3339 with its offset; no further from now than the window of the signal',
    ),
  key: text
    .optional()
    .describe(
      'of this signal: the same again is the same signal, and deals once. Left out: what it says and `at` stand for it',
    ),
  direction: text.optional().describe('of an opening: BUY or SELL, in any case'),
  size: text.optional().describe('of an opening: a decimal number as text'),
  stopLevel: text.optional().describe('of an opening'),
  stopDistancePoints: text.optional().describe('of an opening'),
  limitLevel: text.optional().describe('of an opening'),
  limitDistancePoints: text.optional().describe('of an opening'),
  forceOpen: z
    .boolean()
    .optional()
    .describe('of an opening: false closes what is open the other way first, and bears no stop and no limit'),
};
/** What a signal says beside its secret. */
export const SaidSignal = z.strictObject(said);
/** A field as it is written down of `said`, and read by nobody yet. */
const unread = (field: z.ZodType) => {
  const { $schema: _dialect, ...written } = z.toJSONSchema(field);
  return z.unknown().meta(written);
};
/** Only the secret is read at the door: what else is wrong with a signal is found once that is right, and told to its owner. */
export const ReceiveSignal = z
  .looseObject({
    id: ids,
    secret: z.string().max(200).describe('of the signal, as it was shown when it was made'),
    ...(Object.fromEntries(
      Object.entries(said).map(([name, field]) => [name, unread(field).optional()]),
    ) as Record<keyof typeof said, z.ZodOptional<z.ZodUnknown>>),
  })
  .meta({ additionalProperties: false }); // as the document says it: what there is besides is refused behind the secret
export type ReceiveSignal = z.output<typeof ReceiveSignal>;

/** What a signal to close says beside its secret and key. */
export const CloseSignal = z.strictObject({
  action: z.literal('close'),
  epic: Epic,
});
export const SignalTime = z.strictObject({
  at: z.iso.datetime({
    offset: true,
    error: ({ input }) =>
      input === undefined
        ? 'is required: write when the signal was sent, such as 2026-01-05T09:00:00Z'
        : 'must be an instant with its offset, such as 2026-01-05T09:00:00Z',
  }),
  key: z.string().max(100).optional().register(control),
});

export const SignalOutcome = z
  .object({
    signalId: z.string(),
    action: z.enum(['open', 'close']),
    dryRun: z.boolean(),
    idempotencyKey: z.string().describe('under which it was dealt; a repeat has the same'),
    deal: DealOutcome.nullable().describe('of an opening'),
    target: TargetOutcome.nullable().describe('of a closing: on its way to a net size of 0'),
    previews: z
      .array(DealPreview)
      .nullable()
      .describe('of a dry run: what would be dealt; of a closing one for each position that is open'),
  })
  .meta({ id: 'SignalOutcome' });
export type SignalOutcome = z.infer<typeof SignalOutcome>;
