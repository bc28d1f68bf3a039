// The net size wanted in one market: what is asked for, and what became of the deals that lead there.
import { z } from 'zod';
import { IdempotencyKey } from './idempotency.ts';
import { WaitMs } from './deal-requests.ts';
import { DecimalInput, DecimalText, Environment, Epic, Instant } from './primitives.ts';
import { LegOutcome } from './sagas.ts';
import { AccountId, Deal, Direction, Note, Tag } from './trading.ts';

export const SetTarget = z.strictObject({
  accountId: AccountId.optional(),
  epic: Epic,
  netSize: DecimalInput.describe(
    'what is to be open in this market in the end, bought less sold: above zero bought, below zero sold, 0 nothing',
  ),
  tag: Tag.optional(),
  note: Note.optional(),
  idempotencyKey: IdempotencyKey,
  waitMs: WaitMs,
});
export type SetTarget = z.infer<typeof SetTarget>;

export const TargetLeg = z
  .object({
    direction: Direction,
    size: DecimalText,
    outcome: LegOutcome,
    deal: Deal.nullable().describe('the newest deal made for it; null: none yet'),
  })
  .meta({ id: 'TargetLeg' });
export type TargetLeg = z.infer<typeof TargetLeg>;

export const TargetOutcome = z
  .object({
    id: z.string(),
    accountId: z.string(),
    environment: Environment,
    epic: Epic,
    netSize: DecimalText.describe('as asked for, in its shortest form'),
    status: z
      .enum(['running', 'done', 'incomplete'])
      .describe(
        'running: it goes on by itself. done: the broker’s list, read after the last deal, shows the size asked for. incomplete: it has ended and `found` is what the list shows',
      ),
    legs: z
      .array(TargetLeg)
      .describe(
        'none: it was so already. Two where a position turns over: what is open is closed first, and the rest opened once that was accepted. A step below the market’s minimum size is denied (net_below_minimum): ask for a size at least that far away, or close a whole position',
      ),
    found: DecimalText.nullable().describe('by the broker’s list at the end; null while it runs'),
    startedAt: Instant,
    endedAt: Instant.nullable(),
    replayed: z.boolean().describe('true when this key was used before: it is the same one, as it is by now'),
  })
  .meta({ id: 'TargetOutcome' });
export type TargetOutcome = z.infer<typeof TargetOutcome>;
