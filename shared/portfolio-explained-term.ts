// A term of the formula that makes a figure of a portfolio, and what it is made of in turn, down to prices, rates and transactions, as clients see it.
import { z } from 'zod';
import { MoneyOrNull } from './portfolio.ts';
import { UsedPrice, UsedRate } from './portfolio-holdings.ts';
import { DecimalText, Instant } from './primitives.ts';

/** A rate as a transaction counts at: of the day, its own, or that of the exchange it is. */
export const TransactionRate = UsedRate.extend({
  source: z.enum([...UsedRate.shape.source.options, 'transaction', 'exchange']),
});
export type TransactionRate = z.infer<typeof TransactionRate>;
const TermTransaction = z.object({ id: z.string(), at: Instant, on: z.string(), kind: z.string() });
export type TermTransaction = z.infer<typeof TermTransaction>;

const ofTerm = {
  name: z.string(),
  minus: z.boolean().describe('whether it counts with the other sign in what it is part of'),
  currency: z.string().nullable().describe('of the value; null: units, a price or a rate'),
  value: MoneyOrNull.describe('null where a price or rate is missing'),
};
interface OfTerm {
  name: string;
  minus: boolean;
  currency: string | null;
  value: string | null;
}
/** Parts of a sum that are not listed: how many (null: not counted) and what they come to. */
export interface TermRest {
  parts: number | null;
  value: string | null;
}
/** A term of a formula, and what it is made of in turn. */
export type ExplainedTerm = OfTerm &
  (
    | { is: 'sum' | 'largest'; parts: ExplainedTerm[]; rest: TermRest | null }
    | { is: 'product'; parts: ExplainedTerm[] }
    | { is: 'share'; parts: ExplainedTerm[]; part: string; of: string }
    | { is: 'taken'; transaction: TermTransaction; part: string; of: string }
    | { is: 'transaction'; transaction: TermTransaction }
    | { is: 'quotient'; parts: ExplainedTerm[]; places: number }
    | { is: 'trade'; opened: TermTransaction; closed: TermTransaction }
    | { is: 'price'; price: UsedPrice | null }
    | { is: 'rate'; rate: TransactionRate | null }
  );
const parts = z.array(z.lazy(() => ExplainedTerm)).meta({ id: 'ExplainedTerms' });
const units = { part: DecimalText, of: DecimalText };
const restOf = (value: string) =>
  z
    .object({
      parts: z.number().int().nullable().describe('how many are not listed; null: not counted'),
      value: MoneyOrNull.describe(value),
    })
    .nullable()
    .describe('null: every part is listed');
export const ExplainedTerm: z.ZodType<ExplainedTerm> = z
  .discriminatedUnion('is', [
    z
      .object({
        is: z.literal('sum').describe('of its parts, in their order, and of the rest'),
        ...ofTerm,
        parts,
        rest: restOf('what they come to'),
      })
      .meta({ id: 'ExplainedSum' }),
    z.object({
      is: z.literal('largest').describe('of its parts and the rest the furthest from zero; null for none'),
      ...ofTerm,
      parts,
      rest: restOf('the furthest from zero of them'),
    }),
    z.object({ is: z.literal('product').describe('of its parts'), ...ofTerm, parts }),
    z.object({
      is: z
        .literal('share')
        .describe('its one part × `part` ÷ `of`, to 20 places, half to even; where they are equal all of it'),
      ...ofTerm,
      parts: parts,
      ...units,
    }),
    z.object({
      is: z
        .literal('taken')
        .describe(
          'by a match with this transaction: the parts before it × `part` ÷ `of`, rounded as a share',
        ),
      ...ofTerm,
      transaction: TermTransaction,
      ...units,
    }),
    z.object({
      is: z.literal('transaction').describe('an amount or units of it'),
      ...ofTerm,
      transaction: TermTransaction,
    }),
    z.object({
      is: z
        .literal('quotient')
        .describe('its first part ÷ its second, to `places` places, half to even; null where that is 0'),
      ...ofTerm,
      parts,
      places: z.number().int(),
    }),
    z.object({
      is: z.literal('trade').describe('a round trip that counts, as 1 or with its milliseconds'),
      ...ofTerm,
      opened: TermTransaction,
      closed: TermTransaction,
    }),
    z.object({ is: z.literal('price'), ...ofTerm, price: UsedPrice.nullable() }),
    z.object({ is: z.literal('rate'), ...ofTerm, rate: TransactionRate.nullable() }),
  ])
  .meta({ id: 'ExplainedTerm', description: 'A term, and what it is made of in turn.' });
