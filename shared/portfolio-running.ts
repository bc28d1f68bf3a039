// The running profit of the broker accounts that flow into a portfolio, as clients see it.
import { z } from 'zod';
import { MoneyOrNull } from './portfolio.ts';
import { Environment, Instant } from './primitives.ts';

export const Running = z
  .object({
    amount: MoneyOrNull.describe(
      'in the base currency, which is the accounts’; null while it cannot be said',
    ),
    reason: z.string().nullable().describe('why there is no amount'),
    accounts: z
      .array(
        z.object({
          accountId: z.string(),
          environment: Environment,
          amount: MoneyOrNull,
          positions: z
            .number()
            .int()
            .describe(
              'open ones that count here: those with its tag, or those with the tag of no other part',
            ),
          unbooked: MoneyOrNull.describe(
            'cash that the broker tells of and that has not flowed in yet: it is in no portfolio. Not zero from a close until that flowed in, and before the cash of a new account has moved first',
          ),
          asOf: Instant.nullable().describe(
            'until when the broker has told of its positions; null: they cannot be read now',
          ),
        }),
      )
      .describe('what it rests on'),
  })
  .meta({
    id: 'RunningProfit',
    description:
      'What the open positions of the accounts that flow into a portfolio have gained by now, by trading’s own valuation of each account.',
  });
export type Running = z.infer<typeof Running>;
