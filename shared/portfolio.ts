// Portfolios as clients see them: their ledger, what is held, what was gained, and the prices and rates that the user enters.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { IdempotencyKey } from './idempotency.ts';
import {
  Currency,
  Instrument,
  Posting,
  TransactionNote,
  TransactionTerms,
} from './portfolio-transactions.ts';
import {
  atLeastOneOf,
  DecimalInput,
  DecimalText,
  Instant,
  NextCursor,
  Page,
  PlainText,
} from './primitives.ts';

const PortfolioId = z.string().max(60);
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
const Positive = DecimalInput.refine(
  (text) => !text.startsWith('-') && /[1-9]/.test(text),
  'must be greater than zero',
);
const NotNegative = DecimalInput.refine((text) => !text.startsWith('-'), 'must not be below zero');

export const CostMethod = z.enum(['fifo', 'lifo', 'hifo', 'average', 'specific', 'section_104']).meta({
  id: 'CostMethod',
  description:
    'What a sale is matched with: the oldest first, the newest, the dearest (of a short position what was sold for the least), the average of all, the lots that the sale names (then the oldest), or by UK rules: bought on the same day, within 30 days after, then the pool.',
});
export type CostMethod = z.infer<typeof CostMethod>;
const method = CostMethod.default('fifo');

const Name = PlainText(80);
const Tags = z.array(PlainText(40)).max(20);
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
  .object({ portfolios: z.array(Portfolio), nextCursor: NextCursor })
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
  .object({ transactions: z.array(PortfolioTransaction), nextCursor: NextCursor })
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
export const UsedPrice = z.object({
  price: DecimalText.describe('money of `currency` for a unit'),
  currency: z.string(),
  on: z.string(),
  source: z.enum(['entered']),
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

const inMoney = DecimalText.nullable();
export const Holding = z
  .object({
    instrument: z.string(),
    currency: z.string().describe('the money of all amounts without `Base`'),
    quantity: DecimalText.describe('below zero: sold short'),
    cost: DecimalText.describe(
      'of what is open, without what dealing cost; of a short position what it was sold for',
    ),
    averagePrice: inMoney,
    dealingCosts: DecimalText.describe('of what is open: fees and taxes'),
    price: UsedPrice.nullable(),
    value: inMoney.describe('below zero: owed'),
    unrealised: inMoney.describe('after what opening it cost'),
    realised: DecimalText.describe('by what was closed, after what dealing cost'),
    incomeBase: inMoney.describe('dividends, interest and funding, less fees and taxes of their own'),
    valueBase: inMoney,
    unrealisedBase: inMoney,
    realisedBase: inMoney,
    effects: CurrencyEffects.nullable().describe('of what is open; null where a price or rate is missing'),
    rate: UsedRate.nullable().describe('null: its money is the base currency, or the rate is missing'),
  })
  .meta({ id: 'Holding' });
export type Holding = z.infer<typeof Holding>;
export const CashBalance = z.object({
  currency: z.string(),
  amount: DecimalText,
  amountBase: inMoney,
  exchangeEffect: inMoney.describe(
    'what it has gained by the rate since each amount came, in the base currency',
  ),
  rate: UsedRate.nullable(),
});
export type CashBalance = z.infer<typeof CashBalance>;
export const AskHoldings = z.object({
  id: PortfolioId,
  method,
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
    valueBase: inMoney.describe('of everything; null while anything is missing'),
    missing: z.array(Missing),
  })
  .meta({ id: 'Holdings' });
export type Holdings = z.infer<typeof Holdings>;

/** What was opened and closed. */
export const RoundTrip = z
  .object({
    instrument: z.string(),
    currency: z.string(),
    side: z.enum(['long', 'short']),
    quantity: DecimalText,
    openedBy: z.string().describe('the transaction; the first one, of a pool'),
    openedAt: Instant,
    closedBy: z.string(),
    closedAt: Instant,
    opened: DecimalText.describe('money it was opened for'),
    closed: DecimalText.describe('money it was closed for'),
    dealingCosts: DecimalText,
    profit: DecimalText.describe('after what dealing cost'),
    profitBase: inMoney,
    return: z.number().nullable().describe('profit before what dealing cost ÷ what it was opened for'),
    rule: z.enum(['same_day', 'thirty_days', 'pool', 'later_acquisition']).nullable(),
  })
  .meta({ id: 'RoundTrip' });
export type RoundTrip = z.infer<typeof RoundTrip>;
export const AskTrades = z.object({
  id: PortfolioId,
  method,
  from: Day.optional().describe('closed on this day or later'),
  to: Day.optional().describe('closed on this day or before'),
  limit: z.number().int().min(1).max(5_000).default(500),
});
export type AskTrades = z.output<typeof AskTrades>;

export const TradeStatistics = z
  .object({
    trades: z.number().int(),
    won: z.number().int(),
    lost: z.number().int(),
    total: DecimalText,
    totalProfit: DecimalText,
    totalLoss: DecimalText,
    largestProfit: inMoney,
    largestLoss: inMoney,
    averageProfit: inMoney,
    averageLoss: inMoney,
    expectancy: inMoney.describe('the average of all'),
    winRate: z.number().nullable(),
    lossRate: z.number().nullable(),
    profitFactor: z.number().nullable().describe('total profit ÷ total loss'),
    payoffRatio: z.number().nullable().describe('average profit ÷ average loss'),
    longestWinningRun: z.number().int(),
    longestLosingRun: z.number().int(),
    averageDurationMs: z.number().nullable(),
    averageWinningDurationMs: z.number().nullable(),
    averageLosingDurationMs: z.number().nullable(),
  })
  .meta({
    id: 'TradeStatistics',
    description: 'In one currency, after what dealing cost. Null: nothing to divide by.',
  });
export type TradeStatistics = z.infer<typeof TradeStatistics>;
export const RoundTrips = z
  .object({
    portfolioId: z.string(),
    method: CostMethod,
    trades: z.array(RoundTrip).describe('the newest first'),
    left: z.number().int().describe('how many more there are'),
    statistics: TradeStatistics.nullable().describe(
      'in the base currency, of all; null where a rate is missing',
    ),
    missing: z.array(Missing),
  })
  .meta({ id: 'RoundTrips' });
export type RoundTrips = z.infer<typeof RoundTrips>;

export const TaxYear = z
  .enum(['calendar', 'uk'])
  .meta({ id: 'TaxYear', description: 'calendar: from 1 January. uk: from 6 April.' });
export type TaxYear = z.infer<typeof TaxYear>;
export const AskGains = z.object({
  id: PortfolioId,
  method,
  from: Day.optional().describe('disposed of on this day or later'),
  to: Day.optional().describe('disposed of on this day or before'),
  taxYear: TaxYear.default('calendar'),
  format: z.enum(['table', 'csv']).default('table').describe('csv: all rows as text, in `csv`'),
});
export type AskGains = z.output<typeof AskGains>;
export const Gain = z
  .object({
    taxYear: z.string().describe('`2025`, or `2025/26` of the UK'),
    on: z
      .string()
      .describe('the day of the disposal; of a short position, unless by UK rules, of its closing'),
    instrument: z.string(),
    side: z.enum(['long', 'short']),
    quantity: DecimalText,
    acquiredOn: z.string(),
    disposedOn: z.string(),
    currency: z.string(),
    proceeds: DecimalText,
    cost: DecimalText,
    dealingCosts: DecimalText,
    gain: DecimalText,
    proceedsBase: inMoney,
    costBase: inMoney,
    dealingCostsBase: inMoney,
    gainBase: inMoney,
    rule: RoundTrip.shape.rule,
    acquiredBy: z.string(),
    disposedBy: z.string(),
  })
  .meta({ id: 'Gain' });
export type Gain = z.infer<typeof Gain>;
export const GainsOfYear = z.object({
  taxYear: z.string(),
  disposals: z.number().int(),
  proceedsBase: inMoney,
  costBase: inMoney,
  dealingCostsBase: inMoney,
  gainBase: inMoney,
});
export type GainsOfYear = z.infer<typeof GainsOfYear>;
export const Gains = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    method: CostMethod,
    years: z.array(GainsOfYear),
    rows: z.array(Gain).describe('the oldest first, 5,000 at most; empty for csv'),
    left: z.number().int().describe('how many rows more there are; csv has all'),
    csv: z.string().nullable(),
    missing: z.array(Missing),
  })
  .meta({ id: 'Gains' });
export type Gains = z.infer<typeof Gains>;

export const AskPerformance = z.object({
  id: PortfolioId,
  from: Day.optional().describe('the first day of the period; left out: the day the portfolio starts on'),
  to: Day.optional().describe('the last day of it; left out: today'),
  method,
  periodsPerYear: z
    .number()
    .int()
    .min(1)
    .max(366)
    .default(252)
    .describe('by which figures of daily returns are turned into those of a year'),
  riskFreeRate: z.number().min(-0.99).max(10).default(0).describe('of a year, as a fraction'),
});
export type AskPerformance = z.output<typeof AskPerformance>;
export const Figure = z
  .object({
    value: z.number().nullable(),
    reason: z.string().nullable().describe('why there is no value'),
    definition: z.string(),
    convention: z.string(),
    annualised: z
      .string()
      .nullable()
      .describe('how it is turned into that of a year; null: it is of the whole period'),
  })
  .meta({ id: 'Figure', description: 'A ratio: 0.1 is 10 %.' });
export type Figure = z.infer<typeof Figure>;
export const Contribution = z.object({
  of: z
    .string()
    .describe(
      'an instrument, `cash` (what exchange rates did to it) or `other` (interest and costs of nothing in particular)',
    ),
  gain: DecimalText.describe('in the base currency; they sum to the gain, exactly'),
  share: z.number().nullable().describe('gain ÷ average capital; they sum to the Modified Dietz return'),
});
export type Contribution = z.infer<typeof Contribution>;
export const Performance = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    timeZone: z.string(),
    from: z.string(),
    to: z.string(),
    valueAtBegin: inMoney.describe('at the end of the day before `from`'),
    valueAtEnd: inMoney.describe('at the end of `to`'),
    flows: inMoney.describe('what came from outside, less what went'),
    gain: inMoney,
    figures: z.object({
      timeWeighted: Figure,
      timeWeightedAnnual: Figure,
      modifiedDietz: Figure,
      moneyWeighted: Figure,
      maxDrawdown: Figure,
      volatility: Figure,
      sharpe: Figure,
      sortino: Figure,
      calmar: Figure,
    }),
    drawdown: z
      .object({
        peakOn: z.string().nullable(),
        troughOn: z.string().nullable(),
        recoveredOn: z.string().nullable().describe('null: not yet'),
        longestRecoveryDays: z.number().int(),
      })
      .nullable(),
    contributions: z.array(Contribution),
    trades: TradeStatistics.nullable().describe('of what was closed in the period'),
    missing: z.array(Missing).describe('100 at most'),
  })
  .meta({ id: 'Performance' });
export type Performance = z.infer<typeof Performance>;

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
  })
  .meta({ id: 'EnteredPriceList' });
export type EnteredPriceList = z.infer<typeof EnteredPriceList>;
