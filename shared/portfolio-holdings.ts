// What a portfolio holds and what it is worth, as clients see it.
import { z } from 'zod';
import { CostMethod, MethodAsked, Missing, MoneyOrNull, PortfolioId } from './portfolio.ts';
import { Running } from './portfolio-running.ts';
import { DecimalText, Instant } from './primitives.ts';

export const UsedPrice = z.object({
  price: DecimalText.describe('money of `currency` for a unit'),
  currency: z.string(),
  on: z.string(),
  source: z
    .enum(['entered', 'live', 'candle'])
    .describe(
      'entered: by you, for that day. live: quoted by the broker now. candle: what the broker’s day closed at, as stored. Of a quote the side that would close it: the bid of what is long, the offer of what is short',
    ),
});
export type UsedPrice = z.infer<typeof UsedPrice>;
export const UsedRate = z.object({
  from: z.string(),
  to: z.string(),
  rate: DecimalText,
  on: z.string(),
  source: z.enum(['entered', 'inverse of entered']),
});
export type UsedRate = z.infer<typeof UsedRate>;

/** Why a value in the base currency changed: the parts sum to the total, exactly. */
export const CurrencyEffects = z
  .object({
    local: DecimalText.describe('change of the price, at the rate of the opening'),
    exchange: DecimalText.describe('change of the rate, on what was paid'),
    cross: DecimalText.describe('change of the rate, on the change of the price'),
    total: DecimalText,
  })
  .meta({ id: 'CurrencyEffects', description: 'In the base currency, before what dealing cost.' });
export type CurrencyEffects = z.infer<typeof CurrencyEffects>;

export const Holding = z
  .object({
    instrument: z.string(),
    currency: z.string().describe('the money of all amounts without `Base`'),
    quantity: DecimalText.describe('below zero: sold short'),
    cost: DecimalText.describe(
      'of what is open, without what dealing cost; of a short position what it was sold for',
    ),
    averagePrice: MoneyOrNull,
    dealingCosts: DecimalText.describe('of what is open: fees and taxes'),
    price: UsedPrice.nullable(),
    value: MoneyOrNull.describe('below zero: owed'),
    unrealised: MoneyOrNull.describe('after what opening it cost'),
    realised: DecimalText.describe('by what was closed, after what dealing cost'),
    incomeBase: MoneyOrNull.describe('dividends, interest and funding, less fees and taxes of their own'),
    valueBase: MoneyOrNull,
    unrealisedBase: MoneyOrNull,
    realisedBase: MoneyOrNull,
    effects: CurrencyEffects.nullable().describe('of what is open; null where a price or rate is missing'),
    rate: UsedRate.nullable().describe('null: its money is the base currency, or the rate is missing'),
  })
  .meta({ id: 'Holding' });
export type Holding = z.infer<typeof Holding>;
export const CashBalance = z.object({
  currency: z.string(),
  amount: DecimalText,
  amountBase: MoneyOrNull,
  exchangeEffect: MoneyOrNull.describe(
    'what it has gained by the rate since each amount came, in the base currency',
  ),
  rate: UsedRate.nullable(),
});
export type CashBalance = z.infer<typeof CashBalance>;
export const AskHoldings = z.object({
  id: PortfolioId,
  method: MethodAsked,
  asOf: Instant.optional().describe(
    'what is dated until then counts, corrections that were written later included; left out: now',
  ),
});
export type AskHoldings = z.output<typeof AskHoldings>;
export const Holdings = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    method: CostMethod,
    asOf: Instant,
    on: z.string().describe('the day whose prices and rates are used'),
    holdings: z.array(Holding),
    cash: z.array(CashBalance),
    running: Running.nullable().describe('null: no account flows into it, or `asOf` was asked for'),
    valueBase: MoneyOrNull.describe(
      'of everything, running profit included; null while anything is missing or stale',
    ),
    missing: z.array(Missing),
  })
  .meta({ id: 'Holdings' });
export type Holdings = z.infer<typeof Holdings>;
