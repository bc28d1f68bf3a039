// A day of a portfolio's cash, beside what the broker's own history tells of it, as clients see it.
import { z } from 'zod';
import { AccountTransaction } from './history.ts';
import { Day, PortfolioId } from './portfolio.ts';
import { DecimalText, Environment, Instant } from './primitives.ts';

export const AskStatement = z.object({ id: PortfolioId, on: Day });
export type AskStatement = z.output<typeof AskStatement>;

const CashMovement = z.object({
  transactionId: z.string(),
  portfolioId: z.string().describe('this one, or one for a part of the same account'),
  at: Instant,
  kind: z.string(),
  instrument: z.string().nullable(),
  deal: z.string().nullable().describe('the id of our deal, where it is the result of one'),
  note: z.string().nullable(),
  currency: z.string(),
  amount: DecimalText.describe('above zero: came'),
});
export type CashMovement = z.infer<typeof CashMovement>;
const CashOfDay = z.object({ currency: z.string(), opening: DecimalText, closing: DecimalText });
export type CashOfDay = z.infer<typeof CashOfDay>;

export const NoBrokerReason = z.enum([
  'own_portfolio',
  'part_of_account',
  'account_gone',
  'balance_unknown',
  'history_begins_later',
  'history_too_long',
  'not_read_here',
]);
export type NoBrokerReason = z.infer<typeof NoBrokerReason>;
const BrokerSide = z.object({
  opening: DecimalText.describe('its balance now, less all that its history has since'),
  movements: z.array(AccountTransaction).describe('the oldest first'),
  closing: DecimalText,
  balance: z.object({ cash: DecimalText, at: Instant }).describe('as the broker told it last'),
  since: Instant.describe('nothing is missing of its history from here on'),
  asOf: Instant.describe('until when its history was read'),
});
export type BrokerSide = z.infer<typeof BrokerSide>;
const Difference = z.object({
  what: z.enum(['ours_only', 'theirs_only', 'amounts']),
  ours: z.array(z.string()).describe('transactions of the ledger'),
  theirs: z.array(z.string()).describe('movements of the broker’s history'),
  difference: DecimalText.describe('ours − the broker’s'),
});
export type StatementDifference = z.infer<typeof Difference>;
export const Statement = z
  .object({
    portfolioId: z.string(),
    on: z.string(),
    timeZone: z.string(),
    from: Instant.describe('the first instant of the day'),
    until: Instant.describe('the first instant of the next'),
    accountId: z.string().nullable().describe('from which it fills; null: from none'),
    environment: Environment.nullable(),
    ours: z.object({
      cash: z.array(CashOfDay),
      movements: z.array(CashMovement).describe('the oldest first, 5,000 at most'),
      left: z
        .array(z.object({ currency: z.string(), movements: z.number().int(), amount: DecimalText }))
        .describe('what is not listed: opening + movements + left = closing'),
    }),
    broker: BrokerSide.nullable().describe('in the currency of the account; null: see `noBroker`'),
    noBroker: NoBrokerReason.nullable().describe('why there is no broker’s side'),
    differences: z
      .object({
        opening: DecimalText.describe('ours − the broker’s'),
        rows: z.array(Difference).describe('opening + rows = closing, exactly'),
        closing: DecimalText,
      })
      .nullable()
      .describe('in the currency of the account'),
  })
  .meta({ id: 'PortfolioStatement' });
export type Statement = z.infer<typeof Statement>;
