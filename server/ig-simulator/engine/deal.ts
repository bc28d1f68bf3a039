// What all deals share: how a decision is headed, what market states allow, and how positions are closed. Decides no order.
import { decimal } from '../../../shared/decimal.ts';
import type { MarketStatus } from '../market/instrument.ts';
import { dealIdOf, generateReference } from './ids.ts';
import type { Cause, Closing, Dealt, Position, Reason, Rejected } from './decisions.ts';
import type { Account, Context, Market, Quote, State } from './types.ts';
import type { Direction } from './words.ts';
import { accountOf } from './state.ts';
import { opposite, pointsValue, profitOf, rateOf } from './value.ts';

export const head = ({ decisions }: State, accountId: string, { now }: Context) => ({
  at: now.toISOString(),
  accountId,
  dealId: dealIdOf(decisions),
});

interface Subject {
  epic: string | null;
  expiry: string | null;
  direction: Direction;
  size: string;
  dealReference?: string | undefined;
}
/** The head of a deal that was asked for: its confirm can be read after the usual delay. The reference is made up when there is none. */
export function requested(
  state: State,
  accountId: string,
  context: Context,
  { epic, expiry, direction, size, dealReference = generateReference(context.random) }: Subject,
) {
  const confirmAt = new Date(context.now.getTime() + (context.confirmDelayMs ?? 0)).toISOString();
  return {
    ...head(state, accountId, context),
    dealReference,
    confirmAt,
    cause: 'request' as Cause,
    epic,
    expiry,
    direction,
    size: decimal.canonical(size),
  };
}
/** The head of a deal that nobody asked for just now: it has no confirm. */
export const unasked = (
  state: State,
  accountId: string,
  context: Context,
  cause: Cause,
  {
    dealReference,
    epic,
    expiry,
    direction,
    size,
  }: Subject & { dealReference: string; epic: string; expiry: string },
) => ({
  ...head(state, accountId, context),
  dealReference,
  confirmAt: null,
  cause,
  epic,
  expiry,
  direction,
  size,
});
export type DealHead = Omit<ReturnType<typeof requested>, 'confirmAt'> & { confirmAt: string | null };

/** What a deal changes, or why it is refused. */
export type Outcome = Reason | Pick<Dealt, 'level' | 'closings' | 'opening'>;
export function decisionOf(deal: DealHead, { currency }: Account, outcome: Outcome): Rejected | Dealt {
  const { epic, expiry } = deal;
  if (typeof outcome === 'string') return { type: 'rejected', ...deal, reason: outcome };
  if (epic === null || expiry === null) throw new TypeError('a deal without a market');
  return { type: 'dealt', ...deal, epic, expiry, currency, ...outcome };
}

/** What each market state still allows: dealing in both directions, closing only, changing stops and orders. */
const allowed: Record<MarketStatus, readonly ('open' | 'close' | 'edit')[]> = {
  TRADEABLE: ['open', 'close', 'edit'],
  DEAL_NO_EDIT: ['open', 'close'],
  CLOSINGS_ONLY: ['close', 'edit'],
  EDITS_ONLY: ['edit'],
  ON_AUCTION: ['edit'],
  ON_AUCTION_NO_EDITS: [],
  SUSPENDED: [],
  CLOSED: [],
  OFFLINE: [],
};
const refusals: Partial<Record<MarketStatus, Reason>> = {
  EDITS_ONLY: 'MARKET_CLOSED_WITH_EDITS',
  CLOSINGS_ONLY: 'CLOSING_ONLY_TRADES_ACCEPTED_ON_THIS_MARKET',
  OFFLINE: 'MARKET_OFFLINE',
};
/** Whether a quote's market state allows it. */
/** Why nothing that is asked for on the account is done, whatever it is. */
export const accountRefusal = ({ suspended }: Context): Reason | undefined =>
  suspended ? 'ACCOUNT_NOT_ENABLED_TO_TRADING' : undefined;
export const allows = (quote: Quote, what: 'open' | 'close' | 'edit') => allowed[quote.status].includes(what);
/** The quote of `epic`, or why its market does not allow `what` now. */
export function quoteFor(what: 'open' | 'close' | 'edit', epic: string, market: Market): Quote | Reason {
  const quote = market.quote(epic);
  if (!quote) return 'MARKET_OFFLINE';
  return allows(quote, what) ? quote : (refusals[quote.status] ?? 'MARKET_CLOSED');
}

/** Closes `size` of `positions` at `level`, in their order; `rest` is what they did not cover. The rate must be known. */
export function take(
  positions: readonly Position[],
  size: string,
  level: string,
  account: Pick<Account, 'currency'>,
  context: Market,
): { closings: Closing[]; rest: string } {
  const closings: Closing[] = [];
  let rest = size;
  for (const position of positions) {
    if (rest === '0') break;
    const part = decimal.compare(rest, position.size) < 0 ? rest : position.size;
    const rate = rateOf(context, position.currency, account.currency)!;
    const profit = profitOf(
      context.instrument(position.epic)!,
      position.direction,
      position.level,
      level,
      part,
      rate,
    );
    closings.push({ position, size: part, remaining: decimal.subtract(position.size, part), profit, rate });
    rest = decimal.subtract(rest, part);
  }
  return { closings, rest };
}
/** Closes the whole of `position` at `level`, the premium of a guaranteed stop charged when it was that which was hit. */
function closeWhole(
  position: Position,
  level: string,
  cause: Cause,
  account: Account,
  context: Market,
): Closing {
  const { epic, size, guaranteed } = position;
  const closing = take([position], size, level, account, context).closings[0]!;
  if (cause !== 'stop' || !guaranteed) return closing;
  return {
    ...closing,
    premium: pointsValue(context.instrument(epic)!, guaranteed.premium, size, closing.rate),
  };
}
/** Closes the position by itself, though nobody asked; undefined without a rate, since the result could not be booked: the next tick tries again. */
export function closeUnasked(
  state: State,
  position: Position,
  level: string,
  cause: Cause,
  context: Context,
): Dealt | Rejected | undefined {
  const account = accountOf(state, position.accountId);
  if (rateOf(context, position.currency, account.currency) === undefined) return undefined;
  const deal = unasked(state, account.accountId, context, cause, {
    ...position,
    direction: opposite(position.direction),
  });
  return decisionOf(deal, account, {
    level,
    closings: [closeWhole(position, level, cause, account, context)],
    opening: null,
  });
}
