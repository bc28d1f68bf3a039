// What a quote sets off by itself: stops, limits, trailing, working orders. What the clock does is in due.ts, what the margin does in close-out.ts. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { allows, closeUnasked, unasked } from './deal.ts';
import { fillOrder } from './orders.ts';
import { trailingFrom } from './positions.ts';
import { waitingDistance } from './rules.ts';
import { accountOf, byDealId, sequence } from './state.ts';
import type { Command } from './commands.ts';
import type { Decision, Position, WorkingOrder } from './decisions.ts';
import type { Context, Quote, State } from './types.ts';
import { behind, fillLevel, moveOf, opposite } from './value.ts';

const nothing: readonly Decision[] = [];

/** All are filled at the quote that reached them, so a stop may slip and a limit may gain; only a guaranteed stop gets its level. */
export function tick(
  state: State,
  { epic, quotedAt }: Extract<Command, { type: 'tick' }>,
  context: Context,
): readonly Decision[] {
  const book = state.books.get(epic);
  if (!book) return nothing;
  const quote = context.quote(epic);
  if (!quote || !allows(quote, 'close')) return nothing;
  const { bidAbove, bidBelow, offerAbove, offerBelow } = book.quiet;
  const [bid, offer] = [Number(quote.bid), Number(quote.offer)];
  if (bid > bidAbove && bid < bidBelow && offer > offerAbove && offer < offerBelow) return nothing;
  const instrument = context.instrument(epic);
  if (!instrument) return nothing;

  const done = sequence(state);
  const now = context.now.toISOString();
  const came = (at: string) => quotedAt === undefined || at <= quotedAt || at > now; // dated in the future: by a clock that was off before a restart
  for (const position of [...book.positions].sort(byDealId)) {
    if (came(position.changedAt ?? position.openedAt))
      done.add(onPosition(done.state(), position, quote, instrument, context));
  }
  if (!allows(quote, 'open')) return done.decisions;
  for (const order of [...book.orders].sort(byDealId)) {
    if (came(order.changedAt ?? order.createdAt) && isReached(order, quote, context))
      done.add(fillOrder(done.state(), order, accountOf(done.state(), order.accountId), context));
  }
  return done.decisions;
}

function onPosition(
  state: State,
  position: Position,
  quote: Quote,
  instrument: Instrument,
  context: Context,
): Decision | undefined {
  const cause = triggered(position, quote);
  if (!cause) return trailed(state, position, quote, instrument, context);
  const level =
    cause === 'stop' && position.guaranteed
      ? position.stopLevel!
      : fillLevel(quote, opposite(position.direction));
  return closeUnasked(state, position, level, cause, context);
}
function triggered(
  { direction, stopLevel, limitLevel }: Position,
  quote: Quote,
): 'stop' | 'limit' | undefined {
  const level = fillLevel(quote, opposite(direction));
  if (stopLevel !== null && decimal.compare(behind(direction, stopLevel, level), '0') <= 0) return 'stop';
  if (limitLevel !== null && decimal.compare(behind(direction, limitLevel, level), '0') >= 0) return 'limit';
  return undefined;
}
/** A trailing stop follows in whole steps. */
function trailed(
  state: State,
  position: Position,
  quote: Quote,
  instrument: Instrument,
  context: Context,
): Decision | undefined {
  const { trailing, stopLevel, direction, epic, expiry } = position;
  if (!trailing || stopLevel === null) return undefined;
  const { distance, step } = trailing;
  const room = decimal.subtract(
    behind(direction, stopLevel, fillLevel(quote, opposite(direction))),
    moveOf(instrument, distance),
  );
  const steps = decimal.divide(room, moveOf(instrument, step), 0, 'down');
  if (decimal.compare(steps, '1') < 0) return undefined;
  const moved = (direction === 'BUY' ? decimal.add : decimal.subtract)(
    stopLevel,
    decimal.multiply(steps, moveOf(instrument, step)),
  );
  const deal = unasked(state, position.accountId, context, 'trailing', position);
  return {
    type: 'positionAmended',
    ...deal,
    epic,
    expiry,
    position: {
      ...position,
      stopLevel: moved,
      trailing: trailingFrom(position, moved, trailing, instrument),
    },
  };
}
const isReached = ({ kind, direction, level, goodTill }: WorkingOrder, quote: Quote, { now }: Context) =>
  decimal.compare(waitingDistance(kind, direction, level, quote), '0') <= 0 &&
  (goodTill === null || goodTill > now.toISOString());
