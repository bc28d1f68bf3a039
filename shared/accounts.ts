// Broker accounts as clients see them: what they are and how they do, never what logs in to them.
import { z } from 'zod';
import { unbroken as rule } from './credential-rule.ts';
import { atLeastOneOf, Environment, Feed, Hidden, Instant, PlainText } from './primitives.ts';

/** What it deals in; share dealing accounts are not connected. */
export const AccountType = z.enum(['CFD', 'SPREADBET']).meta({ id: 'AccountType' });
export type AccountType = z.infer<typeof AccountType>;

/**
 * `up`: all is well; `degraded`: the broker answers, its stream is down; `read_only`: it lets nobody in, or nothing be dealt;
 * `offline`: it does not answer.
 */
export const HealthState = z.enum(['up', 'degraded', 'read_only', 'offline']).meta({ id: 'HealthState' });
export type HealthState = z.infer<typeof HealthState>;

/** As shown of an account: `disconnected`: nobody asks the broker about it any more. */
export const AccountState = z.enum([...HealthState.options, 'disconnected']).meta({ id: 'AccountState' });
export type AccountState = z.infer<typeof AccountState>;

export const AccountHealth = z
  .object({
    state: AccountState,
    since: Instant,
    problem: z
      .object({
        message: z.string().describe('safe to show; says what to do'),
        brokerCode: z.string().nullable().describe("the broker's own code, where it gave one"),
      })
      .nullable()
      .describe('null while it is up'),
  })
  .meta({ id: 'AccountHealth' });
export type AccountHealth = z.infer<typeof AccountHealth>;

/** An account without what changes by itself: so it is told in events. */
export const AccountFacts = z.object({
  id: z.string(),
  environment: Environment,
  feed: Feed.describe('whose prices count for it'),
  brokerAccountId: z.string().describe("the broker's own id"),
  type: AccountType,
  name: z.string(),
  currency: z.string(),
  isDefault: z
    .boolean()
    .describe(
      'whose feed counts where none is named; one of yours at most: a live one is it by your wish alone',
    ),
  createdAt: Instant,
  disconnectedAt: Instant.nullable().describe(
    'null while it is connected; its deals and events stay when it is not',
  ),
});
export type AccountFacts = z.infer<typeof AccountFacts>;

export const Account = AccountFacts.extend({
  health: AccountHealth,
  liveDealing: z
    .boolean()
    .nullable()
    .describe('whether real money may be dealt from here; null for an account that is not live'),
}).meta({ id: 'Account' });
export type Account = z.infer<typeof Account>;
/** An account that is treated as it should be again, as it is told in events. */
export const RestoredAccount = AccountFacts.extend({ health: AccountHealth.extend({ state: HealthState }) });
/** An account that is not treated as it should be, as it is told in events. */
export const TroubledAccount = AccountFacts.extend({
  health: AccountHealth.extend({
    state: HealthState.exclude(['up']),
    problem: AccountHealth.shape.problem.unwrap(),
  }),
});
/** An account that was just disconnected. */
export const LeftAccount = Account.extend({
  defaultAccountId: z
    .string()
    .nullable()
    .describe(
      'your default account now; null: there is none, since no other is left but live ones, which are made the default with accounts.setDefault alone',
    ),
}).meta({ id: 'LeftAccount' });
export type LeftAccount = z.infer<typeof LeftAccount>;
export const AccountList = z
  .object({ accounts: z.array(Account), hidden: Hidden })
  .meta({ id: 'AccountList' });

const AccountId = z.string().max(60);
export const GetAccount = z.object({ id: AccountId });

const unbroken = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `may have ${max} characters at most`)
    .regex(rule.pattern, rule.message);
const Credentials = {
  apiKey: unbroken(200).describe("made in the broker's own settings; each belongs to one environment"),
  identifier: unbroken(100).describe('the user name of the login at the broker'),
  password: z
    .string()
    .min(1, 'must not be empty')
    .max(350, 'may have 350 characters at most')
    .describe('of the login at the broker; kept encrypted, never shown again'),
};

/** Without the three credentials only for `simulated`: the account that the server's own simulator keeps for you. */
export const ConnectAccount = z
  .object({ environment: Environment, ...z.object(Credentials).partial().shape })
  .superRefine(({ environment, ...given }, context) => {
    const missing = (Object.keys(Credentials) as (keyof typeof Credentials)[]).filter(
      (name) => given[name] === undefined,
    );
    if (environment === 'simulated' && missing.length === Object.keys(Credentials).length) return;
    for (const name of missing)
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `is needed to log in to ${environment === 'simulated' ? 'a simulator of your own' : `IG ${environment}`}`,
      });
  });
export type ConnectAccount = z.infer<typeof ConnectAccount>;

export const UpdateAccount = z.object({ id: AccountId, name: PlainText(80) });

/** What is left out stays as it is. */
export const UpdateCredentials = z
  .object({ id: AccountId, ...z.object(Credentials).partial().shape })
  .refine(...atLeastOneOf(['apiKey', 'identifier', 'password']));
export type UpdateCredentials = z.infer<typeof UpdateCredentials>;

export const EnableLiveDealing = z.object({
  id: AccountId,
  password: z
    .string()
    .min(1, 'must not be empty')
    .max(200)
    .describe('the one that you sign in here with, typed again'),
});

export const DisconnectAccount = z.object({
  id: AccountId,
  withOpenPositions: z
    .boolean()
    .default(false)
    .describe('true: also while positions are open, which then go on at the broker, unwatched from here'),
});
