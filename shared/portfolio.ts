// Portfolios and the transactions of their ledger, as clients see them.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { IdempotencyKey } from './idempotency.ts';
import { Currency, Posting, TransactionNote, TransactionTerms } from './portfolio-transactions.ts';
import { atLeastOneOf, DecimalText, Hidden, Instant, NextCursor, Page, PlainText } from './primitives.ts';

export const PortfolioId = z.string().max(60);
/** A calendar day, of the portfolio's time zone. */
export const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-03-29')
  .refine(isDay, 'must be a day of the calendar, from 1900 to 2199')
  .meta({
    id: 'CalendarDay',
    description: 'Calendar day, of the portfolio’s time zone.',
    examples: ['2026-03-29'],
  });
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) && text >= '1900' && text < '2200';
}
export const CostMethod = z.enum(['fifo', 'lifo', 'hifo', 'average', 'specific', 'section_104']).meta({
  id: 'CostMethod',
  description:
    'What a sale is matched with: the oldest first, the newest, the dearest (of a short position what was sold for the least), the average of all, the lots that the sale names (then the oldest), or by UK rules: bought on the same day, within 30 days after, then the pool.',
});
export type CostMethod = z.infer<typeof CostMethod>;
/** As it is asked for. */
export const MethodAsked = CostMethod.default('fifo');
/** Money; null where it cannot be said. */
export const MoneyOrNull = DecimalText.nullable();

const Name = PlainText(80);
const Tags = z
  .array(PlainText(40))
  .max(20)
  .refine((tags) => new Set(tags).size === tags.length, 'has a tag twice: write it once');
export const CreatePortfolio = z.object({
  name: Name,
  tags: Tags.default([]),
  baseCurrency: Currency.describe('of money; it cannot be changed'),
  timeZone: TimeZone.default('UTC').describe('IANA zone of its days; it cannot be changed'),
  startsOn: Day.describe('no transaction is dated before it'),
});
export type CreatePortfolio = z.output<typeof CreatePortfolio>;
export const UpdatePortfolio = z
  .object({ id: PortfolioId, name: Name.optional(), tags: Tags.optional() })
  .refine(...atLeastOneOf(['name', 'tags']));
export type UpdatePortfolio = z.output<typeof UpdatePortfolio>;
export const PortfolioAsked = z.object({ id: PortfolioId });

export const Portfolio = z
  .object({
    id: z.string(),
    name: z.string(),
    tags: z.array(z.string()),
    baseCurrency: z.string(),
    timeZone: z.string(),
    startsOn: z.string(),
    createdAt: Instant,
    transactions: z.number().int().describe('how many it has, reversals included'),
  })
  .meta({ id: 'Portfolio' });
export type Portfolio = z.infer<typeof Portfolio>;
export const ListPortfolios = z.object({ ...Page.shape });
export const PortfolioList = z
  .object({ portfolios: z.array(Portfolio), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'PortfolioList' });
export type PortfolioList = z.infer<typeof PortfolioList>;
export const PortfolioDeleted = z
  .object({ id: z.string(), transactions: z.number().int().describe('that went with it') })
  .meta({ id: 'PortfolioDeleted' });
export type PortfolioDeleted = z.infer<typeof PortfolioDeleted>;

export const AddTransaction = z.object({
  id: PortfolioId.describe('of the portfolio'),
  at: Instant.describe('when it was dealt or booked; not in the future'),
  terms: TransactionTerms,
  note: TransactionNote.optional(),
  idempotencyKey: IdempotencyKey,
});
export type AddTransaction = z.output<typeof AddTransaction>;
export const ReverseTransaction = z.object({
  id: PortfolioId.describe('of the portfolio'),
  txId: z.string().max(60),
  note: TransactionNote.optional(),
  idempotencyKey: IdempotencyKey,
});
export type ReverseTransaction = z.output<typeof ReverseTransaction>;

export const PortfolioTransaction = z
  .object({
    id: z.string(),
    portfolioId: z.string(),
    number: z.number().int().describe('in the order of writing, from 1'),
    at: Instant,
    on: z.string().describe('its day in the portfolio’s time zone'),
    terms: TransactionTerms.meta({ id: 'TransactionTerms' }),
    postings: z.array(Posting).describe('they sum to zero per currency; a split has none'),
    reverses: z.string().nullable().describe('the transaction that this one takes back, at its instant'),
    reversedBy: z.string().nullable(),
    note: z.string().nullable(),
    writtenAt: Instant,
  })
  .meta({ id: 'PortfolioTransaction' });
export type PortfolioTransaction = z.infer<typeof PortfolioTransaction>;
export const PortfolioTransactionWritten = PortfolioTransaction.extend({
  replayed: z.boolean().describe('true when this key was used before: it is the same one'),
}).meta({ id: 'PortfolioTransactionWritten' });
export type PortfolioTransactionWritten = z.infer<typeof PortfolioTransactionWritten>;
export const ListTransactions = z.object({ id: PortfolioId, ...Page.shape });
export type ListTransactions = z.output<typeof ListTransactions>;
export const PortfolioTransactions = z
  .object({ transactions: z.array(PortfolioTransaction), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'PortfolioTransactions' });
export type PortfolioTransactions = z.infer<typeof PortfolioTransactions>;

/** What a figure needs and nobody has entered. */
export const Missing = z
  .object({
    what: z.enum(['price', 'rate']),
    of: z
      .string()
      .describe(
        'an instrument, whose price must be in the money it is dealt in, or a currency to be turned into the base currency',
      ),
    on: z.string().describe('the day; a price or rate of that day, or of the 7 days before it, would do'),
  })
  .meta({ id: 'Missing' });
export type Missing = z.infer<typeof Missing>;
