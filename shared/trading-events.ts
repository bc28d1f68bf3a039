// What each type of trading event holds: one entry a type, from which every type and check of the event is derived.
import { z } from 'zod';
import { AccountFacts, RestoredAccount, TroubledAccount } from './accounts.ts';
import { DecimalText, Instant } from './primitives.ts';
import { DealingState, RiskLimits } from './risk.ts';
import { Deal, Position } from './trading.ts';

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

/** What may be dealt on an account from now on. */
const Dealing = z.object({ dealingState: DealingState, limits: RiskLimits });

/** FTrader and the broker do not agree on a deal or a position. */
const Break = z.object({
  kind: z.enum(['late_appearance', 'refused_but_open', 'position_vanished']),
  dealId: z.string().nullable().describe('the broker’s id of the position, where known'),
  deal: Deal.optional().describe('the deal it is about, where it is about one'),
  difference: z.string().describe('what does not agree, as a sentence'),
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
  'position.reduced': PositionReduction,
  'position.closed': PositionReduction,
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
  'risk.limits_changed': Dealing.extend({ previous: RiskLimits }),
  'account.degraded': TroubledAccount,
  'account.restored': RestoredAccount,
  'break.opened': Break,
  'break.resolved': Break,
};
