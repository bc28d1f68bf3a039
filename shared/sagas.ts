// Closing and cancelling everything at once: what is asked for, and what became of each position and order.
import { z } from 'zod';
import { IdempotencyKey } from './idempotency.ts';
import { DecimalText, Environment, Epic, Instant } from './primitives.ts';
import { WaitMs } from './deal-requests.ts';
import { AccountId, Deal, Direction } from './trading.ts';

export const SagaKind = z.enum(['close_all', 'cancel_all', 'flatten']).meta({
  id: 'SagaKind',
  description:
    'close_all: every open position. cancel_all: every working order. flatten: both, orders first, and nothing is opened on the account until it ends.',
});
export type SagaKind = z.infer<typeof SagaKind>;
export const LegKind = z.enum(['close', 'cancel_order']);
export type LegKind = z.infer<typeof LegKind>;

/** The input of all three. */
export const EndAll = z.object({
  accountId: AccountId.optional(),
  idempotencyKey: IdempotencyKey,
  waitMs: WaitMs,
});
export type EndAll = z.infer<typeof EndAll>;

export const GetSaga = z.object({ id: z.string().max(60) });

export const LegOutcome = z
  .enum(['waiting', 'done', 'gone', 'refused'])
  .describe(
    'waiting: not decided yet. done: its deal was accepted. gone: it was not there any more, or not needed. refused: its deal was denied or rejected, for the reason in it',
  );
export type LegOutcome = z.infer<typeof LegOutcome>;
export const SagaLeg = z
  .object({
    kind: LegKind,
    dealId: z.string().describe('the broker’s id of the position or order'),
    outcome: LegOutcome,
    deal: Deal.nullable().describe('the newest deal made for it; null: none yet, or none was needed'),
  })
  .meta({ id: 'SagaLeg' });
export type SagaLeg = z.infer<typeof SagaLeg>;

export const SagaLeft = z
  .object({
    kind: z.enum(['position', 'order']),
    dealId: z.string(),
    epic: Epic,
    direction: Direction,
    size: DecimalText,
  })
  .meta({ id: 'SagaLeft' });
export type SagaLeft = z.infer<typeof SagaLeft>;

/** How a request of many deals ended. */
export const SagaEnded = z.object({
  id: z.string(),
  kind: z.enum([...SagaKind.options, 'set_target']),
  status: z
    .enum(['done', 'incomplete'])
    .describe(
      'done: the broker’s lists show what was asked for. incomplete: they do not, and nothing more is tried',
    ),
  left: z.array(SagaLeft).describe('what should be gone and is not; of a target always none'),
  target: z
    .object({ epic: Epic, netSize: DecimalText, found: DecimalText.nullable() })
    .nullable()
    .describe('of a target: the net size asked for, and the one that the broker’s list shows'),
  startedAt: Instant,
});
export type SagaEnded = z.infer<typeof SagaEnded>;

/** Closing or cancelling everything, and how far it is. */
export const Saga = z
  .object({
    id: z.string(),
    accountId: z.string(),
    environment: Environment,
    kind: SagaKind,
    status: z
      .enum(['running', 'done', 'incomplete'])
      .describe(
        'running: it goes on by itself. done: the broker’s lists, read after the last deal, show nothing left. incomplete: it has ended and `left` names what they still show',
      ),
    legs: z.array(SagaLeg).describe('one for each position or order, in an order that stays the same'),
    left: z.array(SagaLeft),
    startedAt: Instant,
    endedAt: Instant.nullable(),
  })
  .meta({ id: 'Saga' });
export type Saga = z.infer<typeof Saga>;
export const SagaOutcome = Saga.extend({
  replayed: z.boolean().describe('true when this key was used before: it is the same one, as it is by now'),
}).meta({ id: 'SagaOutcome' });
export type SagaOutcome = z.infer<typeof SagaOutcome>;
