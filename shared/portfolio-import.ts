// How a file of transactions comes into a portfolio, and how its ledger leaves as one.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { PortfolioTransaction } from './portfolio.ts';
import { Instrument, TransactionTerms } from './portfolio-transactions.ts';
import { Instant } from './primitives.ts';

/** Of a file that is imported: characters, and rows beside the head. */
export const mostOfImport = { characters: 95_000, rows: 2_000 } as const;
/** Rows that an import is refused for, named one by one; the rest is counted. */
export const mostProblems = 100;

export const ImportProfile = z.enum(['ftrader', 'ig', 'trading_212']).meta({
  id: 'ImportProfile',
  description:
    'Whose file it is. ftrader: what export gives, or any file whose columns are named in `columns`. ig: the transaction history of IG. trading_212: the history of Trading 212.',
});
export type ImportProfile = z.infer<typeof ImportProfile>;

const header = z.string().trim().min(1).max(80).optional();
/** The columns of an export, in its order. Each kind of transaction reads those of its own terms. */
export const importColumns = [
  'key',
  'at',
  'kind',
  'instrument',
  'quantity',
  'price',
  'currency',
  'amount',
  'fee',
  'tax',
  'rate',
  'direction',
  'newUnits',
  'oldUnits',
  'soldAmount',
  'soldCurrency',
  'boughtAmount',
  'boughtCurrency',
  'lots',
  'reverses',
  'note',
] as const;
export type ImportColumn = (typeof importColumns)[number];
const headers = Object.fromEntries(importColumns.map((column) => [column, header])) as Record<
  ImportColumn,
  typeof header
>;
const kinds = TransactionTerms.options.map(({ shape }) => shape.kind.value);

export const ImportFile = z.object({
  id: z.string().max(60).describe('of the portfolio'),
  profile: ImportProfile,
  csv: z
    .string()
    .min(1)
    .max(
      mostOfImport.characters,
      `may have ${mostOfImport.characters.toLocaleString('en')} characters at most: import the file in parts, in their order, each with the head`,
    )
    .describe('the file as text; its columns are separated by commas, semicolons or tabs'),
  decimal: z.enum(['point', 'comma']).default('point').describe('of its numbers: 1.5 or 1,5'),
  dates: z
    .enum(['iso', 'dmy', 'mdy'])
    .default('iso')
    .describe(
      'of profile ftrader: 2026-03-29, or day before month (29.03.2026, 29/03/2026), or month before day',
    ),
  timeZone: TimeZone.optional().describe(
    'of times that bear no offset; left out: of profile ftrader the portfolio’s, of the brokers UTC',
  ),
  columns: z
    .strictObject(headers)
    .optional()
    .describe('of profile ftrader: what the head calls a column; left out: its own name'),
  kinds: z
    .array(z.object({ word: z.string().trim().min(1).max(80), kind: z.enum(kinds) }))
    .max(50)
    .default([])
    .describe('of profile ftrader: what the file calls a kind'),
  instruments: z
    .array(z.object({ name: z.string().trim().min(1).max(200), instrument: Instrument }))
    .max(500)
    .default([])
    .describe('what the file calls an instrument, and what it is called here'),
  leaveOut: z
    .array(z.number().int().min(2))
    .max(mostOfImport.rows)
    .default([])
    .describe('rows that are not imported, by their number'),
});
export type ImportFile = z.output<typeof ImportFile>;

export const ImportRow = z
  .object({
    row: z.number().int().describe('the line of the file; the head is 1'),
    outcome: z.enum(['add', 'there', 'refused', 'left_out']),
    problem: z.string().nullable().describe('why it is refused, and what to do'),
    transactions: z
      .array(
        z.object({
          at: Instant,
          terms: PortfolioTransaction.shape.terms,
          note: z.string().nullable(),
          there: z.string().nullable().describe('the transaction that it is already'),
        }),
      )
      .describe('what it stands for: a row of a broker may be several'),
  })
  .meta({ id: 'ImportRow' });
export type ImportRow = z.infer<typeof ImportRow>;
const counts = {
  rows: z.number().int(),
  add: z.number().int().describe('rows of which something is new'),
  there: z.number().int().describe('rows that are there already'),
  refused: z.number().int(),
  leftOut: z.number().int(),
};
export const ImportPreview = z
  .object({
    portfolioId: z.string(),
    profile: ImportProfile,
    ...counts,
    unread: z.array(z.string()).describe('columns of the file of which nothing is read'),
    found: z.array(ImportRow).describe('each row, in the order of the file'),
  })
  .meta({ id: 'ImportPreview' });
export type ImportPreview = z.infer<typeof ImportPreview>;
export const Imported = z
  .object({
    portfolioId: z.string(),
    ...counts,
    transactions: z.number().int().describe('that were written'),
    lastNumber: z.number().int().describe('of the ledger by then'),
  })
  .meta({ id: 'Imported' });
export type Imported = z.infer<typeof Imported>;

export const AskExport = z.object({
  id: z.string().max(60),
  after: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('the number of the transaction after which it begins; 0: from the first'),
  most: z.number().int().min(1).max(100_000).optional().describe('transactions; left out: all'),
  format: z.enum(['csv', 'json']).default('csv').describe('over REST: as text, or as JSON with `csv`'),
});
export type AskExport = z.output<typeof AskExport>;
export const PortfolioExport = z
  .object({
    portfolioId: z.string(),
    format: z.enum(['csv', 'json']),
    csv: z
      .string()
      .describe('in the order of writing, corrections included; importing it gives the same ledger'),
    transactions: z.number().int(),
    nextAfter: z.number().int().nullable().describe('where the next part begins; null: this was the last'),
  })
  .meta({ id: 'PortfolioExport' });
export type PortfolioExport = z.infer<typeof PortfolioExport>;
