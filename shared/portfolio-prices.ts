// Closing prices and exchange rates that the user enters.
import { z } from 'zod';
import { Day } from './portfolio.ts';
import { Currency, Instrument } from './portfolio-transactions.ts';
import { DecimalInput, DecimalText, Hidden, Instant, NextCursor, Page } from './primitives.ts';

const Positive = DecimalInput.refine(
  (text) => !text.startsWith('-') && /[1-9]/.test(text),
  'must be greater than zero',
);
const NotNegative = DecimalInput.refine((text) => !text.startsWith('-'), 'must not be below zero');

const EnteredPrice = z.object({
  instrument: Instrument,
  on: Day,
  price: NotNegative,
  currency: Currency.describe('it is quoted in: GBX is pence'),
});
const EnteredRate = z.object({
  from: Currency,
  to: Currency,
  on: Day,
  rate: Positive.describe('units of `to` for one of `from`'),
});
export const SetPrices = z
  .object({
    prices: z.array(EnteredPrice).max(500).default([]),
    rates: z.array(EnteredRate).max(500).default([]),
  })
  .describe('One of a day that is there already is replaced.');
export type SetPrices = z.output<typeof SetPrices>;
export const PricesSet = z
  .object({ prices: z.number().int(), rates: z.number().int() })
  .meta({ id: 'PricesSet' });
export type PricesSet = z.infer<typeof PricesSet>;
export const ListPrices = z.object({
  of: z
    .string()
    .max(40)
    .optional()
    .describe('an instrument, or the currency from which a rate is; left out: all'),
  from: Day.optional(),
  to: Day.optional(),
  ...Page.shape,
});
export type ListPrices = z.output<typeof ListPrices>;
export const EnteredPriceList = z
  .object({
    entries: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(['price', 'rate']),
          of: z.string(),
          currency: z.string().describe('a price is quoted in it; a rate leads to it'),
          on: z.string(),
          value: DecimalText,
          enteredAt: Instant,
        }),
      )
      .describe('what was entered last comes first'),
    nextCursor: NextCursor,
    hidden: Hidden,
  })
  .meta({ id: 'EnteredPriceList' });
export type EnteredPriceList = z.infer<typeof EnteredPriceList>;
