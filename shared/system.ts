// What anyone may know about a running FTrader.
import { z } from 'zod';
import { Feed, Instant } from './primitives.ts';

export const FeedHealth = z
  .object({
    feed: Feed,
    state: z.enum(['up', 'down', 'unknown']),
    since: Instant.nullable(),
    tickAgeMs: z
      .number()
      .int()
      .nullable()
      .describe('since its last tick arrived at this process; null while nobody here watches a market of it'),
    reason: z.string().nullable().describe('null without a login'),
    items: z.number().int().nullable().describe('markets it streams; null without a login'),
  })
  .meta({ id: 'FeedHealth' });
export type FeedHealth = z.infer<typeof FeedHealth>;

export const SystemStatus = z
  .object({
    name: z.literal('FTrader'),
    version: z.string(),
    startedAt: Instant.nullable().describe(
      'for an admin, a program on the server’s machine, or who bears METRICS_TOKEN',
    ),
    ready: z.boolean(),
    defaultFeed: Feed.nullable(),
    feeds: z.array(FeedHealth),
    demoLogin: z
      .object({ email: z.string(), password: z.string() })
      .nullable()
      .describe('the demo login, while it exists with its default password'),
    signUp: z
      .object({
        open: z.boolean().describe('whether POST /api/auth/register takes anybody'),
        mailbox: z.boolean().describe('whether mail is kept here instead of sent: GET /mailbox on its machine'),
        simulatedAccount: z.boolean().describe('whether everybody gets a simulated broker account here'),
      })
      .describe('what a newcomer may expect'),
  })
  .meta({ id: 'SystemStatus' });
export type SystemStatus = z.infer<typeof SystemStatus>;
export const SystemTime = z.object({ now: Instant }).meta({ id: 'SystemTime' });
