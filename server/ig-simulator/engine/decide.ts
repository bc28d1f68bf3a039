// What the broker does with a command: decisions with every figure final. Pure; business refusals are decisions too.
import { decimal } from '../../../shared/decimal.ts';
import { dealIdOf, generateReference } from './ids.ts';
import { attachedLevels, attachedRefusal, limitOrderRefusal, productRefusal, referenceRefusal, sizeRefusal } from './rules.ts';
import { accountOf, dealtPositions, evolve } from './state.ts';
import type { Account, Closing, ClosePosition, Command, Context, Dealt, Decision, Direction, OpenPosition, Position, Quote, Reason, Rejected, State } from './types.ts';
import { figuresOf, fillLevel, marginOf, opposite, profitOf, rateOf } from './value.ts';

const nothing: readonly Decision[] = [];

/**
 * What follows from `command`, in order; none when nothing does (a tick that triggers nothing, an account that exists
 * as wanted). Throws RangeError for an unknown account and for `createAccount` of one that exists otherwise.
 */
export function decide(state: State, command: Command, context: Context): readonly Decision[] {
  switch (command.type) {
    case 'tick':
      return tick(state, command, context);
    case 'openPosition':
      return [openPosition(state, command, context)];
    case 'closePosition':
      return [closePosition(state, command, context)];
    case 'adjustCash': {
      const { accountId, amount, note = '' } = command;
      accountOf(state, accountId);
      return [{ type: 'cashAdjusted', ...head(state, accountId, context), amount: decimal.canonical(amount), note }];
    }
    case 'createAccount': {
      const { accountId, login, accountType, currency, cash, credentials } = command;
      const known = state.accounts.get(accountId);
      if (known && (known.login !== login || known.accountType !== accountType || known.currency !== currency)) throw new RangeError(`account ${accountId} exists and is another one`);
      return known ? nothing : [{ type: 'accountCreated', ...head(state, accountId, context), login, accountType, currency, cash: decimal.canonical(cash), ...(credentials && { credentials }) }];
    }
  }
}

const head = ({ decisions }: State, accountId: string, { now }: Context) => ({ at: now.toISOString(), accountId, dealId: dealIdOf(decisions) });
const confirmAt = ({ now, confirmDelayMs = 0 }: Context) => new Date(now.getTime() + confirmDelayMs).toISOString();
/** What a deal changes, or why it is refused. */
type Outcome = Reason | Pick<Dealt, 'level' | 'closings' | 'opening'>;

function openPosition(state: State, order: OpenPosition, context: Context): Decision {
  const account = accountOf(state, order.accountId);
  const { epic, expiry, direction, dealReference = generateReference(context.random) } = order;
  const deal = { ...head(state, order.accountId, context), dealReference, confirmAt: confirmAt(context), cause: 'request', epic, expiry, direction, size: decimal.canonical(order.size) } as const;
  return decisionOf(deal, account, opening(account, order, deal, context));
}
function decisionOf(deal: Omit<Rejected, 'type' | 'reason'>, { currency }: Account, outcome: Outcome): Rejected | Dealt {
  const { epic, expiry } = deal;
  if (typeof outcome === 'string') return { type: 'rejected', ...deal, reason: outcome };
  if (epic === null || expiry === null) throw new TypeError('a deal without a market');
  return { type: 'dealt', ...deal, epic, expiry, currency, ...outcome };
}

function opening(account: Account, order: OpenPosition, deal: Pick<Position, 'dealId' | 'dealReference' | 'size'> & { at: string }, context: Context): Outcome {
  const { epic, expiry, direction, currencyCode } = order;
  const { dealId, dealReference, size, at } = deal;
  const repeated = context.duplicateCheckOff ? undefined : referenceRefusal(account, order);
  if (repeated) return repeated;
  const instrument = context.instrument(epic);
  if (!instrument) return 'INSTRUMENT_NOT_FOUND';
  const refused = productRefusal(account, order, instrument) ?? sizeRefusal(instrument, size);
  if (refused) return refused;
  if (order.guaranteedStop) return 'STOP_OR_LIMIT_NOT_ALLOWED';
  if (order.trailingStop) return 'TRAILING_STOP_NOT_ALLOWED';
  const quote = tradeable(context.quote(epic));
  if (typeof quote === 'string') return quote;
  const level = fillLevel(quote, direction);
  const levels = attachedLevels(instrument, order, level);
  const wrong = limitOrderRefusal(direction, order.level, level) ?? attachedRefusal(instrument, direction, level, levels, quote);
  if (wrong) return wrong;
  const rate = rateOf(context, currencyCode, account.currency);
  if (rate === undefined) return 'GENERAL_ERROR';

  const facing = order.forceOpen ? [] : account.positions.filter((position) => position.epic === epic && position.currency === currencyCode && position.direction !== direction);
  const { closings, rest } = take(facing, size, level, account, context);
  if (rest === '0') return { level, closings, opening: null };
  // What netting leaves over is a new position; the whole deal is refused when the account cannot carry it.
  const left = { currency: account.currency, cash: closings.reduce((sum, { profit }) => decimal.add(sum, profit), account.cash), positions: dealtPositions(account.positions, closings, null) };
  if (decimal.compare(marginOf(instrument, rest, level, rate), figuresOf(left, context).available) > 0) return 'INSUFFICIENT_FUNDS';
  return {
    level, closings,
    opening: { dealId, accountId: account.accountId, dealReference, epic, expiry, direction, size: rest, level, currency: currencyCode, ...levels, openedAt: at, channel: 'PublicRestOTC' },
  };
}

function closePosition(state: State, order: ClosePosition, context: Context): Decision {
  const account = accountOf(state, order.accountId);
  const { direction } = order;
  const named = account.positions.filter(({ dealId, epic, expiry }) => (order.dealId !== undefined ? dealId === order.dealId : epic === order.epic && (order.expiry === undefined || expiry === order.expiry)));
  const deal = {
    ...head(state, order.accountId, context), dealReference: generateReference(context.random), confirmAt: confirmAt(context), cause: 'request',
    epic: named[0]?.epic ?? order.epic ?? null, expiry: named[0]?.expiry ?? null, direction, size: decimal.canonical(order.size),
  } as const;
  return decisionOf(deal, account, closing(account, order, named, deal.size, context));
}

function closing(account: Account, { direction, level: orderLevel }: ClosePosition, named: readonly Position[], size: string, context: Context): Outcome {
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
  const quote = tradeable(context.quote(first.epic));
  if (typeof quote === 'string') return quote;
  const level = fillLevel(quote, direction);
  const wrong = limitOrderRefusal(direction, orderLevel, level);
  if (wrong) return wrong;
  if (rateOf(context, first.currency, account.currency) === undefined) return 'GENERAL_ERROR';
  return { level, closings: take(facing, size, level, account, context).closings, opening: null };
}

const tradeable = (quote: Quote | undefined): Quote | Reason => (!quote ? 'MARKET_OFFLINE' : quote.tradeable ? quote : 'MARKET_CLOSED');

/** Closes `size` of `positions` at `level`, first in first out; `rest` is what they did not cover. The rate must be known. */
function take(positions: readonly Position[], size: string, level: string, account: Account, context: Context): { closings: Closing[]; rest: string } {
  const closings: Closing[] = [];
  let rest = size;
  for (const position of positions) {
    if (rest === '0') break;
    const part = decimal.compare(rest, position.size) < 0 ? rest : position.size;
    const rate = rateOf(context, position.currency, account.currency)!;
    const profit = profitOf(context.instrument(position.epic)!, position.direction, position.level, level, part, rate);
    closings.push({ position, size: part, remaining: decimal.subtract(position.size, part), profit, rate });
    rest = decimal.subtract(rest, part);
  }
  return { closings, rest };
}

/** Attached stops and limits: both are filled at the quote that reached them, so a stop may slip and a limit may gain. */
function tick(state: State, { epic, quotedAt }: Extract<Command, { type: 'tick' }>, context: Context): readonly Decision[] {
  const book = state.books.get(epic);
  if (!book) return nothing;
  const quote = context.quote(epic);
  if (!quote?.tradeable || !context.instrument(epic)) return nothing;
  const { bidAbove, bidBelow, offerAbove, offerBelow } = book.quiet;
  const [bid, offer] = [Number(quote.bid), Number(quote.offer)];
  if (bid > bidAbove && bid < bidBelow && offer > offerAbove && offer < offerBelow) return nothing;

  const decisions: Decision[] = [];
  let after = state;
  for (const position of book.positions) {
    if (quotedAt !== undefined && position.openedAt > quotedAt) continue;
    const cause = triggered(position, quote);
    const account = accountOf(state, position.accountId);
    // Without a rate the result could not be booked: the trigger waits for the next tick.
    if (!cause || rateOf(context, position.currency, account.currency) === undefined) continue;
    const direction = opposite(position.direction);
    const { dealReference, expiry, size } = position;
    const level = fillLevel(quote, direction);
    const { closings } = take([position], size, level, account, context);
    const decision = decisionOf({ ...head(after, account.accountId, context), dealReference, confirmAt: null, cause, epic, expiry, direction, size }, account, { level, closings, opening: null });
    decisions.push(decision);
    after = evolve(after, decision);
  }
  return decisions;
}
function triggered({ direction, stopLevel, limitLevel }: Position, quote: Quote): 'stop' | 'limit' | undefined {
  const closeAt: Direction = opposite(direction);
  const level = fillLevel(quote, closeAt);
  const sign = direction === 'BUY' ? 1 : -1;
  if (stopLevel !== null && decimal.compare(level, stopLevel) * sign <= 0) return 'stop';
  if (limitLevel !== null && decimal.compare(level, limitLevel) * sign >= 0) return 'limit';
  return undefined;
}
