// What has been: the broker's history of an account, a deal's whole life, and how our books compare with the broker's.
import { z } from 'zod';
import { DecimalText, Environment, Hidden, Instant, NextCursor, Page, spanHasTime } from './primitives.ts';
import { AccountId, Deal, Direction } from './trading.ts';

export const HistoryKind = z.enum(['activity', 'transactions']);
export type HistoryKind = z.infer<typeof HistoryKind>;

/** What an entry of the history did to one position or order. */
export const ActivityChange = z.object({
  action: z.enum([
    'opened',
    'closed',
    'partially_closed',
    'amended',
    'order_placed',
    'order_amended',
    'order_filled',
    'order_deleted',
    'other',
  ]),
  dealId: z.string().describe('the broker’s id of the position or order'),
});
export type ActivityChange = z.infer<typeof ActivityChange>;

const ofTime = {
  from: Instant.optional().describe('of this instant or later'),
  to: Instant.optional().describe('before this instant'),
};
export const ListActivity = z
  .object({ accountId: AccountId.optional(), ...ofTime, ...Page.shape })
  .refine(...spanHasTime);
export type ListActivity = z.infer<typeof ListActivity>;
export const ListTransactions = ListActivity;

export const ActivityEntry = z
  .object({
    accountId: z.string(),
    environment: Environment,
    id: z.string(),
    at: Instant.describe('the broker’s, to the second'),
    dealId: z.string().describe('the broker’s id of this entry’s deal: of a close not the position’s'),
    dealReference: z.string().nullable(),
    deal: z.string().nullable().describe('the id of our deal, where it is one of ours'),
    source: z.enum(['ftrader', 'external']).describe('external: done elsewhere, or by the broker itself'),
    channel: z.string().nullable().describe('the broker’s word for where it came from'),
    epic: z.string().nullable(),
    name: z.string().nullable(),
    status: z.enum(['accepted', 'rejected', 'unknown']),
    description: z.string().nullable().describe('the broker’s words'),
    changes: z.array(ActivityChange),
    direction: Direction.nullable(),
    size: DecimalText.nullable(),
    level: DecimalText.nullable(),
    stopLevel: DecimalText.nullable(),
    limitLevel: DecimalText.nullable(),
    currency: z.string().nullable(),
  })
  .meta({ id: 'ActivityEntry' });
export type ActivityEntry = z.infer<typeof ActivityEntry>;

export const TransactionType = z.enum(['deal', 'deposit', 'withdrawal', 'dividend', 'exchange', 'other']);
export type TransactionType = z.infer<typeof TransactionType>;
/** A movement of an account's cash. */
export const AccountTransaction = z
  .object({
    accountId: z.string(),
    environment: Environment,
    id: z.string(),
    at: Instant,
    type: TransactionType,
    brokerType: z.string().describe('the broker’s word for it'),
    reference: z.string().describe('the broker’s: the last characters of a deal’s id'),
    name: z.string().describe('of the market, or what the money was for, in the broker’s words'),
    amount: DecimalText.describe('below zero: taken from the cash'),
    currency: z.string().nullable().describe('as the broker writes it: a code or a sign'),
    direction: Direction.nullable().describe('of the position that was closed'),
    size: DecimalText.nullable(),
    openLevel: DecimalText.nullable(),
    closeLevel: DecimalText.nullable(),
    openedAt: Instant.nullable(),
  })
  .meta({ id: 'AccountTransaction' });
export type AccountTransaction = z.infer<typeof AccountTransaction>;

const told = {
  since: Instant.nullable().describe('nothing is missing from here on; null: it was never read'),
  asOf: Instant.nullable().describe('until when the broker’s history was read'),
  nextCursor: NextCursor,
  hidden: Hidden,
};
export const ActivityList = z
  .object({ activity: z.array(ActivityEntry), ...told })
  .meta({ id: 'ActivityList' });
export type ActivityList = z.infer<typeof ActivityList>;
export const TransactionList = z
  .object({ transactions: z.array(AccountTransaction), ...told })
  .meta({ id: 'TransactionList' });
export type TransactionList = z.infer<typeof TransactionList>;

/** `admitted` written here · `sent` its first byte was about to leave · `answered` by the broker's REST · `broker_decided` by its own clock · `decided` known and written here. */
export const DealStep = z.enum(['admitted', 'sent', 'answered', 'unknown', 'broker_decided', 'decided']);
export type DealStep = z.infer<typeof DealStep>;
export const DealTimeline = z
  .array(
    z.object({
      step: DealStep,
      at: Instant,
      afterMs: z
        .number()
        .int()
        .nullable()
        .describe('since it was admitted; null for `broker_decided`, which is of another clock'),
    }),
  )
  .describe('what is known of when it did what, in order; a step nobody saw is left out');
export type DealTimeline = z.infer<typeof DealTimeline>;
/** By what a deal was decided. */
export const DecidedBy = z.enum(['not_sent', 'answer', 'stream', 'reading', 'absence']);
export type DecidedBy = z.infer<typeof DecidedBy>;
export const DealDetail = Deal.extend({
  timeline: DealTimeline,
  decidedBy: DecidedBy.nullable().describe(
    'the evidence: `not_sent` it never left here, `answer` the broker’s answer to the request, `stream` its messages on the account’s stream, `reading` its lists, history or confirm as they were read, `absence` no trace of it in two complete readings; null: not decided yet, or before this was kept',
  ),
}).meta({ id: 'DealDetail' });
export type DealDetail = z.infer<typeof DealDetail>;

/** Something on which the broker's lists and our books said something else. */
export const BookDifference = z.object({
  what: z.enum(['position', 'order']),
  dealId: z.string().describe('the broker’s'),
  ours: DecimalText.nullable().describe('its size here; null: not known here'),
  brokers: DecimalText.nullable().describe('its size at the broker; null: not listed there'),
});
export type BookDifference = z.infer<typeof BookDifference>;
export const Drift = z
  .object({
    accountId: z.string(),
    environment: Environment,
    at: Instant,
    agreedAt: Instant.nullable().describe(
      'when the newest complete reading began after which our books were the broker’s; null: none yet',
    ),
    seconds: z.number().int().min(0).nullable().describe('since then'),
    readAt: Instant.nullable().describe('when the newest complete reading began'),
    cash: z
      .object({
        ours: DecimalText,
        brokers: DecimalText,
        difference: DecimalText.describe('ours − the broker’s, in `currency`'),
        currency: z.string(),
      })
      .nullable()
      .describe('as that reading found it; ours is by now as the broker’s. Null: not told'),
    differences: z.array(BookDifference).describe('what that reading found, 100 of them at most'),
    unsettled: z.number().int().min(0).describe('of these, what nothing explains yet'),
    openBreaks: z.number().int().min(0),
  })
  .meta({ id: 'Drift' });
export type Drift = z.infer<typeof Drift>;

export const BreakKind = z.enum([
  'late_appearance',
  'refused_but_open',
  'position_vanished',
  'order_vanished',
]);
export type BreakKind = z.infer<typeof BreakKind>;
export const ListBreaks = z.object({
  accountId: AccountId.optional(),
  state: z.enum(['open', 'resolved']).optional().describe('left out: both'),
  ...Page.shape,
});
export type ListBreaks = z.infer<typeof ListBreaks>;
/** Where FTrader and the broker did not agree on a deal, a position or an order. */
export const BooksBreak = z
  .object({
    id: z.string(),
    accountId: z.string(),
    environment: Environment,
    kind: BreakKind,
    dealId: z.string().nullable().describe('the broker’s id of the position or order, where known'),
    deal: z.string().nullable().describe('the id of our deal, where it is about one'),
    difference: z.string().describe('what did not agree, as a sentence'),
    openedAt: Instant,
    resolvedAt: Instant.nullable(),
    resolution: z.string().nullable().describe('what settled it, as a sentence'),
    ageSeconds: z.number().int().min(0).describe('how long it has been open, or was'),
  })
  .meta({ id: 'BooksBreak' });
export type BooksBreak = z.infer<typeof BooksBreak>;
export const BreakList = z
  .object({ breaks: z.array(BooksBreak), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'BreakList' });
export type BreakList = z.infer<typeof BreakList>;
