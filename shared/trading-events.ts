// What each type of trading event holds: one entry a type, from which every type and check of the event is derived.
import { z } from 'zod';
import { AccountFacts, RestoredAccount, TroubledAccount } from './accounts.ts';
import { BreakKind } from './history.ts';
import { DecimalText, Instant } from './primitives.ts';
import { DeadManAction, DealingState, SwitchedBy, SwitchPosition, SwitchScope } from './risk.ts';
import { LimitBreach, RiskLimits } from './risk-limits.ts';
import { SagaEnded } from './sagas.ts';
import { Deal, Position, WorkingOrder } from './trading.ts';

/** A position without what moves with prices. `size` is what is left of it. */
const PositionFacts = Position.omit({
  environment: true,
  bid: true,
  offer: true,
  priceStale: true,
  runningProfit: true,
}).extend({ closedAt: Instant.nullable() });

/** A position that became smaller by `closedSize`. */
const PositionReduction = PositionFacts.extend({
  closedSize: DecimalText,
  closeLevel: DecimalText.nullable().describe('null: the broker did not tell it'),
});

/** A position whose stop (its level or its type) or limit is another one now, whoever changed it; a trailing stop changes itself. */
const PositionAmendment = PositionFacts.extend({
  previousStopLevel: DecimalText.nullable(),
  previousLimitLevel: DecimalText.nullable(),
});

/** A working order in its shape of that moment. */
const OrderFacts = WorkingOrder.omit({ environment: true });

/** What may be dealt on an account from now on. */
const Dealing = z.object({ dealingState: DealingState, limits: RiskLimits });

/** Somebody changed what may be dealt: on the account named, or where none is named on all of the user's. */
const Switched = z.object({
  scope: SwitchScope.exclude(['flatten']),
  dealingState: SwitchPosition.describe('what was set; a stricter one of another scope goes before it'),
  by: SwitchedBy,
  reason: z.string().nullable(),
});

/** FTrader and the broker do not agree on a deal or a position. */
const Break = z.object({
  id: z.string().optional().describe('of its row; missing in events of a version before there were rows'),
  kind: BreakKind,
  dealId: z.string().nullable().describe('the broker’s id of the position or order, where known'),
  deal: Deal.optional().describe('the deal it is about, where it is about one'),
  difference: z.string().describe('what does not agree, as a sentence'),
});

/** A dead man's switch that fired. */
export const DeadManFired = z.object({
  action: DeadManAction,
  afterMs: z.number().int(),
  armedAt: Instant,
  sagaId: z
    .string()
    .nullable()
    .describe(
      'the cancelling or flattening it began: trading.getSaga tells what becomes of it; null for a halt',
    ),
});

/** Type → what an event of it holds: the thing it happened to, in its shape of that moment. */
export const TradingEvents = {
  'deal.submitting': Deal,
  'deal.submitted': Deal,
  'deal.unknown': Deal,
  'deal.accepted': Deal,
  'deal.rejected': Deal,
  'deal.denied': Deal,
  'position.opened': PositionFacts,
  'position.amended': PositionAmendment,
  'position.reduced': PositionReduction,
  'position.closed': PositionReduction,
  'order.placed': OrderFacts,
  'order.amended': OrderFacts,
  'order.filled': OrderFacts,
  'order.cancelled': OrderFacts,
  'order.expired': OrderFacts,
  'cash.changed': z.object({
    cash: DecimalText,
    previousCash: DecimalText,
    change: DecimalText,
    currency: z.string(),
  }),
  'account.connected': AccountFacts,
  'account.disconnected': AccountFacts,
  'dealing.live_enabled': Dealing,
  'dealing.live_disabled': Dealing,
  'dealing.halted': Switched.extend({ dealingState: SwitchPosition.exclude(['active']) }),
  'dealing.resumed': Switched.extend({ dealingState: SwitchPosition.extract(['active']) }),
  'dead_man.fired': DeadManFired,
  'saga.ended': SagaEnded,
  'risk.limits_changed': Dealing.extend({ previous: RiskLimits }),
  'risk.breached': LimitBreach,
  'account.degraded': TroubledAccount,
  'account.restored': RestoredAccount,
  'break.opened': Break,
  'break.resolved': Break,
};
