// Positions: opened at market, netted, closed and amended. Pure; refusals are decisions too.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { rounded } from '../numbers.ts';
import {
  accountRefusal,
  decisionOf,
  quoteFor,
  requested,
  take,
  type DealHead,
  type Outcome,
} from './deal.ts';
import {
  attachedLevels,
  attachedRefusal,
  kindRefusal,
  limitOrderRefusal,
  moveAwayRefusal,
  productRefusal,
  referenceRefusal,
  sizeRefusal,
  trailingRefusal,
  type Levels,
} from './rules.ts';
import { dealtPositions } from './book.ts';
import { accountOf } from './state.ts';
import type { AmendPosition, ClosePosition, OpenPosition } from './commands.ts';
import type { Decision, Position } from './decisions.ts';
import type { Account, Context, State } from './types.ts';
import {
  depositOf,
  figuresOf,
  fillLevel,
  moveOf,
  opposite,
  pointsOf,
  positionFigures,
  rateOf,
} from './value.ts';

export function openPosition(state: State, order: OpenPosition, context: Context): Decision {
  const account = accountOf(state, order.accountId);
  const deal = requested(state, order.accountId, context, order);
  return decisionOf(
    deal,
    account,
    refusedBeforehand(account, order, context) ??
      opening(account, order, { ...deal, channel: 'PublicRestOTC' }, context),
  );
}
/** What is wrong with an order to open, or to rest, whatever the price. */
export function refusedBeforehand(
  account: Account,
  order: Omit<OpenPosition, 'type' | 'accountId' | 'forceOpen'>,
  context: Context,
) {
  const early =
    accountRefusal(context) ?? (context.duplicateCheckOff ? undefined : referenceRefusal(account, order));
  if (early) return early;
  const instrument = context.instrument(order.epic);
  if (!instrument) return 'INSTRUMENT_NOT_FOUND';
  return (
    productRefusal(account, order, instrument) ??
    kindRefusal(instrument, order) ??
    sizeRefusal(instrument, decimal.canonical(order.size))
  );
}

/** What a guaranteed stop costs when it is hit, in points of the quote at `level`. */
export function premiumOf(instrument: Instrument, level: string): string {
  const { premium, premiumUnit } = instrument;
  return premiumUnit === 'POINTS'
    ? String(premium)
    : decimal.divide(decimal.multiply(pointsOf(instrument, level), String(premium)), '100', 4, 'half-up');
}
/** What was asked of a trailing stop; undefined unless all of it was. */
const trailOf = (trails: boolean | undefined, distance: string | undefined, step: string | undefined) =>
  trails === true && distance !== undefined && step !== undefined
    ? { distance: rounded(distance), step: rounded(step) }
    : undefined;
/** A trailing stop at `stopLevel`, and where it moves next: one step further than it trails. */
export function trailingFrom(
  { direction }: Pick<Position, 'direction'>,
  stopLevel: string,
  { distance, step }: { distance: string; step: string },
  instrument: Instrument,
): NonNullable<Position['trailing']> {
  const further = direction === 'BUY' ? decimal.add : decimal.subtract;
  return { distance, step, movesAt: further(stopLevel, moveOf(instrument, decimal.add(distance, step))) };
}

/** Fills an order at the quote: nets it against opposite positions unless `forceOpen`, and opens what is left. */
export function opening(
  account: Account,
  order: Omit<OpenPosition, 'type' | 'accountId'>,
  deal: Pick<DealHead, 'dealId' | 'dealReference' | 'size' | 'at'> & Pick<Position, 'channel'>,
  context: Context,
): Outcome {
  const { epic, expiry, direction, currencyCode } = order;
  const { dealId, dealReference, size, at, channel } = deal;
  const instrument = context.instrument(epic);
  if (!instrument) return 'INSTRUMENT_NOT_FOUND';
  const quote = quoteFor('open', epic, context);
  if (typeof quote === 'string') return quote;
  const level = fillLevel(quote, direction);
  const levels = attachedLevels(instrument, order, level);
  const trail = trailOf(order.trailingStop, order.stopDistance, order.trailingStopIncrement);
  const wrong =
    limitOrderRefusal(direction, order.level, level) ??
    attachedRefusal(instrument, direction, level, levels, quote, order.guaranteedStop) ??
    (trail ? trailingRefusal(account, instrument, trail, level) : undefined);
  if (wrong) return wrong;
  const rate = rateOf(context, currencyCode, account.currency);
  if (rate === undefined) return 'GENERAL_ERROR';

  const facing = order.forceOpen
    ? []
    : account.positions.filter(
        (position) =>
          position.epic === epic &&
          position.expiry === expiry &&
          position.currency === currencyCode &&
          position.direction !== direction,
      );
  const { closings, rest } = take(facing, size, level, account, context);
  if (rest === '0') return { level, closings, opening: null };
  const opened: Position = {
    dealId,
    accountId: account.accountId,
    dealReference,
    epic,
    expiry,
    direction,
    size: rest,
    level,
    currency: currencyCode,
    ...levels,
    openedAt: at,
    channel,
    ...(order.guaranteedStop &&
      levels.stopLevel !== null && { guaranteed: { premium: premiumOf(instrument, level) } }),
    ...(trail && { trailing: trailingFrom({ direction }, levels.stopLevel!, trail, instrument) }),
  };
  // What netting leaves over is a new position; the whole deal is refused when the account cannot carry it.
  const left = {
    currency: account.currency,
    cash: closings.reduce((sum, { profit }) => decimal.add(sum, profit), account.cash),
    positions: dealtPositions(account.positions, closings, null),
  };
  if (decimal.compare(depositOf(opened, instrument, level, rate), figuresOf(left, context).available) > 0)
    return 'INSUFFICIENT_FUNDS';
  return { level, closings, opening: opened };
}

export function closePosition(state: State, order: ClosePosition, context: Context): Decision {
  const account = accountOf(state, order.accountId);
  const named = account.positions.filter(({ dealId, epic, expiry }) =>
    order.dealId !== undefined
      ? dealId === order.dealId
      : epic === order.epic && (order.expiry === undefined || expiry === order.expiry),
  );
  const deal = requested(state, order.accountId, context, {
    epic: named[0]?.epic ?? order.epic ?? null,
    expiry: named[0]?.expiry ?? null,
    direction: order.direction,
    size: order.size,
  });
  return decisionOf(
    deal,
    account,
    accountRefusal(context) ?? closing(account, order, named, deal.size, context),
  );
}

function closing(
  account: Account,
  { direction, level: orderLevel }: ClosePosition,
  named: readonly Position[],
  size: string,
  context: Context,
): Outcome {
  const [first] = named;
  const instrument = first && context.instrument(first.epic);
  if (!first || !instrument) return 'POSITION_NOT_AVAILABLE_TO_CLOSE';
  const facing = named.filter((position) => position.direction !== direction);
  if (facing.length === 0) return 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION';
  const total = facing.reduce((sum, position) => decimal.add(sum, position.size), '0');
  const over = decimal.compare(size, total);
  if (over > 0) return 'POSITION_NOT_AVAILABLE_TO_CLOSE';
  const refused = over < 0 ? sizeRefusal(instrument, size) : undefined; // the whole may always be closed, whatever netting left of it
  if (refused) return refused;
  const quote = quoteFor('close', first.epic, context);
  if (typeof quote === 'string') return quote;
  const level = fillLevel(quote, direction);
  const wrong = limitOrderRefusal(direction, orderLevel, level);
  if (wrong) return wrong;
  if (facing.some(({ currency }) => rateOf(context, currency, account.currency) === undefined))
    return 'GENERAL_ERROR';
  return { level, closings: take(facing, size, level, account, context).closings, opening: null };
}

export function amendPosition(state: State, order: AmendPosition, context: Context): Decision {
  const account = accountOf(state, order.accountId);
  const position = account.positions.find(({ dealId }) => dealId === order.dealId);
  const deal = requested(
    state,
    order.accountId,
    context,
    position ?? { epic: null, expiry: null, direction: 'BUY', size: '0' },
  );
  const outcome =
    accountRefusal(context) ?? (position ? amended(account, position, order, context) : 'POSITION_NOT_FOUND');
  if (typeof outcome === 'string') return { type: 'rejected', ...deal, reason: outcome, of: 'amend' };
  const { epic, expiry } = outcome;
  return { type: 'positionAmended', ...deal, epic, expiry, position: { ...outcome, changedAt: deal.at } };
}
function amended(account: Account, position: Position, order: AmendPosition, context: Context) {
  const { epic, direction } = position;
  const instrument = context.instrument(epic);
  const quote = quoteFor('edit', epic, context);
  if (!instrument || typeof quote === 'string') return typeof quote === 'string' ? quote : 'GENERAL_ERROR';
  const levels = attachedLevels(
    instrument,
    { direction, stopLevel: order.stopLevel, limitLevel: order.limitLevel },
    position.level,
  );
  const { trailingStop, trailingStopDistance, trailingStopIncrement, guaranteedStop } = order;
  const trail =
    levels.stopLevel === null
      ? undefined
      : trailOf(trailingStop, trailingStopDistance, trailingStopIncrement);
  // A level that stays where it is need not keep its distance from a market that has come nearer.
  const moved: Levels = {
    stopLevel:
      levels.stopLevel === position.stopLevel && Boolean(guaranteedStop) === Boolean(position.guaranteed)
        ? null
        : levels.stopLevel,
    limitLevel: levels.limitLevel === position.limitLevel ? null : levels.limitLevel,
  };
  const price = fillLevel(quote, opposite(direction));
  const wrong =
    (quote.status === 'EDITS_ONLY' ? moveAwayRefusal(position, levels) : undefined) ??
    attachedRefusal(instrument, direction, price, moved, quote, guaranteedStop) ??
    (trail ? trailingRefusal(account, instrument, trail, price) : undefined);
  if (wrong) return wrong;
  const { guaranteed, trailing: _, ...rest } = position;
  const after: Position = {
    ...rest,
    ...levels,
    ...(guaranteedStop &&
      levels.stopLevel !== null && { guaranteed: guaranteed ?? { premium: premiumOf(instrument, price) } }),
    ...(trail && { trailing: trailingFrom(position, levels.stopLevel!, trail, instrument) }),
  };
  // A stop that is guaranteed no more, or further away, may take more margin than there is.
  const deposit = (each: Position) => positionFigures(each, account.currency, context).deposit;
  const more = decimal.subtract(deposit(after), deposit(position));
  const unaffordable =
    decimal.compare(more, '0') > 0 && decimal.compare(more, figuresOf(account, context).available) > 0;
  return unaffordable ? 'INSUFFICIENT_FUNDS' : after;
}
