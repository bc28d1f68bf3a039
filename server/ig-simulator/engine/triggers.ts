// What the market and the clock set off by themselves: stops, limits, trailing, working orders, expiry, funding, margin close-out. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { allows, closeWhole, decisionOf, head, unasked } from './deal.ts';
import { chargesOf, nextNight, nightsBetween } from './funding.ts';
import { expireOrder, fillOrder } from './orders.ts';
import { trailingFrom } from './positions.ts';
import { waitingDistance } from './rules.ts';
import { accountOf, evolve } from './state.ts';
import type {
  Account,
  Cause,
  Command,
  Context,
  Decision,
  Position,
  Quote,
  State,
  WorkingOrder,
} from './types.ts';
import {
  behind,
  figuresOf,
  fillLevel,
  moveOf,
  opposite,
  positionFigures,
  rateOf,
  unitValue,
} from './value.ts';

const nothing: readonly Decision[] = [];
/** Equity below this part of the margin closes positions (ESMA's rule for retail accounts, which IG follows). */
const closeOutPct = '50';
/** In the account's currency: more than rounding to cents and floats make out together. */
const clearBy = 100;
const byDealId = (a: { dealId: string }, b: { dealId: string }) => (a.dealId < b.dealId ? -1 : 1);

/** Decisions one after the other, each made in the state that the ones before left behind. */
function sequence(state: State) {
  const decisions: Decision[] = [];
  return {
    decisions,
    state: () => state,
    add(decision: Decision | undefined) {
      if (!decision) return;
      decisions.push(decision);
      state = evolve(state, decision);
    },
  };
}

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
  return closed(state, position, level, cause, context);
}
/** Closes the position by itself; undefined without a rate, since the result could not be booked: the next tick tries again. */
function closed(
  state: State,
  position: Position,
  level: string,
  cause: Cause,
  context: Context,
): Decision | undefined {
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

/** Orders past their date go; every night that has passed is charged once, account by account. */
export function time(state: State, context: Context): readonly Decision[] {
  const done = sequence(state);
  const now = context.now.toISOString();
  const overdue = [...state.books.entries()]
    .flatMap(([, { orders }]) => orders)
    .filter(({ goodTill }) => goodTill !== null && goodTill <= now);
  for (const order of overdue.sort(byDealId)) done.add(expireOrder(done.state(), order, context));
  const holders = [...state.accounts.entries()]
    .filter(([, { positions }]) => positions.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, account] of holders)
    for (const nightMs of nightsSince(account, context)) {
      const charges = chargesOf(account, nightMs, context);
      if (charges.length > 0)
        done.add({
          type: 'funded',
          ...head(done.state(), account.accountId, context),
          night: new Date(nightMs).toISOString(),
          charges,
        });
    }
  return done.decisions;
}
/** The next instant (epoch ms) at which `time` may decide something; undefined while nothing is open and no order has a date. */
export function nextDue(state: State, nowMs: number): number | undefined {
  const books = [...state.books.entries()].map(([, book]) => book);
  const dates = books.flatMap(({ orders }) =>
    orders.flatMap(({ goodTill }) => (goodTill === null ? [] : Date.parse(goodTill))),
  );
  const due = Math.min(
    ...dates,
    books.some(({ positions }) => positions.length > 0) ? nextNight(nowMs) : Infinity,
  );
  return due === Infinity ? undefined : due;
}
function nightsSince({ positions, fundedTo }: Account, { now }: Context): number[] {
  const oldest = positions.reduce(
    (least, { openedAt }) => (openedAt < least ? openedAt : least),
    positions[0]!.openedAt,
  );
  return nightsBetween(Math.max(Date.parse(fundedTo), Date.parse(oldest)), now.getTime());
}

/** What a position's margin and profit grow with, as floats; `risk` is the most that a guaranteed stop can cost, in the quote. */
interface Rough {
  value: number;
  opened: number;
  pct: number;
  risk: number;
}
/** Positions never change, so what follows from one is worked out once. */
const roughs = new WeakMap<Position, Rough>();
function roughOf(position: Position, instrument: Instrument): Rough {
  const known = roughs.get(position);
  if (known) return known;
  const { size, level, stopLevel, guaranteed } = position;
  const pct = Math.max(
    instrument.marginPct,
    ...(instrument.marginBands ?? []).flatMap(([from, each]) => (from < Number(size) ? each : [])),
  );
  const risk =
    guaranteed && stopLevel !== null
      ? Math.abs(Number(level) - Number(stopLevel)) + Number(guaranteed.premium) / instrument.scaling
      : 0;
  const rough = { value: Number(size) * Number(unitValue(instrument)), opened: Number(level), pct, risk };
  roughs.set(position, rough);
  return rough;
}
/** Whether equity is clear of the close-out by more than floats can err; at every look the exact figures would cost a hundred times as much. */
function isClear({ cash, currency, positions }: Account, context: Context): boolean {
  let equity = Number(cash);
  let deposit = 0;
  for (const position of positions) {
    const { epic, direction, currency: own } = position;
    const [quote, instrument, rate] = [
      context.quote(epic),
      context.instrument(epic),
      rateOf(context, own, currency),
    ];
    if (!quote || !instrument || rate === undefined) continue;
    const { value, opened, pct, risk } = roughOf(position, instrument);
    const now = Number(direction === 'BUY' ? quote.bid : quote.offer);
    equity += (direction === 'BUY' ? now - opened : opened - now) * value * Number(rate);
    deposit += Math.max((now * pct) / 100, risk) * value * Number(rate); // never less than the exact one
  }
  return equity > (deposit * Number(closeOutPct)) / 100 + clearBy;
}
/** Closes the position with the largest margin, and the next, until equity covers half of what margin is left. */
export function checkMargin(state: State, accountId: string, context: Context): readonly Decision[] {
  if (isClear(accountOf(state, accountId), context)) return nothing;
  const done = sequence(state);
  for (;;) {
    const account = accountOf(done.state(), accountId);
    const { equity, deposit } = figuresOf(account, context);
    if (
      decimal.compare(equity, decimal.divide(decimal.multiply(deposit, closeOutPct), '100', 4, 'half-up')) >=
      0
    )
      return done.decisions;
    const next = account.positions
      .map((position) => ({
        position,
        quote: context.quote(position.epic),
        deposit: positionFigures(position, account.currency, context).deposit,
      }))
      .filter(({ quote }) => quote && allows(quote, 'close'))
      .sort((a, b) => decimal.compare(b.deposit, a.deposit) || byDealId(a.position, b.position))[0];
    const decision =
      next &&
      closed(
        done.state(),
        next.position,
        fillLevel(next.quote!, opposite(next.position.direction)),
        'margin',
        context,
      );
    if (!decision) return done.decisions;
    done.add(decision);
  }
}
