// How a user wants to be told: which kinds by which channel, when not, and how well each channel works.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { Instant } from './primitives.ts';

/** `in_app`: the inbox, which is always there · `email` · `webhook`: each of the user's webhooks. */
export const ChannelName = z.enum(['in_app', 'email', 'webhook']).meta({ id: 'NotificationChannel' });
export type ChannelName = z.infer<typeof ChannelName>;

const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day such as 22:30')
  .meta({ examples: ['22:30'] });

export const QuietHours = z
  .object({
    from: localTime,
    to: localTime.describe('the first minute after them; before `from`: on the next day'),
    timeZone: TimeZone.describe('IANA zone whose clocks they follow'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'must differ from `from`: quiet hours have an end',
  })
  .meta({
    id: 'QuietHours',
    description:
      'E-mail waits until their end, and is then sent as one for each kind; what is critical passes at once.',
  });
export type QuietHours = z.infer<typeof QuietHours>;

const ofChannels = <Value extends z.ZodType>(value: Value) =>
  z.object({ in_app: value, email: value, webhook: value });
const kindName = z.string().min(1).max(60);

/** What was chosen of a kind; a channel that is left out is as usual. */
const ChosenChannels = ofChannels(z.boolean().optional());
export type ChosenKinds = Record<string, z.output<typeof ChosenChannels>>;

export const SetPreferences = z.object({
  kinds: z
    .array(z.object({ kind: kindName, channels: ChosenChannels }))
    .max(100)
    .refine((all) => new Set(all.map(({ kind }) => kind)).size === all.length, 'must name each kind once')
    .default([])
    .describe('kinds and channels that are left out are as usual'),
  quietHours: QuietHours.nullable().default(null).describe('null: none'),
});
export type SetPreferences = z.output<typeof SetPreferences>;

export const ChannelHealth = z
  .object({
    channel: ChannelName,
    problem: z
      .string()
      .nullable()
      .describe('why nothing leaves by it, as a sentence that says what to do; null: it works'),
    waiting: z.number().int().describe('deliveries that are to be sent, or sent again'),
    dead: z.number().int().describe('deliveries that were given up, of the last 30 days'),
    lastSuccessAt: Instant.nullable(),
    lastErrorAt: Instant.nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'ChannelHealth' });
export type ChannelHealth = z.infer<typeof ChannelHealth>;

export const Preferences = z
  .object({
    kinds: z.array(
      z.object({
        kind: z.string(),
        severity: z.enum(['info', 'warning', 'critical']),
        channels: ofChannels(z.boolean()),
      }),
    ),
    quietHours: QuietHours.nullable(),
    channels: z.array(ChannelHealth),
  })
  .meta({ id: 'NotificationPreferences' });
export type Preferences = z.infer<typeof Preferences>;
