// API keys: what programs prove themselves with instead of a login. What a scope is, is in auth.ts.
import { z } from 'zod';
import { Scope } from './auth.ts';
import { Instant, PlainText } from './primitives.ts';
import { secret } from './secret.ts';
import { AccountId } from './trading.ts';

/** What a key may do: never what only somebody signed in as oneself may. */
export const KeyScope = Scope.extract(['market', 'account:read', 'trade:open', 'trade:close', 'admin']).meta({
  id: 'KeyScope',
});
export type KeyScope = z.infer<typeof KeyScope>;

const differ = (values: readonly string[]) => new Set(values).size === values.length;
const eachOnce = 'has a value twice: write each once';

export const CreateApiKey = z.object({
  name: PlainText(80),
  scopes: z
    .array(KeyScope)
    .min(1)
    .max(5)
    .refine(differ, eachOnce)
    .describe('what the key may do; `admin` is for administrators'),
  accountIds: z
    .array(AccountId)
    .min(1)
    .max(50)
    .refine(differ, eachOnce)
    .optional()
    .describe('the accounts that the key sees and deals on; left out: all of yours, also those to come'),
  networks: z
    .array(z.string().max(60))
    .min(1)
    .max(20)
    .optional()
    .describe('addresses and networks (CIDR) that the key works from; left out: everywhere'),
  expiresAt: Instant.optional().describe('the instant from which the key is refused; left out: never'),
});
export type CreateApiKey = z.output<typeof CreateApiKey>;

export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(KeyScope),
    accountIds: z.array(z.string()).nullable().describe('null: all accounts of its user'),
    networks: z.array(z.string()).nullable().describe('null: everywhere'),
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    lastUsedAt: Instant.nullable().describe('to the minute; null: never used'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyList = z.object({ apiKeys: z.array(ApiKey) }).meta({ id: 'ApiKeyList' });
export const CreatedApiKey = ApiKey.extend({
  key: secret(z.string().describe('the key itself; it is shown this once')),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
export const RevokeApiKey = z.object({ id: z.string().min(1).max(60) });
