// What is entered into a portfolio's ledger: one shape for each kind of transaction, and the postings each is kept as.
import { z } from 'zod';
import { DecimalInput, DecimalText, PlainText } from './primitives.ts';

const above = (floor: RegExp, message: string) =>
  DecimalInput.refine((text) => !text.startsWith('-') && floor.test(text), message);
const Positive = above(/[1-9]/, 'must be greater than zero');
const NotNegative = above(/\d/, 'must not be below zero');
const NotZero = DecimalInput.refine((text) => /[1-9]/.test(text), 'must not be zero');

/** What is held: a broker's epic, or any name the user gives it. */
export const Instrument = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:=^-]{0,39}$/,
    'must be an epic or a symbol: 1 to 40 letters, digits and . _ : = ^ -',
  )
  .meta({ id: 'Instrument', description: 'An epic, or a symbol of your own.', examples: ['AAPL'] });
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a currency code such as GBP')
  .meta({ id: 'Currency', examples: ['GBP'] });
const known = new Set(Intl.supportedValuesOf('currency'));
/** Whether ISO 4217 has, or had, the code. */
export const isKnownCurrency = (code: string): boolean => known.has(code);

const rate = Positive.optional().describe(
  'units of the portfolio’s base currency for one unit of this money, as it was dealt: it beats the rate of the day',
);
const money = {
  currency: Currency.describe('of money: pounds and dollars, not pence and cents'),
  rate,
};
const about = Instrument.optional().describe('what it was for; left out: nothing in particular');

const traded = {
  instrument: Instrument,
  quantity: Positive,
  price: NotNegative.describe('of one unit, in `currency`'),
  currency: Currency.describe(
    'the price is quoted in; GBX, USX, EUX, ZAC and ILA are hundredths, and what is paid is GBP, USD, EUR, ZAR and ILS',
  ),
  fee: NotNegative.optional().describe('in money: pounds where the price is in pence'),
  tax: NotNegative.optional().describe('such as stamp duty, in money'),
  rate,
};
const closing = {
  ...traded,
  lots: z
    .array(z.object({ transactionId: z.string().max(60), quantity: Positive }))
    .min(1)
    .max(100)
    .optional()
    .describe('what is closed of which opening transaction, for the method `specific`'),
};

/** One shape a kind. Money that a kind takes with either sign says what below zero means. */
export const TransactionTerms = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('buy'), ...traded }),
  z.strictObject({ kind: z.literal('sell'), ...closing }),
  z.strictObject({ kind: z.literal('short'), ...traded }),
  z.strictObject({ kind: z.literal('cover'), ...closing }),
  z.strictObject({
    kind: z.literal('dividend'),
    instrument: Instrument,
    amount: NotZero.describe('before tax; below zero: paid, on a short position'),
    tax: NotNegative.optional().describe('withheld'),
    ...money,
  }),
  z.strictObject({
    kind: z.literal('interest'),
    amount: NotZero.describe('below zero: paid'),
    instrument: about,
    ...money,
  }),
  z.strictObject({ kind: z.literal('fee'), amount: Positive, instrument: about, ...money }),
  z.strictObject({ kind: z.literal('tax'), amount: Positive, instrument: about, ...money }),
  z.strictObject({ kind: z.literal('deposit'), amount: Positive, ...money }),
  z.strictObject({ kind: z.literal('withdrawal'), amount: Positive, ...money }),
  z.strictObject({
    kind: z.literal('split'),
    instrument: Instrument,
    newUnits: Positive.describe('that were given for `oldUnits`: 7 for a split of 7 for 1'),
    oldUnits: Positive,
  }),
  z.strictObject({
    kind: z.literal('transfer'),
    instrument: Instrument,
    direction: z.enum(['in', 'out']),
    quantity: Positive,
    price: NotNegative.describe(
      'what a unit was worth on that day: the money that came or went by it, and the cost of what came',
    ),
    currency: traded.currency,
    rate,
  }),
  z.strictObject({
    kind: z.literal('funding'),
    instrument: Instrument,
    amount: NotZero.describe('of a CFD kept overnight; below zero: paid'),
    ...money,
  }),
  z.strictObject({
    kind: z.literal('result'),
    instrument: about,
    amount: NotZero.describe(
      'that closing a leveraged position (a CFD, a spread bet) paid into cash; below zero: lost',
    ),
    ...money,
  }),
  z.strictObject({
    kind: z.literal('adjustment'),
    amount: NotZero.describe(
      'of cash that came (below zero: went) and that nothing explains; it counts as from outside, so as nobody’s gain',
    ),
    ...money,
  }),
  z.strictObject({
    kind: z.literal('exchange'),
    sold: z.strictObject({ amount: Positive, currency: Currency }),
    bought: z.strictObject({ amount: Positive, currency: Currency }),
    fee: NotNegative.optional().describe('in the currency that was sold, beside its amount'),
  }),
]);
export type TransactionTerms = z.infer<typeof TransactionTerms>;
export type TransactionKind = TransactionTerms['kind'];

export const PostingAccount = z
  .enum([
    'cash',
    'holdings',
    'income',
    'interest',
    'funding',
    'results',
    'fees',
    'taxes',
    'capital',
    'exchange',
  ])
  .meta({ id: 'PostingAccount' });
export type PostingAccount = z.infer<typeof PostingAccount>;

/** A line of the double-entry book: above zero into the account, below zero out of it. Those of one transaction sum to zero per currency. */
export const Posting = z
  .object({
    account: PostingAccount,
    instrument: z.string().nullable(),
    currency: z.string(),
    amount: DecimalText,
    quantity: DecimalText.nullable().describe('units that came, below zero went; of holdings only'),
  })
  .meta({ id: 'Posting' });
export type Posting = z.infer<typeof Posting>;

export const TransactionNote = PlainText(200);
