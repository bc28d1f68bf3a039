// Webhooks, and what was delivered or not by them and by e-mail: what the calls take and give, and what a webhook carries.
import { z } from 'zod';
import { ChannelName } from './notification-preferences.ts';
import { atLeastOneOf, Environment, Instant, NextCursor, Page, PlainText } from './primitives.ts';
import { secret } from './secret.ts';

/** Webhooks that a user has at most. */
export const maxWebhooks = 20;

/** `active` · `paused`: by its user · `disabled`: its server answered 410 Gone. */
export const WebhookState = z.enum(['active', 'paused', 'disabled']);
export type WebhookState = z.infer<typeof WebhookState>;

const webhookUrl = z
  .string()
  .trim()
  .max(2_000)
  .refine((text) => URL.canParse(text), 'must be a URL such as https://bot.example.com/ftrader');
const kinds = z
  .array(z.string().min(1).max(60))
  .min(1)
  .max(100)
  .refine((all) => new Set(all).size === all.length, 'has a value twice: write each once')
  .nullable();

const ids = z.string().min(1).max(60);
export const WebhookAsked = z.object({ id: ids });
export const CreateWebhook = z.object({
  name: PlainText(80),
  url: webhookUrl.describe('where to POST; https, and no address of an internal network'),
  kinds: kinds.default(null).describe('kinds of notifications that it carries; null: all'),
});
export type CreateWebhook = z.output<typeof CreateWebhook>;
export const UpdateWebhook = z
  .object({
    id: ids,
    name: PlainText(80).optional(),
    url: webhookUrl.optional(),
    kinds: kinds.optional().describe('null: all'),
    state: WebhookState.exclude(['disabled'])
      .optional()
      .describe('`paused` cancels what waits for it; `active` has it go on, also after it was disabled'),
  })
  .refine(...atLeastOneOf(['name', 'url', 'kinds', 'state']));
export type UpdateWebhook = z.output<typeof UpdateWebhook>;

export const Webhook = z
  .object({
    id: z.string(),
    name: z.string(),
    url: secret(z.string()),
    host: z.string().describe('of its URL'),
    kinds: z.array(z.string()).nullable().describe('null: all'),
    state: WebhookState,
    stateReason: z.string().nullable().describe('why it is disabled'),
    failingSince: Instant.nullable().describe('null: the last attempt succeeded, or there was none'),
    lastSuccessAt: Instant.nullable(),
    lastErrorAt: Instant.nullable(),
    lastError: z.string().nullable(),
    formerSignsUntil: Instant.nullable().describe(
      'until then what it sends is signed with the former secret as well; null: there is none',
    ),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;
export const WebhookList = z.object({ webhooks: z.array(Webhook) }).meta({ id: 'WebhookList' });
export const WebhookWithSecret = Webhook.extend({
  secret: secret(z.string().describe('what it signs with, as `whsec_…`; it is shown this once')),
}).meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

/** What a webhook carries as its body, by the Standard Webhooks convention. */
export interface WebhookMessage {
  /** The kind of the notification; `channel.test` of a test. */
  type: string;
  /** RFC 3339 in UTC: when it happened, not when it is sent. */
  timestamp: string;
  data: {
    id: string;
    severity: 'info' | 'warning' | 'critical';
    title: string;
    body: string;
    accountId: string | null;
    environment: Environment | null;
  };
}

/** `waiting`: to be sent, or sent again · `dead`: given up · `cancelled`: its webhook, or what it tells of, is no longer wanted. */
export const DeliveryState = z.enum(['waiting', 'delivered', 'dead', 'cancelled']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const Delivery = z
  .object({
    id: z.string(),
    channel: ChannelName,
    webhookId: z.string().nullable(),
    kind: z.string(),
    notificationIds: z.array(z.string()).describe('several: a digest; none: a test'),
    messageId: z.string().describe('`webhook-id`: the same in every attempt and redelivery'),
    state: DeliveryState,
    dueAt: Instant.describe('while it waits: when it is sent, or sent again'),
    lastStatus: z.number().int().nullable().describe('HTTP status of the last answer'),
    lastError: z.string().nullable(),
    createdAt: Instant,
    endedAt: Instant.nullable(),
    attempts: z
      .array(
        z.object({
          number: z.number().int(),
          at: Instant,
          tookMs: z.number().int().nullable().describe('null: how it ended is not known (yet)'),
          status: z.number().int().nullable(),
          error: z.string().nullable(),
        }),
      )
      .describe('the last 20, newest first'),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof Delivery>;
export const ListDeliveries = z.object({
  webhookId: ids.optional(),
  state: DeliveryState.optional(),
  ...Page.shape,
});
export type ListDeliveries = z.output<typeof ListDeliveries>;
export const DeliveryList = z
  .object({ deliveries: z.array(Delivery), nextCursor: NextCursor })
  .meta({ id: 'DeliveryList' });
export const Redeliver = z.object({ id: ids });

export const TestChannel = z.object({
  channel: ChannelName,
  webhookId: ids.optional().describe('which one; needed for the channel `webhook`'),
});
export type TestChannel = z.output<typeof TestChannel>;
