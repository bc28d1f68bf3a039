// What an administrator sees of feeds, accounts and who streams them.
import { z } from 'zod';
import { AccountState, HealthState } from './accounts.ts';
import { Environment, Instant } from './primitives.ts';
import { FeedHealth } from './system.ts';

const Part = z.object({ ok: z.boolean(), detail: z.string() });

export const AdminFeeds = z
  .object({
    database: Part,
    bus: Part,
    feeds: z
      .array(FeedHealth)
      .describe('every feed that this process has heard of, those of accounts’ own logins too'),
    accountCounts: z.record(AccountState, z.number().int()),
    accounts: z
      .array(
        z.object({
          accountId: z.string(),
          environment: Environment,
          userId: z.string().describe('whose it is'),
          state: HealthState,
          since: Instant,
        }),
      )
      .describe('connected ones, those that are not up first, then the oldest; 500 at most'),
    leases: z
      .array(
        z.object({
          name: z.string().describe('a feed, or account:<id>'),
          holder: z.string().describe('the process that streams it'),
          epoch: z.number().int().describe('rises with each new holder'),
          expiresAt: Instant,
          held: z.boolean().describe('false: nobody streams it'),
        }),
      )
      .describe('who holds which stream, those that nobody holds first, then by name; 1,000 at most'),
  })
  .meta({ id: 'AdminFeeds' });
export type AdminFeeds = z.infer<typeof AdminFeeds>;
