// What is read back of trading beside the lists of what is open: events as a page, a position of any age, a reconciliation asked for.
import { z } from 'zod';
import { EventId, SnapshotNeeded, type TradingEvent } from './events.ts';
import { IdempotencyKey } from './idempotency.ts';
import { Environment, Epic, Instant, Page, spanHasTime } from './primitives.ts';
import { AccountId, DealKindName, DealStatus, Position } from './trading.ts';
import { TradingEvents } from './trading-events.ts';

export const FindDeal = z.object({ idempotencyKey: IdempotencyKey });

/** Which deals: those that fit all that is given; of a list any of it. */
export const DealFilter = z.object({
  status: z.array(DealStatus).max(6).optional(),
  kind: z.array(DealKindName).max(20).optional(),
  epic: Epic.optional(),
  from: Instant.optional().describe('asked for at this instant or later'),
  to: Instant.optional().describe('asked for before this instant'),
});
export type DealFilter = z.infer<typeof DealFilter>;
export const ListDeals = z
  .object({
    accountId: AccountId.optional(),
    ...DealFilter.shape,
    ...Page.shape,
  })
  .refine(...spanHasTime);
export type ListDeals = z.infer<typeof ListDeals>;

/** A position, also when it is closed: then `size` is 0, and it has no price and no running profit. */
export const AnyPosition = Position.extend({
  closedAt: Instant.nullable().describe('null: it is open'),
}).meta({ id: 'AnyPosition' });
export type AnyPosition = z.infer<typeof AnyPosition>;

export const ListEvents = z.object({
  after: EventId.optional().describe(
    'the `next` of the page before, kept wherever you like; "0" starts at the first event; left out: from now on',
  ),
  limit: Page.shape.limit,
});
export type ListEvents = z.infer<typeof ListEvents>;

const eventOf = ([type, data]: [string, z.ZodType]) =>
  z.object({
    id: EventId,
    type: z.literal(type),
    at: Instant,
    accountId: z.string().nullable(),
    environment: Environment.nullable(),
    data,
  });
/** An event as `trading.onEvents` tells it, `snapshot.needed` in place of one that cannot be read. */
const ListedEvent = z.discriminatedUnion('type', [
  SnapshotNeeded,
  ...Object.entries(TradingEvents).map(eventOf),
]) as unknown as z.ZodType<TradingEvent | SnapshotNeeded>;
export const EventList = z
  .object({
    events: z.array(ListedEvent).describe('in their order, from the one behind `after` on'),
    next: EventId.describe('the `after` of the next call'),
    head: EventId.describe('the newest event there is; where `next` is equal, there are no more'),
    recovered: z
      .boolean()
      .describe(
        'false: what came before `next` is not told here (no `after` was given, or it is older than what is kept, or not of this database): read the lists now, then go on from `next`',
      ),
  })
  .meta({ id: 'EventList' });
export type EventList = z.infer<typeof EventList>;

const count = z.number().int().min(0);
/** What the broker's lists and ours come to. */
export const Reconciliation = z
  .object({
    accountId: z.string(),
    environment: Environment,
    readAt: Instant.describe('when the newest complete reading of the broker’s lists began'),
    found: z
      .object({
        positions: count.describe('open at the broker'),
        orders: count.describe('resting at the broker'),
        differences: count.describe(
          'positions and working orders of which we knew something else; ours are by now as the broker’s, or watched until its history says why',
        ),
        decidedDeals: count.describe('undecided deals that have their verdict by it'),
      })
      .nullable()
      .describe('of the reading made for this call; null: the newest is so fresh that none was made'),
    undecidedDeals: count.describe('without a verdict by now'),
  })
  .meta({ id: 'Reconciliation' });
export type Reconciliation = z.infer<typeof Reconciliation>;
