// What is left of a broker's allowance, and who spent it: the answer of accounts.allowance.
import { z } from 'zod';
import { Environment, Instant } from './primitives.ts';

/** What a request to the broker is for, the most important first: in this order they get what is left. `deal`: what one must read before it is sent. */
export const allowanceClasses = [
  'close',
  'open',
  'deal',
  'confirm',
  'session',
  'reconcile',
  'user',
  'backfill',
] as const;
export const AllowanceClass = z.enum(allowanceClasses);
export type AllowanceClass = z.output<typeof AllowanceClass>;

export const AllowanceBucket = z.object({
  scope: z
    .enum(['key', 'account', 'trading', 'history_points', 'stream_items'])
    .describe(
      'what is counted: reads and logins of the API key, reads of the account, deals of the account (a minute each), candles of price history that the key reads for the account (a week), or items of the account’s stream connection',
    ),
  limit: z.int().nullable().describe('what the broker is believed to grant; null where it has no limit'),
  left: z.int().nullable().describe('of it, what the most important class could still spend now'),
  spent: z
    .array(z.object({ by: AllowanceClass, count: z.int() }))
    .describe('of the last minute or week, by all processes, the most important class first'),
  wholeAt: Instant.nullable().describe(
    'when all of it is there again if nothing more is spent; null: it is, or the broker has not told when the week ends',
  ),
  refusedAt: Instant.nullable().describe('when the broker last refused a request for this allowance'),
});
export type AllowanceBucket = z.output<typeof AllowanceBucket>;

/** What the broker grants to an account, as far as it is known. */
export const AccountAllowance = z
  .object({ accountId: z.string(), environment: Environment, buckets: z.array(AllowanceBucket) })
  .meta({ id: 'AccountAllowance' });
export type AccountAllowance = z.output<typeof AccountAllowance>;
