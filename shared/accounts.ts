// Broker accounts as clients see them: what they are, never what logs in to them.
import { z } from 'zod';
import { Environment, Feed, Instant } from './primitives.ts';

export const Account = z
  .object({
    id: z.string(),
    environment: Environment,
    feed: Feed.describe('whose prices count for it'),
    brokerAccountId: z.string().describe("the broker's own id"),
    name: z.string(),
    currency: z.string(),
    isDefault: z.boolean(),
    createdAt: Instant,
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof Account>;
export const GetAccount = z.object({ id: z.string().max(60) });
export const AccountList = z.object({ accounts: z.array(Account) }).meta({ id: 'AccountList' });
