// What is read back of trading beside the lists of what is open: deals, a position of any age, a reconciliation asked for.
import { z } from 'zod';
import { IdempotencyKey } from './idempotency.ts';
import { Environment, Epic, Instant, Page, spanHasTime } from './primitives.ts';
import { AccountId, DealKindName, DealStatus, Position } from './trading.ts';

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
